#include "engine/openai/server_url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <initializer_list>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (Lower(text.substr(0, prefix.size())) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Error Wrong(std::string_view text, std::string_view why) {
  return MakeError(ErrorCode::kInvalidArgument, "URL \"{}\": {}", text, why);
}

// "host", "host:port", "[::1]:port".
Status ReadAuthority(std::string_view authority, std::string_view text, ServerUrl& url) {
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return Wrong(text, "\"[\" without \"]\"");
    url.host = std::string(authority.substr(1, end - 1));
    std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return Wrong(text, "expected \":PORT\" after \"]\"");
    port = rest.empty() ? rest : rest.substr(1);
    if (!rest.empty() && port.empty()) return Wrong(text, "the port is empty");
  } else {
    const std::size_t colon = authority.find(':');
    url.host = std::string(authority.substr(0, colon));
    if (colon != std::string_view::npos) {
      port = authority.substr(colon + 1);
      if (port.empty()) return Wrong(text, "the port is empty");
    }
  }
  if (url.host.empty()) return Wrong(text, "there is no host in it");
  url.port = url.scheme == ServerUrl::Scheme::kHttps ? kHttpsPort : kHttpPort;
  if (port.empty()) return Ok{};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc() || end != port.data() + port.size() || url.port == 0) {
    return Wrong(text, "the port must be a number from 1 to 65535 (an IPv6 address stands in [])");
  }
  return Ok{};
}

std::string Authority(const ServerUrl& url) {
  const std::string host =
      url.host.find(':') == std::string::npos ? url.host : fmt::format("[{}]", url.host);
  const bool usual = url.port == (url.scheme == ServerUrl::Scheme::kHttps ? kHttpsPort : kHttpPort);
  return usual ? host : fmt::format("{}:{}", host, url.port);
}

std::string WithoutTrailing(std::string_view path) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  constexpr std::string_view kVersion = "/v1";
  if (path.size() >= kVersion.size() && path.substr(path.size() - kVersion.size()) == kVersion) {
    path.remove_suffix(kVersion.size());
  }
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return std::string(path);
}

Result<ServerUrl> ParseUnix(std::string_view path, std::string_view text) {
  constexpr std::size_t kLongestSocketPath = 107;  // sockaddr_un
  ServerUrl url;
  url.scheme = ServerUrl::Scheme::kUnix;
  while (path.size() > 1 && path[0] == '/' && path[1] == '/') path.remove_prefix(1);
  if (path.empty() || path.front() != '/') return Wrong(text, "expected unix:/PATH/TO/SOCKET");
  if (path.size() > kLongestSocketPath) {
    return Wrong(text,
                 fmt::format("the path of a socket has at most {} bytes", kLongestSocketPath));
  }
  url.socket_path = std::string(path);
  url.text = fmt::format("unix:{}", path);
  return url;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
            text.data() + i + 3) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string FromEnvironment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

// Does one entry of no_proxy name this host?
bool Names(std::string_view entry, const std::string& host) {
  while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
  while (!entry.empty() && entry.back() == ' ') entry.remove_suffix(1);
  if (entry == "*") return true;
  if (!entry.empty() && entry.front() == '.') entry.remove_prefix(1);
  if (entry.size() > 2 && entry.front() == '[' && entry.back() == ']') {
    entry = entry.substr(1, entry.size() - 2);
  }
  const std::string name = Lower(entry);
  if (name.empty() || host.size() < name.size()) return false;
  if (host.compare(host.size() - name.size(), name.size(), name) != 0) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

}  // namespace

std::string ServerUrl::HostField() const {
  return scheme == Scheme::kUnix ? "localhost" : Authority(*this);
}

Result<ServerUrl> ParseServerUrl(std::string_view text) {
  std::string_view rest = text;
  // Before anything that would repeat the text: it may hold a password.
  const std::size_t at = rest.find('@');
  if (at != std::string_view::npos && at < rest.find('/', rest.find("//") + 2)) {
    return Error{ErrorCode::kInvalidArgument,
                 "a URL must not hold a user or password: give keys by --api-key-env or "
                 "--api-key-file"};
  }
  if (TakePrefix(rest, "unix:")) return ParseUnix(rest, text);
  ServerUrl url;
  if (TakePrefix(rest, "https://")) {
    url.scheme = ServerUrl::Scheme::kHttps;
  } else if (!TakePrefix(rest, "http://")) {
    return Wrong(text, "expected http://HOST, https://HOST or unix:/PATH/TO/SOCKET");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument,
                 "a URL must hold neither a query nor a fragment: give keys by --api-key-env or "
                 "--api-key-file"};
  }
  if (std::any_of(text.begin(), text.end(),
                  [](unsigned char c) { return c <= ' ' || c == 0x7F; })) {
    return Wrong(text, "blanks and control characters must be percent-encoded");
  }
  const std::size_t slash = rest.find('/');
  ASSAY_RETURN_IF_ERROR(ReadAuthority(rest.substr(0, slash), text, url));
  if (slash != std::string_view::npos) url.path = WithoutTrailing(rest.substr(slash));
  url.text = fmt::format("{}://{}{}", url.scheme == ServerUrl::Scheme::kHttps ? "https" : "http",
                         Authority(url), url.path);
  return url;
}

ProxyEnvironment ReadProxyEnvironment() {
  ProxyEnvironment environment;
  // HTTP_PROXY in upper case can be set by whoever sends a request to a CGI program.
  environment.http_proxy = FromEnvironment({"http_proxy", "all_proxy", "ALL_PROXY"});
  environment.https_proxy =
      FromEnvironment({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  environment.no_proxy = FromEnvironment({"no_proxy", "NO_PROXY"});
  return environment;
}

Result<std::optional<ProxyUrl>> ProxyFor(const ServerUrl& url,
                                         const ProxyEnvironment& environment) {
  if (url.scheme == ServerUrl::Scheme::kUnix) return std::optional<ProxyUrl>{};
  const bool https = url.scheme == ServerUrl::Scheme::kHttps;
  std::string_view text = https ? environment.https_proxy : environment.http_proxy;
  if (text.empty()) return std::optional<ProxyUrl>{};
  const std::string host = Lower(url.host);
  for (std::string_view rest = environment.no_proxy; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (Names(rest.substr(0, comma), host)) return std::optional<ProxyUrl>{};
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  ProxyUrl proxy;
  TakePrefix(text, "http://");
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    proxy.credentials = PercentDecoded(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  Result<ServerUrl> parsed = ParseServerUrl(
      text.find("://") == std::string_view::npos ? fmt::format("http://{}", text) : text);
  if (!parsed || parsed->scheme != ServerUrl::Scheme::kHttp) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: the proxy must be http://HOST:PORT (its value is not shown: it may hold "
                     "a password)",
                     https ? "https_proxy" : "http_proxy");
  }
  proxy.url = std::move(*parsed);
  return std::optional<ProxyUrl>(std::move(proxy));
}

}  // namespace assay
