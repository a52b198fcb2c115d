#include "engine/openai/transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

constexpr std::size_t kLongestProxyAnswer = 16384;

std::string Reason(int code) {
  return std::generic_category().message(code);
}

void SetOptions(int fd, int family, bool kernel_timestamps) {
  const int on = 1;
  if (family == AF_UNIX) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  if (!kernel_timestamps) return;
  const int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags));
}

// The software time stamp among the ancillary data; 0: none.
std::int64_t ArrivalOf(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING) continue;
    std::array<timespec, 3> stamps{};  // software, (obsolete), hardware
    std::memcpy(stamps.data(), CMSG_DATA(c), sizeof(stamps));
    constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
    return static_cast<std::int64_t>(stamps[0].tv_sec) * kNanosPerSecond + stamps[0].tv_nsec;
  }
  return 0;
}

}  // namespace

Transport::~Transport() {
  Close();
}

void Transport::Close() {
  ssl_.reset();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void Transport::Fail(std::string_view kind, std::string message) {
  state_ = State::kFailed;
  error_ = {std::string(kind), fmt::format("{}: {}", dialer_.url_.text, message)};
}

void Transport::OpenNextAddress() {
  while (next_address_ < dialer_.addresses_.size()) {
    const Dialer::Address& address = dialer_.addresses_[next_address_++];
    Close();
    state_ = State::kOpening;
    fd_ = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return Fail(failure::kConnect, fmt::format("no socket: {}", Reason(errno)));
    SetOptions(fd_, address.storage.ss_family,
               dialer_.options_.kernel_timestamps && !dialer_.tls());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what connect(2) takes
    const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
    if (connect(fd_, target, address.length) == 0) return AfterConnect();
    if (errno == EINPROGRESS) return;
    const int code = errno;
    Fail(code == ECONNREFUSED ? failure::kRefused : failure::kConnect,
         fmt::format("cannot connect: {}", Reason(code)));
  }
}

bool Transport::wants_write() const {
  if (step_ == Step::kTls) return SSL_want_write(ssl_.get());
  return step_ == Step::kConnect || step_ == Step::kProxyRequest;
}

Transport::State Transport::Advance() {
  bool progress = true;
  while (progress && state_ == State::kOpening) {
    switch (step_) {
      case Step::kConnect:
        progress = StepConnect();
        break;
      case Step::kProxyRequest:
        progress = StepProxyRequest();
        break;
      case Step::kProxyAnswer:
        progress = StepProxyAnswer();
        break;
      case Step::kTls:
        progress = StepTls();
        break;
      case Step::kDone:
        progress = false;
        break;
    }
  }
  return state_;
}

bool Transport::StepConnect() {
  int code = 0;
  socklen_t length = sizeof(code);
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &length);
  if (code == 0) {
    sockaddr_storage peer{};
    length = sizeof(peer);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    if (getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return false;
    AfterConnect();
    return true;
  }
  if (next_address_ < dialer_.addresses_.size()) {
    OpenNextAddress();
    return state_ == State::kOpening && step_ != Step::kConnect;
  }
  Fail(code == ECONNREFUSED ? failure::kRefused : failure::kConnect,
       fmt::format("cannot connect: {}", Reason(code)));
  return false;
}

void Transport::AfterConnect() {
  if (dialer_.proxy_ && dialer_.tls()) {
    const std::string target = fmt::format("{}:{}",
                                           dialer_.url_.host.find(':') == std::string::npos
                                               ? dialer_.url_.host
                                               : "[" + dialer_.url_.host + "]",
                                           dialer_.url_.port);
    const std::string key = dialer_.ProxyAuthorization();
    proxy_bytes_ =
        fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n{1}{2}{3}\r\n", target,
                    key.empty() ? "" : "Proxy-Authorization: ", key, key.empty() ? "" : "\r\n");
    step_ = Step::kProxyRequest;
    return;
  }
  BeginTls();
}

void Transport::BeginTls() {
  connect_time_ = dialer_.options_.clock->Now() - began_;
  if (!dialer_.tls()) {
    step_ = Step::kDone;
    state_ = State::kOpen;
    return;
  }
  Result<SslHandle> session = dialer_.tls_context_->NewSession(fd_, dialer_.url_.host);
  if (!session) return Fail(failure::kTls, session.error().message);
  ssl_ = std::move(*session);
  step_ = Step::kTls;
}

bool Transport::StepProxyRequest() {
  const ssize_t sent = send(fd_, proxy_bytes_.data(), proxy_bytes_.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) Fail(failure::kProxy, fmt::format("the proxy: {}", Reason(errno)));
    return false;
  }
  proxy_bytes_.erase(0, static_cast<std::size_t>(sent));
  if (proxy_bytes_.empty()) step_ = Step::kProxyAnswer;
  return true;
}

bool Transport::StepProxyAnswer() {
  // A byte at a time: nothing behind the answer may be taken, it is TLS's.
  char byte = 0;
  const ssize_t got = recv(fd_, &byte, 1, 0);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0 || proxy_bytes_.size() > kLongestProxyAnswer) {
    Fail(failure::kProxy, "the proxy ended the connection without an answer");
    return false;
  }
  proxy_bytes_ += byte;
  if (proxy_bytes_.size() < 4 ||
      proxy_bytes_.compare(proxy_bytes_.size() - 4, 4, "\r\n\r\n") != 0) {
    return true;
  }
  const std::string line = proxy_bytes_.substr(0, proxy_bytes_.find('\r'));
  const std::size_t space = line.find(' ');
  if (space == std::string::npos || line.compare(space + 1, 1, "2") != 0) {
    Fail(failure::kProxy, fmt::format("the proxy refused: {}", line));
    return false;
  }
  proxy_bytes_.clear();
  BeginTls();
  return state_ == State::kOpening;
}

bool Transport::StepTls() {
  ERR_clear_error();
  const int result = SSL_connect(ssl_.get());
  if (result == 1) {
    tls_time_ = dialer_.options_.clock->Now() - began_ - *connect_time_;
    step_ = Step::kDone;
    state_ = State::kOpen;
    return false;
  }
  const int reason = SSL_get_error(ssl_.get(), result);
  if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
    Fail(failure::kTls, fmt::format("TLS: {}", TlsErrorText(ssl_.get())));
  }
  return false;
}

std::optional<std::size_t> Transport::Write(std::span<const iovec> pieces) {
  if (ssl_) {
    const auto piece =
        std::find_if(pieces.begin(), pieces.end(), [](const iovec& v) { return v.iov_len > 0; });
    if (piece == pieces.end()) return 0;
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), piece->iov_base, piece->iov_len, &written);
    if (result == 1) return written;
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_WRITE || reason == SSL_ERROR_WANT_READ) return 0;
    Fail(failure::kReset, fmt::format("sending failed: {}", TlsErrorText(nullptr)));
    return std::nullopt;
  }
  msghdr message{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): sendmsg(2) does not write to it
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN) return 0;
  Fail(failure::kReset, fmt::format("sending failed: {}", Reason(errno)));
  return std::nullopt;
}

Transport::ReadResult Transport::Read(std::span<char> buffer) {
  using Kind = ReadResult::Kind;
  if (ssl_) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &bytes);
    if (result == 1) return {Kind::kBytes, bytes, 0};
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return {};
    if (reason == SSL_ERROR_ZERO_RETURN) return {Kind::kEnd, 0, 0};
    Fail(failure::kReset, fmt::format("reading failed: {}", TlsErrorText(nullptr)));
    return {Kind::kFailed, 0, 0};
  }
  std::array<char, 128> control;  // NOLINT(cppcoreguidelines-pro-type-member-init): an output
  iovec piece{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(fd_, &message, 0);
  if (got > 0) return {Kind::kBytes, static_cast<std::size_t>(got), ArrivalOf(message)};
  if (got == 0) return {Kind::kEnd, 0, 0};
  if (errno == EAGAIN) return {};
  Fail(failure::kReset, fmt::format("reading failed: {}", Reason(errno)));
  return {Kind::kFailed, 0, 0};
}

}  // namespace assay
