#include "engine/openai/answer_reader.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::size_t kMaxEventBytes = std::size_t{16} << 20U;
constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20U;
constexpr std::size_t kMaxRefusalBytes = std::size_t{64} << 10U;
constexpr std::size_t kKeptBodyBytes = 65536;
constexpr int kOk = 200;
constexpr int kTooManyRequests = 429;

}  // namespace

AnswerReader::AnswerReader(ReaderScratch& scratch) : scratch_(scratch), splitter_(kMaxEventBytes) {}

void AnswerReader::Begin(const AnswerRules& rules, std::span<const TokenId> prompt_ids) {
  rules_ = rules;
  response_.Reset();
  splitter_.Reset();
  shape_.Forget();
  answer_.Begin(rules, prompt_ids);
  if (body_.capacity() > kKeptBodyBytes) std::string().swap(body_);
  body_.clear();
  head_seen_ = false;
  is_stream_ = false;
  settled_ = false;
  broken_ = false;
  trailing_ = false;
  error_.reset();
  retry_after_.reset();
}

void AnswerReader::Feed(std::string_view bytes, MonoTime when) {
  when_ = when;
  const Result<std::size_t> used = response_.Feed(bytes, *this);
  if (broken_) return;
  if (!used) {
    broken_ = true;
    return Fail({"bad_http", used.error().message});
  }
  trailing_ = *used < bytes.size();
  if (response_.done() && !settled_) OnResponse();
}

void AnswerReader::End() {
  const bool started = response_.started();
  const Status whole = response_.End();
  broken_ = true;
  if (settled_) return;
  if (!started) {
    return Fail({"connection_closed", "the server closed the connection before it answered"});
  }
  if (!whole) return Fail({"stream_ended_early", whole.error().message});
  OnResponse();
}

bool AnswerReader::OnBody(std::string_view piece) {
  if (!head_seen_) {
    head_seen_ = true;
    is_stream_ =
        response_.status() == kOk &&
        response_.Field("content-type").find("text/event-stream") != std::string_view::npos;
  }
  if (is_stream_) {
    const EventSplitter::Outcome outcome = splitter_.Feed(piece, *this);
    if (outcome == EventSplitter::Outcome::kTooLarge) {
      Fail({"event_too_large", fmt::format("an event of more than {} bytes", kMaxEventBytes)});
    }
    broken_ = outcome != EventSplitter::Outcome::kMore;
    return !broken_;
  }
  const bool refused = response_.status() != kOk;
  if (refused && body_.size() + piece.size() > kMaxRefusalBytes) return true;
  if (body_.size() + piece.size() > kMaxBodyBytes) {
    broken_ = true;
    Fail({"event_too_large", fmt::format("an answer of more than {} bytes", kMaxBodyBytes)});
    return false;
  }
  body_.append(piece);
  return true;
}

bool AnswerReader::OnEvent(std::string_view data, std::string_view type) {
  if (settled_) return true;  // behind the end of the stream
  if (data != "[DONE]") return AddEvent(data, type);
  Complete();
  return true;
}

bool AnswerReader::AddEvent(std::string_view data, std::string_view type) {
  std::optional<RequestError> wrong;
  const bool as_before = shape_.Read(data, scratch_.event);
  if (!as_before) wrong = scratch_.parser.Parse(data, scratch_.event);
  if (type == "error" && (wrong || !scratch_.event.error)) {
    wrong.reset();
    scratch_.event.error = ErrorText(data);
  }
  if (!wrong) wrong = answer_.Add(scratch_.event, when_);
  if (wrong) {
    Fail(std::move(*wrong));
    return false;
  }
  if (!as_before && is_stream_) shape_.Learn(data, scratch_.event, scratch_.parser);
  return true;
}

void AnswerReader::OnResponse() {
  if (response_.status() != kOk) return OnRefusal();
  if (is_stream_ != rules_.stream) {
    return Fail(
        {"wrong_content_type", fmt::format("{} was asked for, the answer's content type is \"{}\"",
                                           rules_.stream ? "a stream" : "one JSON object",
                                           ErrorText(response_.Field("content-type")))});
  }
  if (!is_stream_) {
    body_.reserve(body_.size() + kReadPadding);
    if (AddEvent(body_, {})) Complete();
  } else if (answer_.finished()) {
    Complete();
  } else {
    Fail({"stream_ended_early", "the stream ended without a finish_reason and without [DONE]"});
  }
}

void AnswerReader::OnRefusal() {
  const int status = response_.status();
  std::string message = fmt::format("HTTP {}", status);
  const std::string_view after = response_.Field("retry-after");
  if (!after.empty()) message += fmt::format(", Retry-After: {}", ErrorText(after));
  if (!body_.empty()) message += fmt::format(": {}", ErrorText(body_));
  unsigned seconds = 0;
  const auto parsed = std::from_chars(after.data(), after.data() + after.size(), seconds);
  if (!after.empty() && parsed.ec == std::errc()) retry_after_ = std::chrono::seconds(seconds);
  Fail({status == kTooManyRequests ? "http_429" : fmt::format("http_{}xx", status / 100),
        std::move(message)});
}

void AnswerReader::Complete() {
  error_ = answer_.Finish();
  settled_ = true;
}

void AnswerReader::Fail(RequestError error) {
  answer_.Abandon();
  error_ = std::move(error);
  settled_ = true;
}

}  // namespace assay
