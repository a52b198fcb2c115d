#include "engine/openai/tls_socket.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/types.h>

namespace assay {
namespace {

int Send(BIO* bio, const char* bytes, int size) {
  int fd = -1;
  BIO_ctrl(bio, BIO_C_GET_FD, 0, &fd);
  const ssize_t sent = send(fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  if (sent <= 0 && BIO_sock_should_retry(static_cast<int>(sent)) != 0) {
    BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
  }
  return static_cast<int>(sent);
}

// OpenSSL's own sockets, which write with write(2), with another way of writing. Made once.
const BIO_METHOD* QuietSocket() {
  static const BIO_METHOD* const method = [] {
    const BIO_METHOD* const socket = BIO_s_socket();
    BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    if (made == nullptr) return made;
    BIO_meth_set_write(made, Send);
    BIO_meth_set_read(made, BIO_meth_get_read(socket));
    BIO_meth_set_ctrl(made, BIO_meth_get_ctrl(socket));
    BIO_meth_set_create(made, BIO_meth_get_create(socket));
    BIO_meth_set_destroy(made, BIO_meth_get_destroy(socket));
    return made;
  }();
  return method;
}

}  // namespace

bool AttachSocket(ssl_st* ssl, int fd) {
  const BIO_METHOD* const method = QuietSocket();
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return false;
  BIO_int_ctrl(bio, BIO_C_SET_FD, BIO_NOCLOSE, fd);
  SSL_set_bio(ssl, bio, bio);
  return true;
}

}  // namespace assay
