#include "engine/openai/tls_socket.h"

#include <array>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/openai/tls_context.h"

namespace assay {
namespace {

// With SSL_set_fd the first message of the handshake ends the process.
TEST(TlsSocket, APeerThatIsGoneIsAnErrorAndNoSignal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const auto context = TlsContext::Create({.ca_file = "", .insecure = true});
  ASSERT_TRUE(context.has_value());
  const auto session = (*context)->NewSession(ends[0], "localhost");
  ASSERT_TRUE(session.has_value());
  close(ends[1]);
  const int result = SSL_connect(session->get());
  EXPECT_LT(result, 1);
  EXPECT_EQ(SSL_get_error(session->get(), result), SSL_ERROR_SYSCALL);
  close(ends[0]);
}

TEST(TlsSocket, AFullSocketIsTriedAgainLater) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  while (send(ends[0], "x", 1, MSG_NOSIGNAL) == 1) {
  }
  const auto context = TlsContext::Create({.ca_file = "", .insecure = true});
  ASSERT_TRUE(context.has_value());
  const auto session = (*context)->NewSession(ends[0], "localhost");
  ASSERT_TRUE(session.has_value());
  const int result = SSL_connect(session->get());
  EXPECT_EQ(SSL_get_error(session->get(), result), SSL_ERROR_WANT_WRITE);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace assay
