// One byte stream to a server: TCP or a unix socket, through a proxy where there is one, with TLS
// where it is asked for. Nothing here waits.

#ifndef ASSAY_ENGINE_OPENAI_TRANSPORT_H_
#define ASSAY_ENGINE_OPENAI_TRANSPORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>

#include "assay/clock.h"
#include "assay/record.h"
#include "assay/result.h"

#include "engine/openai/server_url.h"
#include "engine/openai/tls_context.h"

namespace assay {

// The kinds of a connection's failures; docs/formats.md lists them.
namespace failure {
inline constexpr std::string_view kRefused = "connect_refused";
inline constexpr std::string_view kConnect = "connect_failed";
inline constexpr std::string_view kConnectTimeout = "connect_timeout";
inline constexpr std::string_view kTls = "tls_failed";
inline constexpr std::string_view kProxy = "proxy_failed";
inline constexpr std::string_view kReset = "connection_reset";
}  // namespace failure

class Transport;

// Knows the way to one server: its addresses, the proxy, what is trusted. Immutable, thread-safe.
class Dialer {
 public:
  struct Options {
    TlsOptions tls;
    ProxyEnvironment proxies;
    bool kernel_timestamps = false;  // of arriving packets, where there are any
    const Clock* clock = &SteadyClock();
  };
  // Looks the host's name up, which may take a while.
  // Errors: kInvalidArgument (proxy, ca_file); kUnavailable for a name without an address.
  static Result<std::shared_ptr<const Dialer>> Create(const ServerUrl& url, const Options& options);

  // Begins a connection. It may have failed at once. The dialer must outlive it.
  [[nodiscard]] std::unique_ptr<Transport> Dial() const;

  [[nodiscard]] const ServerUrl& url() const { return url_; }
  // The proxy's URL without credentials; empty: none.
  [[nodiscard]] std::string proxy() const { return proxy_ ? proxy_->url.text : std::string(); }
  // What requests carry before their path: of an http server behind a proxy, the server's URL.
  [[nodiscard]] std::string TargetPrefix() const;
  // The value of Proxy-Authorization for requests that the proxy reads; empty: none.
  [[nodiscard]] std::string ProxyAuthorization() const;

 private:
  friend class Transport;
  struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
  };
  Dialer(ServerUrl url, Options options) : url_(std::move(url)), options_(std::move(options)) {}
  [[nodiscard]] bool tls() const { return url_.scheme == ServerUrl::Scheme::kHttps; }

  ServerUrl url_;
  Options options_;
  std::optional<ProxyUrl> proxy_;
  std::vector<Address> addresses_;
  std::shared_ptr<const TlsContext> tls_context_;
};

// Used by one thread at a time. The descriptor is non-blocking.
class Transport {
 public:
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  enum class State { kOpening, kOpen, kFailed };

  // Goes on with connecting: to be called when the descriptor became readable or writable. A failed
  // address is followed by the server's next one, on a new descriptor: look at fd() again.
  State Advance();
  [[nodiscard]] State state() const { return state_; }
  // While opening: does it wait until the descriptor is writable? Otherwise until it is readable.
  [[nodiscard]] bool wants_write() const;
  // REQUIRES: state() is kFailed, or a Read or Write failed.
  [[nodiscard]] const RequestError& error() const { return error_; }
  [[nodiscard]] int fd() const { return fd_; }

  // Hands bytes to the kernel. Value: how many; 0 where it takes none at present; nullopt: failed.
  [[nodiscard]] std::optional<std::size_t> Write(std::span<const iovec> pieces);

  struct ReadResult {
    enum class Kind { kBytes, kNothing, kEnd, kFailed };
    Kind kind = Kind::kNothing;
    std::size_t bytes = 0;
    // When the last of these bytes reached the kernel, by the wall clock; 0: not known.
    std::int64_t arrived_wall_ns = 0;
  };
  // Takes what has arrived, at most buffer.size() bytes.
  [[nodiscard]] ReadResult Read(std::span<char> buffer);

  // How long connecting took, the proxy included, and TLS after it. Absent: not done.
  [[nodiscard]] std::optional<Nanos> connect_time() const { return connect_time_; }
  [[nodiscard]] std::optional<Nanos> tls_time() const { return tls_time_; }

 private:
  friend class Dialer;
  enum class Step { kConnect, kProxyRequest, kProxyAnswer, kTls, kDone };

  explicit Transport(const Dialer& dialer) : dialer_(dialer) {}
  void OpenNextAddress();
  void AfterConnect();
  void BeginTls();
  [[nodiscard]] bool StepConnect();
  [[nodiscard]] bool StepProxyRequest();
  [[nodiscard]] bool StepProxyAnswer();
  [[nodiscard]] bool StepTls();
  void Fail(std::string_view kind, std::string message);
  void Close();

  const Dialer& dialer_;
  int fd_ = -1;
  SslHandle ssl_;
  State state_ = State::kOpening;
  Step step_ = Step::kConnect;
  std::size_t next_address_ = 0;
  std::string proxy_bytes_;  // what is still to be sent to the proxy, or came from it
  MonoTime began_{};
  std::optional<Nanos> connect_time_;
  std::optional<Nanos> tls_time_;
  RequestError error_;
};

// As many descriptors as the hard limit lets a process have. Value: how many it may have now.
std::uint64_t RaiseDescriptorLimit();

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_TRANSPORT_H_
