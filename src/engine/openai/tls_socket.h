// A TLS session's way to its socket.

#ifndef ASSAY_ENGINE_OPENAI_TLS_SOCKET_H_
#define ASSAY_ENGINE_OPENAI_TLS_SOCKET_H_

struct ssl_st;

namespace assay {

// Lets `ssl` read from and write to `fd`, as SSL_set_fd does, except that a peer that is gone is an
// error of the write and no SIGPIPE. `fd` stays the caller's. Value: false where memory is short.
[[nodiscard]] bool AttachSocket(ssl_st* ssl, int fd);

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_TLS_SOCKET_H_
