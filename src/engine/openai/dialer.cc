#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <openssl/evp.h>
#include <sys/resource.h>
#include <sys/un.h>

#include "base/format.h"
#include "engine/openai/transport.h"

namespace assay {
namespace {

struct AddressListDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string Base64(const std::string& text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned.
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

Result<std::unique_ptr<addrinfo, AddressListDeleter>> LookUp(const ServerUrl& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code =
      getaddrinfo(url.host.c_str(), fmt::format("{}", url.port).c_str(), &hints, &list);
  if (code != 0) {
    return MakeError(ErrorCode::kUnavailable, "{}: no address for \"{}\": {}", url.text, url.host,
                     gai_strerror(code));
  }
  return std::unique_ptr<addrinfo, AddressListDeleter>(list);
}

}  // namespace

Result<std::shared_ptr<const Dialer>> Dialer::Create(const ServerUrl& url, const Options& options) {
  const std::shared_ptr<Dialer> dialer(new Dialer(url, options));
  ASSAY_ASSIGN_OR_RETURN(dialer->proxy_, ProxyFor(url, options.proxies));
  if (dialer->tls()) {
    ASSAY_ASSIGN_OR_RETURN(dialer->tls_context_, TlsContext::Create(options.tls));
  }
  if (url.scheme == ServerUrl::Scheme::kUnix) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, url.socket_path.data(), url.socket_path.size());
    Address& kept = dialer->addresses_.emplace_back();
    kept.length = sizeof(address);
    std::memcpy(&kept.storage, &address, sizeof(address));
    return std::shared_ptr<const Dialer>(dialer);
  }
  ASSAY_ASSIGN_OR_RETURN(const auto list, LookUp(dialer->proxy_ ? dialer->proxy_->url : url));
  for (const addrinfo* a = list.get(); a != nullptr; a = a->ai_next) {
    Address& kept = dialer->addresses_.emplace_back();
    kept.length = a->ai_addrlen;
    std::memcpy(&kept.storage, a->ai_addr, a->ai_addrlen);
  }
  return std::shared_ptr<const Dialer>(dialer);
}

std::unique_ptr<Transport> Dialer::Dial() const {
  std::unique_ptr<Transport> transport(new Transport(*this));
  transport->began_ = options_.clock->Now();
  transport->OpenNextAddress();
  return transport;
}

std::string Dialer::TargetPrefix() const {
  return proxy_ && !tls() ? fmt::format("http://{}{}", url_.HostField(), url_.path) : url_.path;
}

std::string Dialer::ProxyAuthorization() const {
  if (!proxy_ || proxy_->credentials.empty()) return "";
  return "Basic " + Base64(proxy_->credentials);
}

std::uint64_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace assay
