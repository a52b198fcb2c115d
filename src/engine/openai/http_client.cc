#include "engine/openai/http_client.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <poll.h>

#include "base/format.h"
#include "engine/openai/response_reader.h"

namespace assay {
namespace {

class CollectedBody final : public ResponseReader::BodySink {
 public:
  CollectedBody(std::string& body, std::uint64_t limit) : body_(body), limit_(limit) {}
  bool OnBody(std::string_view piece) override {
    too_large_ = body_.size() + piece.size() > limit_;
    if (!too_large_) body_.append(piece);
    return !too_large_;
  }
  [[nodiscard]] bool too_large() const { return too_large_; }

 private:
  std::string& body_;
  std::uint64_t limit_;
  bool too_large_ = false;
};

// One request and its answer on one connection, with a deadline for all of it.
class HttpExchange {
 public:
  HttpExchange(const Dialer& dialer, const Clock& clock, Nanos timeout)
      : url_(dialer.url().text),
        clock_(clock),
        deadline_(clock.Now() + timeout),
        transport_(dialer.Dial()) {}

  Status Connect() {
    while (transport_->Advance() == Transport::State::kOpening) {
      ASSAY_RETURN_IF_ERROR(Wait(transport_->wants_write() ? POLLOUT : POLLIN));
    }
    if (transport_->state() == Transport::State::kFailed) return Failed();
    return Ok{};
  }

  Status Send(std::string_view request) {
    while (!request.empty()) {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): writev's type; it is only read
      const iovec piece{const_cast<char*>(request.data()), request.size()};
      const std::optional<std::size_t> sent = transport_->Write({&piece, 1});
      if (!sent) return Failed();
      request.remove_prefix(*sent);
      if (*sent == 0) ASSAY_RETURN_IF_ERROR(Wait(POLLOUT));
    }
    return Ok{};
  }

  Status Receive(ResponseReader& reader, ResponseReader::BodySink& sink) {
    std::string buffer(std::size_t{64} * 1024 + kReadPadding, '\0');
    while (!reader.done()) {
      const auto read = transport_->Read({buffer.data(), buffer.size() - kReadPadding});
      using Kind = Transport::ReadResult::Kind;
      if (read.kind == Kind::kFailed) return Failed();
      if (read.kind == Kind::kNothing) ASSAY_RETURN_IF_ERROR(Wait(POLLIN));
      if (read.kind == Kind::kEnd) {
        const Status end = reader.End();
        if (!end) return MakeError(ErrorCode::kUnavailable, "{}: {}", url_, end.error().message);
      }
      if (read.kind != Kind::kBytes) continue;
      const Result<std::size_t> used = reader.Feed({buffer.data(), read.bytes}, sink);
      if (!used) return MakeError(ErrorCode::kParse, "{}: {}", url_, used.error().message);
    }
    return Ok{};
  }

 private:
  [[nodiscard]] Error Failed() const {
    return {ErrorCode::kUnavailable, transport_->error().message};
  }

  Status Wait(int events) {
    const Nanos left = deadline_ - clock_.Now();
    if (left <= Nanos::zero()) {
      return MakeError(ErrorCode::kUnavailable, "{}: no answer in time", url_);
    }
    pollfd waiting{transport_->fd(), static_cast<short>(events), 0};  // NOLINT(google-runtime-int)
    poll(&waiting, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    return Ok{};
  }

  std::string url_;
  const Clock& clock_;
  MonoTime deadline_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace

std::string HttpResponse::Field(std::string_view name) const {
  std::string_view rest = fields;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const std::size_t colon = line.find(": ");
    const bool same = std::equal(
        name.begin(), name.end(), line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
        [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
    if (same) return std::string(line.substr(colon + 2));
    rest.remove_prefix(line.size() + 1);
  }
  return "";
}

Result<HttpClient> HttpClient::Create(const ServerUrl& url, Options options) {
  ASSAY_ASSIGN_OR_RETURN(auto dialer, Dialer::Create(url, options.dialer));
  return HttpClient(std::move(dialer), std::move(options));
}

Result<HttpResponse> HttpClient::Exchange(const std::string& request) {
  HttpExchange exchange(*dialer_, *options_.dialer.clock, options_.timeout);
  ASSAY_RETURN_IF_ERROR(exchange.Connect());
  ASSAY_RETURN_IF_ERROR(exchange.Send(request));
  HttpResponse response;
  ResponseReader reader;
  CollectedBody body(response.body, options_.max_body_bytes);
  const Status received = exchange.Receive(reader, body);
  if (body.too_large()) {
    return MakeError(ErrorCode::kUnavailable, "{}: the answer has more than {} bytes", url().text,
                     options_.max_body_bytes);
  }
  ASSAY_RETURN_IF_ERROR(received);
  response.status = reader.status();
  response.fields = reader.fields();
  return response;
}

namespace {

std::string Head(std::string_view method, const Dialer& dialer, std::string_view path,
                 const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string head = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", method,
                                 dialer.TargetPrefix(), path, dialer.url().HostField());
  const std::string proxy = dialer.ProxyAuthorization();
  if (!proxy.empty() && dialer.url().scheme == ServerUrl::Scheme::kHttp) {
    head += fmt::format("Proxy-Authorization: {}\r\n", proxy);
  }
  for (const auto& [name, value] : headers) head += fmt::format("{}: {}\r\n", name, value);
  return head;
}

}  // namespace

Result<HttpResponse> HttpClient::Get(std::string_view path) {
  return Exchange(Head("GET", *dialer_, path, options_.headers) + "\r\n");
}

Result<HttpResponse> HttpClient::Post(std::string_view path, std::string_view content_type,
                                      std::string_view body) {
  return Exchange(fmt::format("{}Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                              Head("POST", *dialer_, path, options_.headers), content_type,
                              body.size(), body));
}

}  // namespace assay
