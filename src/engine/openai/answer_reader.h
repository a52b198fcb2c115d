// From the bytes of a connection to an answer: HTTP, events, JSON, tokens. No socket and no clock
// in here.

#ifndef ASSAY_ENGINE_OPENAI_ANSWER_READER_H_
#define ASSAY_ENGINE_OPENAI_ANSWER_READER_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "assay/clock.h"
#include "assay/record.h"

#include "engine/openai/event_parser.h"
#include "engine/openai/event_shape.h"
#include "engine/openai/event_splitter.h"
#include "engine/openai/incoming_answer.h"
#include "engine/openai/response_reader.h"

namespace assay {

// What a reader needs while it reads and not between: shared by all readers of a thread.
struct ReaderScratch {
  EventParser parser;
  ServerEvent event;
};

// Reads one answer after another of a connection. An answer is settled, complete or failed, before
// its response is whole: a stream at its "[DONE]".
class AnswerReader final : private ResponseReader::BodySink, private EventSink {
 public:
  explicit AnswerReader(ReaderScratch& scratch);
  ~AnswerReader() override = default;

  // `prompt_ids` must outlive the answer.
  void Begin(const AnswerRules& rules, std::span<const TokenId> prompt_ids);
  // The next bytes, read at `when`; kReadPadding bytes behind them are readable.
  // REQUIRES: !response_done().
  void Feed(std::string_view bytes, MonoTime when);
  // The other side ended the connection.
  void End();

  [[nodiscard]] bool settled() const { return settled_; }
  // Of a settled answer that failed. Kinds: docs/formats.md.
  [[nodiscard]] const std::optional<RequestError>& error() const { return error_; }
  // Is the response whole, or past reading?
  [[nodiscard]] bool response_done() const { return broken_ || response_.done(); }
  // May the connection be used again? REQUIRES: response_done().
  [[nodiscard]] bool reusable() const { return !broken_ && !trailing_ && response_.keep_alive(); }
  // The server's wish, of an answer that was refused.
  [[nodiscard]] std::optional<Nanos> retry_after() const { return retry_after_; }
  [[nodiscard]] IncomingAnswer& answer() { return answer_; }

 private:
  bool OnBody(std::string_view piece) override;
  bool OnEvent(std::string_view data, std::string_view type) override;

  bool AddEvent(std::string_view data, std::string_view type);
  void OnResponse();
  void OnRefusal();
  void Complete();
  void Fail(RequestError error);

  ReaderScratch& scratch_;
  ResponseReader response_;
  EventSplitter splitter_;
  EventShape shape_;
  IncomingAnswer answer_;
  AnswerRules rules_;
  std::string body_;  // of an answer that is no stream
  bool head_seen_ = false;
  bool is_stream_ = false;
  bool settled_ = false;
  bool broken_ = false;    // nothing more can be read
  bool trailing_ = false;  // bytes came behind the response
  std::optional<RequestError> error_;
  std::optional<Nanos> retry_after_;
  MonoTime when_{};
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_ANSWER_READER_H_
