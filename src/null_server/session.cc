#include "null_server/session.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/beast/http/field.hpp>

#include "base/format.h"
#include "null_server/http_text.h"

namespace assay {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint64_t kBodyLimitBytes = std::uint64_t{64} << 20U;
constexpr std::uint32_t kHeaderLimitBytes = std::uint32_t{64} << 10U;
constexpr std::size_t kInboxLimitBytes = std::size_t{64} << 20U;
constexpr std::size_t kRequestIdLimit = 128;
// Tokens of an answer where neither the request nor the script says how many, as vLLM's.
constexpr std::uint32_t kDefaultTokens = 16;

// The header's value as it can stand in JSON and in an event's id.
std::string SafeId(std::string_view value) {
  std::string id(value.substr(0, kRequestIdLimit));
  std::replace_if(
      id.begin(), id.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.'; },
      '_');
  return id;
}

std::string AnswerId(ApiKind api, const ServedRequest& served) {
  return fmt::format(
      "{}-{}", api == ApiKind::kChat ? "chatcmpl" : "cmpl",
      served.request_id.empty() ? fmt::format("{:016x}", served.number) : served.request_id);
}

std::int64_t UnixSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(WallNow().time_since_epoch()).count();
}

bool IsInsideFault(NullServerFault fault) {
  return fault != NullServerFault::kNone && fault != NullServerFault::kHttp500 &&
         fault != NullServerFault::kHttp429 && fault != NullServerFault::kSilent;
}

}  // namespace

Session::Session(ServerCore& core, asio::ip::tcp::socket socket)
    : core_(core), socket_(std::move(socket)) {
  core_.sessions.insert(this);
}

Session::~Session() {
  core_.sessions.erase(this);
}

void Session::Start() {
  error_code error;
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  socket_.non_blocking(true, error);
  NextRequest();
  WaitReadable();
}

void Session::WaitReadable() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       if (!error && self->state_ != State::kClosed) self->OnReadable();
                     });
}

void Session::OnReadable() {
  error_code error;
  const std::size_t count = socket_.read_some(asio::buffer(core_.read_buffer), error);
  const MonoTime read = SteadyClock().Now();
  if (error == asio::error::would_block) return WaitReadable();
  if (error) return PeerClosed();
  const std::string_view bytes(core_.read_buffer.data(), count);
  if (state_ == State::kReading && inbox_.empty()) {
    Consume(bytes, read);
  } else {
    inbox_ += bytes;
    if (inbox_.size() > kInboxLimitBytes) return PeerClosed();
    if (state_ == State::kReading) ConsumeInbox(read);
  }
  if (state_ != State::kClosed) WaitReadable();
}

void Session::ConsumeInbox(MonoTime read) {
  const std::string bytes = std::exchange(inbox_, {});
  Consume(bytes, read);
}

// REQUIRES: state_ is kReading, inbox_ is empty.
void Session::Consume(std::string_view bytes, MonoTime read) {
  error_code error;
  const std::size_t used = parser_->put(asio::buffer(bytes.data(), bytes.size()), error);
  inbox_ = bytes.substr(used);
  if (error && error != http::error::need_more) {
    const bool large = error == http::error::body_limit || error == http::error::header_limit;
    keep_alive_ = false;
    return RespondAtOnce(large ? 413 : 400, error.message());
  }
  if (parser_->is_done()) return Handle(read);
  if (parser_->is_header_done() && !told_to_continue_ &&
      parser_->get()[http::field::expect] == "100-continue") {
    told_to_continue_ = true;
    Send("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

void Session::Handle(MonoTime read) {
  const auto& request = parser_->get();
  keep_alive_ = request.keep_alive();
  const std::string_view target(request.target().data(), request.target().size());
  const std::string_view path = target.substr(0, target.find('?'));
  if (request.version() != 11) {
    keep_alive_ = false;
    return RespondAtOnce(505, "HTTP/1.1 only");
  }
  const bool completions = path == "/v1/completions";
  if (completions || path == "/v1/chat/completions") {
    if (request.method() != http::verb::post) {
      return RespondAtOnce(405, "Method Not Allowed", "allow: POST\r\n");
    }
    return HandleApi(completions ? ApiKind::kCompletions : ApiKind::kChat, read);
  }
  const auto page = PageAt(path, core_.options.style, core_.model_json,
                           core_.options.context_tokens, core_.options.slots, core_.counters);
  if (!page) return RespondAtOnce(404, "Not Found");
  std::string out;
  AppendPlainResponse(200, page->type, page->body, keep_alive_, "", out);
  Send(out);
  NextRequest();
}

void Session::RespondAtOnce(int status, std::string_view message, std::string_view extra) {
  std::string out;
  AppendPlainResponse(status, "application/json", ErrorBody(status, message), keep_alive_, extra,
                      out);
  Send(out);
  NextRequest();
}

void Session::HandleApi(ApiKind api, MonoTime read) {
  const Result<ApiRequest> request = core_.request_reader.Read(api, parser_->get().body());
  if (!request) return RespondAtOnce(400, request.error().message);
  BeginAnswer(*request, read);
}

void Session::BeginAnswer(const ApiRequest& request, MonoTime read) {
  const AnswerScript& script = core_.options.script;
  served_ = ServedRequest{};
  served_.number = core_.NextNumber();
  const auto id = parser_->get()["X-Request-Id"];
  served_.request_id = SafeId({id.data(), id.size()});
  served_.api = request.api;
  served_.stream = request.stream;
  served_.read = read;
  const std::uint32_t most =
      request.max_tokens.value_or(std::max(script.tokens_highest, kDefaultTokens));
  served_.plan = PlanAnswer(script, served_.number, {most, request.min_tokens, request.ignore_end});
  prompt_tokens_ = request.prompt_tokens;
  AnswerText::Context context;
  context.style = core_.options.style;
  context.model = core_.model_json;
  context.vocabulary = &core_.options.vocabulary;
  context.chunk_tokens = script.chunk_tokens;
  context.number = served_.number;
  const std::string answer_id = AnswerId(request.api, served_);
  context.id = answer_id;
  context.created = UnixSeconds();
  context.keep_alive = keep_alive_;
  text_.emplace(context, request, served_.plan);
  next_write_ = 0;
  header_sent_ = false;
  state_ = State::kWaitingForSlot;
  core_.AskForSlot(shared_from_this(), ++ticket_);
}

void Session::OnSlot(std::uint64_t ticket) {
  if (ticket != ticket_) return core_.ReleaseSlot();  // its client has gone
  // Without waiting the schedule counts from the request's last byte.
  served_.start = core_.options.slots == 0 ? served_.read : SteadyClock().Now();
  state_ = State::kAnswering;
  const NullServerFault fault = served_.plan.fault;
  if (fault == NullServerFault::kHttp500 || fault == NullServerFault::kHttp429) {
    EndServed(ServedEnd::kFault);
    const bool busy = fault == NullServerFault::kHttp429;
    return RespondAtOnce(busy ? 429 : 500, "the null server was asked for this error",
                         busy ? "retry-after: 1\r\n" : "");
  }
  if (fault == NullServerFault::kSilent) {
    state_ = State::kStalled;
    return;
  }
  const AnswerPlan& plan = served_.plan;
  if (!served_.stream) {
    return core_.At(served_.start + TokenDue(plan, plan.tokens - 1), shared_from_this(), ticket_);
  }
  if (plan.ttft > Nanos{0}) {
    core_.write_buffer.clear();
    text_->AppendStart(core_.write_buffer);
    header_sent_ = true;
    Send(core_.write_buffer);
    if (ticket != ticket_) return;
  }
  core_.At(served_.start + WriteAt(core_.options.script, plan, 0).due, shared_from_this(), ticket_);
}

void Session::OnDue(std::uint64_t ticket) {
  if (ticket != ticket_ || state_ != State::kAnswering) return;
  if (served_.stream) return WriteNext();
  if (IsInsideFault(served_.plan.fault)) return MakeFault();
  core_.write_buffer.clear();
  text_->AppendWhole(core_.write_buffer);
  served_.tokens = served_.plan.tokens;
  FinishAnswer();
}

void Session::WriteNext() {
  const AnswerScript& script = core_.options.script;
  const AnswerPlan& plan = served_.plan;
  const PlannedWrite write = WriteAt(script, plan, next_write_);
  if (IsInsideFault(plan.fault) && write.first + write.tokens > plan.fault_after) {
    return MakeFault();
  }
  std::string& out = core_.write_buffer;
  out.clear();
  if (!std::exchange(header_sent_, true)) text_->AppendStart(out);
  text_->AppendTokens(write.first, write.tokens, out);
  served_.tokens += write.tokens;
  if (++next_write_ == WriteCount(script, plan)) {
    text_->AppendEnd(out);
    return FinishAnswer();
  }
  served_.writes.push_back(SteadyClock().Now());
  const std::uint64_t ticket = ticket_;
  Send(out);
  if (ticket != ticket_) return;  // the client has gone
  core_.At(served_.start + WriteAt(script, plan, next_write_).due, shared_from_this(), ticket_);
}

// Sends the write buffer, with which the answer is complete.
void Session::FinishAnswer() {
  served_.writes.push_back(SteadyClock().Now());
  const std::uint64_t ticket = ticket_;
  Send(core_.write_buffer);
  if (ticket != ticket_) return;
  NullServerCounters& counters = core_.counters;
  counters.prompt_tokens += prompt_tokens_;
  counters.generation_tokens += served_.plan.tokens;
  ++(served_.plan.ends_by_itself ? counters.ended_by_stop : counters.ended_by_length);
  EndServed(ServedEnd::kDone);
  NextRequest();
}

void Session::MakeFault() {
  const NullServerFault fault = served_.plan.fault;
  std::string out;
  if (served_.stream) {
    if (!std::exchange(header_sent_, true)) text_->AppendStart(out);
    text_->AppendFault(served_.tokens, out);
  } else {
    text_->AppendFaultyWhole(out);
  }
  const std::uint64_t ticket = ticket_;
  Send(out);
  if (ticket != ticket_) return;
  if (fault == NullServerFault::kStall) {
    state_ = State::kStalled;
    return;
  }
  EndServed(ServedEnd::kFault);
  if (fault == NullServerFault::kReset) return Reset();
  if (fault == NullServerFault::kEarlyEnd) keep_alive_ = false;
  NextRequest();
}

void Session::EndServed(ServedEnd end) {
  served_.end = end;
  ++ticket_;
  core_.Log(served_);
  text_.reset();
  state_ = State::kReading;
  core_.ReleaseSlot();
}

// The answer has been given.
void Session::NextRequest() {
  if (state_ == State::kClosed) return;
  if (!keep_alive_) return CloseAfterSending();
  state_ = State::kReading;
  told_to_continue_ = false;
  parser_.emplace();
  parser_->eager(true);
  parser_->body_limit(kBodyLimitBytes);
  parser_->header_limit(kHeaderLimitBytes);
  if (inbox_.empty()) return;
  asio::post(core_.io, [self = shared_from_this()] {
    if (self->state_ != State::kReading || self->inbox_.empty()) return;
    self->ConsumeInbox(SteadyClock().Now());
  });
}

void Session::Send(std::string_view bytes) {
  if (!unsent_.empty()) {
    unsent_ += bytes;
    return;
  }
  if (bytes.empty() || state_ == State::kClosed) return;
  error_code error;
  const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  if (error && error != asio::error::would_block) return PeerClosed();
  if (sent == bytes.size()) return;
  unsent_ = bytes.substr(sent);
  WaitWritable();
}

void Session::WaitWritable() {
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const error_code& error) {
                       if (error || self->state_ == State::kClosed) return;
                       const std::string bytes = std::exchange(self->unsent_, {});
                       self->Send(bytes);
                       if (self->unsent_.empty() && self->close_when_sent_) self->Close();
                     });
}

void Session::CloseAfterSending() {
  if (unsent_.empty()) return Close();
  close_when_sent_ = true;
  state_ = State::kStalled;  // nothing more is read
}

void Session::Close() {
  state_ = State::kClosed;
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, error);
  socket_.close(error);
}

// Closes with RST.
void Session::Reset() {
  state_ = State::kClosed;
  error_code error;
  socket_.set_option(asio::socket_base::linger(true, 0), error);
  socket_.close(error);
}

void Session::PeerClosed() {
  const State state = state_;
  Close();
  if (state == State::kWaitingForSlot) {
    core_.StopWaiting(this);
    ++ticket_;
    served_.end = ServedEnd::kClientClosed;
    core_.Log(served_);
  } else if (state == State::kAnswering || (state == State::kStalled && text_)) {
    EndServed(ServedEnd::kClientClosed);
    state_ = State::kClosed;
  }
}

void Session::Abandon() {
  if (!text_) return;
  text_.reset();
  ++ticket_;
  served_.end = ServedEnd::kUnanswered;
  core_.Log(served_);
}

}  // namespace assay
