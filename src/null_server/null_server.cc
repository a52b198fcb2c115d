#include "null_server/null_server.h"

#include <csignal>
#include <utility>

#include <sys/resource.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "base/format.h"
#include "null_server/server_core.h"
#include "null_server/session.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// As many connections as the system lets us have.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace

class NullServer::Impl {
 public:
  Impl(NullServerOptions options, std::optional<RequestLog> log)
      : core_(std::move(options), std::move(log)), acceptor_(core_.io), signals_(core_.io) {}

  [[nodiscard]] Status Listen() {
    const NullServerOptions& options = core_.options;
    error_code error;
    const auto address = asio::ip::make_address(options.host, error);
    if (error) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "host \"{}\": expected an IPv4 or IPv6 address, for example 127.0.0.1",
                       options.host);
    }
    const asio::ip::tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return MakeError(ErrorCode::kIo, "cannot listen at {} port {}: {}", options.host,
                       options.port, error.message());
    }
    Accept();
    return Ok{};
  }

  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  [[nodiscard]] Status Run(bool until_signal) {
    if (until_signal) {
      signals_.add(SIGINT);
      signals_.add(SIGTERM);
      signals_.async_wait([this](const error_code& error, int) {
        if (!error) core_.io.stop();
      });
    }
    core_.io.run();
    for (Session* session : core_.sessions) session->Abandon();
    return core_.log ? core_.log->Flush() : Status(Ok{});
  }

  void Stop() { core_.io.stop(); }

 private:
  void Accept() {
    acceptor_.async_accept([this](const error_code& error, asio::ip::tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      // Out of descriptors, or the client was gone already: the others go on.
      if (!error) std::make_shared<Session>(core_, std::move(socket))->Start();
      Accept();
    });
  }

  ServerCore core_;
  asio::ip::tcp::acceptor acceptor_;
  asio::signal_set signals_;
};

NullServer::NullServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NullServer::~NullServer() = default;

Result<std::unique_ptr<NullServer>> NullServer::Create(NullServerOptions options) {
  RaiseFileLimit();
  std::optional<RequestLog> log;
  if (options.log) {
    ASSAY_ASSIGN_OR_RETURN(log, RequestLog::Create(*options.log));
  }
  auto impl = std::make_unique<Impl>(std::move(options), std::move(log));
  ASSAY_RETURN_IF_ERROR(impl->Listen());
  return std::unique_ptr<NullServer>(new NullServer(std::move(impl)));
}

std::uint16_t NullServer::port() const {
  return impl_->endpoint().port();
}

std::string NullServer::url() const {
  const auto endpoint = impl_->endpoint();
  const bool v6 = endpoint.address().is_v6();
  return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", endpoint.address().to_string(),
                     v6 ? "]" : "", endpoint.port());
}

Status NullServer::Run(bool until_signal) {
  return impl_->Run(until_signal);
}

void NullServer::Stop() {
  impl_->Stop();
}

}  // namespace assay
