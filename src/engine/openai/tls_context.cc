#include "engine/openai/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/format.h"
#include "engine/openai/tls_socket.h"

namespace assay {
namespace {

bool IsAddress(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::Create(const TlsOptions& options) {
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  if (raw == nullptr) return MakeError(ErrorCode::kIo, "TLS: {}", TlsErrorText(nullptr));
  std::shared_ptr<const TlsContext> context(new TlsContext(raw));
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(raw, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(raw);
  } else if (SSL_CTX_load_verify_locations(raw, options.ca_file.c_str(), nullptr) != 1) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: expected certificates in PEM: {}",
                     options.ca_file, TlsErrorText(nullptr));
  }
  return context;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

Result<SslHandle> TlsContext::NewSession(int fd, const std::string& host) const {
  SslHandle ssl(SSL_new(context_));
  if (!ssl || !AttachSocket(ssl.get(), fd)) {
    return MakeError(ErrorCode::kIo, "TLS: {}", TlsErrorText(nullptr));
  }
  if (IsAddress(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    // What the macro SSL_set_tlsext_host_name does; the name is copied.
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    SSL_set1_host(ssl.get(), host.c_str());
  }
  SSL_set_connect_state(ssl.get());
  return ssl;
}

std::string TlsErrorText(const ssl_st* ssl) {
  const unsigned long code = ERR_get_error();  // NOLINT(google-runtime-int): OpenSSL's type
  std::string text = "the connection was closed";
  if (code != 0) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : fmt::format("error {:#x}", code);
  }
  ERR_clear_error();
  if (ssl != nullptr) {
    const long refused = SSL_get_verify_result(ssl);  // NOLINT(google-runtime-int)
    if (refused != X509_V_OK) {
      text += fmt::format(" ({})", X509_verify_cert_error_string(refused));
    }
  }
  return text;
}

}  // namespace assay
