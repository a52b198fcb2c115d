// What is trusted in a TLS connection.

#ifndef ASSAY_ENGINE_OPENAI_TLS_CONTEXT_H_
#define ASSAY_ENGINE_OPENAI_TLS_CONTEXT_H_

#include <memory>
#include <string>

#include "assay/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace assay {

struct TlsOptions {
  std::string ca_file;    // PEM; empty: the system's certificates
  bool insecure = false;  // the server's certificate is not verified at all
};

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};
using SslHandle = std::unique_ptr<ssl_st, SslDeleter>;

// Immutable once made; shared by all connections and threads.
class TlsContext {
 public:
  // TLS 1.2 and later. Errors: kInvalidArgument for a ca_file that holds no certificate.
  static Result<std::shared_ptr<const TlsContext>> Create(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // A client session on a connected socket; `host` is the name or address that the certificate must
  // be for, and is sent as server name where it is a name.
  [[nodiscard]] Result<SslHandle> NewSession(int fd, const std::string& host) const;

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

// The reason of the last failure of this thread in OpenSSL's own words, and why a certificate was
// refused. Empties OpenSSL's queue of errors.
[[nodiscard]] std::string TlsErrorText(const ssl_st* ssl);

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_TLS_CONTEXT_H_
