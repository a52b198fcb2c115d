#include "engine/openai/connection.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

constexpr auto kDrainTime = std::chrono::seconds(10);

iovec Piece(const std::string& text, std::size_t& skip) {
  const std::size_t from = std::min(skip, text.size());
  skip -= from;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): writev's type; it is only read
  return {const_cast<char*>(text.data()) + from, text.size() - from};
}

void AppendNumber(std::uint64_t number, std::string& text) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text.append(digits.data(), end.ptr);
}

bool Passed(Nanos limit, MonoTime since, MonoTime now) {
  return limit > Nanos::zero() && now - since >= limit;
}

std::string Seconds(Nanos time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

}  // namespace

Connection::Connection(Endpoint& endpoint, ConnectionContext& context)
    : endpoint_(endpoint),
      context_(context),
      transport_(endpoint.dialer->Dial()),
      reader_(context.scratch),
      since_(context.clock->Now()) {}

void Connection::Start(Job job) {
  ASSAY_CHECK(free());
  job_ = std::move(job);
  failure_ = {};
  head_.assign(endpoint_.head);
  AppendNumber(job_->id, head_);
  head_.append("\r\nContent-Length: ");
  AppendNumber(job_->body->size(), head_);
  head_.append("\r\n\r\n");
  written_ = 0;
  sent_ = false;
  reader_.Begin(context_.rules, job_->prompt_ids);
  if (state_ != State::kIdle) return;
  state_ = State::kBusy;
  since_ = context_.clock->Now();
  Send();
}

// Sent is when the last piece was handed to the kernel, not when the call returned: in between the
// server may have answered already, or another process have had the processor.
void Connection::Send() {
  while (!sent_) {
    const MonoTime now = context_.clock->Now();
    std::size_t skip = written_;
    const std::array<iovec, 2> pieces{Piece(head_, skip), Piece(*job_->body, skip)};
    const std::optional<std::size_t> taken = transport_->Write(pieces);
    if (!taken) {
      // An answer may lie there already: a server that refuses does not read to the end.
      sent_ = true;
      return Read(true);
    }
    if (*taken == 0) return;
    written_ += *taken;
    sent_ = written_ == head_.size() + job_->body->size();
    since_ = now;
    reader_.answer().outcome().sent = now;
  }
}

void Connection::OnOpening() {
  const Transport::State opened = transport_->Advance();
  if (opened == Transport::State::kOpening) return;
  if (opened == Transport::State::kFailed) {
    failed_to_open_ = true;
    failure_ = transport_->error();
    now_ = context_.clock->Now();
    if (job_) Fail(failure_);
    state_ = State::kClosed;
    return;
  }
  state_ = job_ ? State::kBusy : State::kIdle;
  since_ = context_.clock->Now();
  if (job_) Send();
}

void Connection::OnReady(bool ended) {
  if (state_ == State::kOpening) return OnOpening();
  if (state_ == State::kBusy && !sent_) Send();
  if (state_ != State::kClosed) Read(ended);
}

void Connection::Read(bool ended) {
  using Kind = Transport::ReadResult::Kind;
  // What a short read of TCP leaves is signalled again; TLS and unix sockets may hold more.
  const bool whole = endpoint_.dialer->url().scheme != ServerUrl::Scheme::kHttp;
  while (state_ != State::kClosed) {
    const Transport::ReadResult read = transport_->Read(context_.buffer);
    now_ = context_.clock->Now();
    if (read.kind == Kind::kNothing) return;
    if (read.kind == Kind::kEnd) return OnEnd();
    if (read.kind == Kind::kFailed) {
      if (job_) Fail(transport_->error());
      state_ = State::kClosed;
      return;
    }
    NoteDelay(now_, read.arrived_wall_ns);
    Consume({context_.buffer.data(), read.bytes});
    if (!ended && !whole && read.bytes < context_.buffer.size()) return;
  }
}

void Connection::NoteDelay(MonoTime now, std::int64_t arrived_wall_ns) {
  std::int64_t delay = (now - context_.readable_since).count();
  if (arrived_wall_ns != 0) {
    delay = ToNanos(now) + context_.wall_minus_steady_ns - arrived_wall_ns;
    context_.read_delay.Add(delay);
  } else {
    context_.read_delay_bound.Add(delay);
  }
  if (!job_) return;
  const Nanos least{std::max<std::int64_t>(delay, 0)};
  auto& worst = reader_.answer().outcome().read_delay;
  worst = std::max(worst.value_or(least), least);
}

void Connection::Consume(std::string_view bytes) {
  if (state_ == State::kIdle) {
    // Nothing was asked: this is no server to talk to on this connection any more.
    state_ = State::kClosed;
    return;
  }
  if (job_) {
    auto& first_byte = reader_.answer().outcome().first_byte;
    if (!first_byte) first_byte = now_;
  }
  reader_.Feed(bytes, now_);
  if (job_) {
    if (const auto first = reader_.answer().TakeFirstToken()) {
      job_->sink->OnFirstToken(job_->id, *reader_.answer().outcome().first_token, *first);
    }
    if (reader_.settled()) OnSettled();
  }
  if (reader_.response_done()) {
    state_ = reader_.reusable() && sent_ ? State::kIdle : State::kClosed;
    since_ = now_;
  }
}

void Connection::OnSettled() {
  EndJob(reader_.error());
  end_->retry_after = reader_.retry_after();
  state_ = State::kDraining;
  since_ = now_;
}

void Connection::OnEnd() {
  if (job_) {
    reader_.End();
    OnSettled();
  }
  state_ = State::kClosed;
}

// A failure that is not the answer's own.
void Connection::Fail(RequestError error) {
  reader_.answer().Abandon();
  EndJob(std::move(error));
}

void Connection::EndJob(std::optional<RequestError> error) {
  RequestOutcome& outcome = reader_.answer().outcome();
  outcome.id = job_->id;
  outcome.done = now_;
  outcome.prompt_tokens = job_->prompt_ids.size();
  outcome.endpoint = endpoint_.dialer->url().text;
  outcome.retries = job_->retries;
  if (error) {
    failure_ = Redacted(std::move(*error));
    outcome.finish_reason = FinishReason::kError;
    outcome.error = failure_;
  }
  const bool had_first_token = reader_.answer().has_first_token();
  end_ = JobEnd{std::move(*job_), std::move(outcome), had_first_token, std::nullopt};
  job_.reset();
}

RequestError Connection::Redacted(RequestError error) const {
  for (const std::string& secret : context_.secrets) {
    for (std::size_t at = 0; (at = error.message.find(secret, at)) != std::string::npos;) {
      error.message.replace(at, secret.size(), "***");
      at += 3;
    }
  }
  return error;
}

JobEnd Connection::TakeEnd() {
  JobEnd end = std::move(*end_);
  end_.reset();
  return end;
}

void Connection::CheckTimeouts(MonoTime now) {
  const ClientTimeouts& limits = context_.timeouts;
  if (state_ == State::kDraining && Passed(kDrainTime, since_, now)) state_ = State::kClosed;
  std::optional<RequestError> error;
  if (state_ == State::kOpening && Passed(limits.connect, since_, now)) {
    error = {std::string(failure::kConnectTimeout),
             fmt::format("{}: not connected within {}", endpoint_.dialer->url().text,
                         Seconds(limits.connect))};
    failed_to_open_ = true;
  } else if (job_ && state_ == State::kBusy) {
    const auto& last = reader_.answer().outcome().last_token;
    if (Passed(limits.request, since_, now)) {
      error = {"request_timeout",
               fmt::format("no whole answer within {}", Seconds(limits.request))};
    } else if (!last && context_.rules.stream && Passed(limits.first_token, since_, now)) {
      error = {"first_token_timeout",
               fmt::format("no token within {}", Seconds(limits.first_token))};
    } else if (last && Passed(limits.token, *last, now)) {
      error = {"token_timeout", fmt::format("no further token within {}", Seconds(limits.token))};
    }
  }
  if (error) Cancel(*error);
}

void Connection::Cancel(const RequestError& error) {
  now_ = context_.clock->Now();
  failure_ = error;
  if (job_) Fail(error);
  state_ = State::kClosed;
}

}  // namespace assay
