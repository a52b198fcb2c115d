// Where a server is: http, https or a unix socket, and the proxy on the way to it.

#ifndef ASSAY_ENGINE_OPENAI_SERVER_URL_H_
#define ASSAY_ENGINE_OPENAI_SERVER_URL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "assay/result.h"

namespace assay {

struct ServerUrl {
  enum class Scheme { kHttp, kHttps, kUnix };
  Scheme scheme = Scheme::kHttp;
  std::string host;  // name or address, an IPv6 one without brackets; empty for a unix socket
  std::uint16_t port = 0;
  std::string socket_path;  // of a unix socket
  std::string path;         // put before every request's path; "" or "/a/b", no slash at the end
  std::string text;         // as it stands in records: no credentials, no slash at the end

  // What a request's Host field says: the port only where it is not the scheme's own.
  [[nodiscard]] std::string HostField() const;
};

// `text`: "http://HOST[:PORT][/PATH]", "https://...", "unix:/PATH/TO/SOCKET"; an IPv6 address
// stands in brackets. The path may end in "/v1", as OpenAI's own clients want it: it is taken off,
// as the paths of requests have it. Errors: kInvalidArgument: another scheme, a user or password in
// it (never repeated in the message), a query, a bad port.
[[nodiscard]] Result<ServerUrl> ParseServerUrl(std::string_view text);

// A proxy, with what Proxy-Authorization wants to hear.
struct ProxyUrl {
  ServerUrl url;            // http only
  std::string credentials;  // "user:password", decoded; empty: none. Never in a record.
};

// The values of http_proxy, https_proxy and no_proxy; empty: not set.
struct ProxyEnvironment {
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;
};
// As curl reads them: lower case first, then upper case but for HTTP_PROXY; all_proxy for what is
// not set.
[[nodiscard]] ProxyEnvironment ReadProxyEnvironment();

// Value: nullopt for a unix socket, without a proxy of the scheme, and for hosts in no_proxy: "*",
// or names and addresses separated by commas; a name stands for its subdomains too.
// Errors: kInvalidArgument for a proxy that is no http URL.
[[nodiscard]] Result<std::optional<ProxyUrl>> ProxyFor(const ServerUrl& url,
                                                       const ProxyEnvironment& environment);

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_SERVER_URL_H_
