// One event of a stream, or a whole answer, as OpenAI-compatible servers write it. No socket and no
// clock in here.

#ifndef ASSAY_ENGINE_OPENAI_EVENT_PARSER_H_
#define ASSAY_ENGINE_OPENAI_EVENT_PARSER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/record.h"
#include "assay/tokenizer.h"

namespace assay {

// What a server says of itself in an event. Absent is not zero.
struct EventCounts {
  // usage.completion_tokens, usage.prompt_tokens: so far, or in all.
  std::optional<std::uint64_t> usage_output;
  std::optional<std::uint64_t> usage_prompt;
  // usage.prompt_tokens_details.cached_tokens, or timings.cache_n: prompt tokens from a cache.
  std::optional<std::uint64_t> cached;
  // timings.predicted_n; timings.prompt_n + timings.cache_n.
  std::optional<std::uint64_t> timings_output;
  std::optional<std::uint64_t> timings_prompt;

  friend bool operator==(const EventCounts&, const EventCounts&) = default;
};

struct ServerEvent {
  bool is_null = false;  // the event "null", which some streams begin with
  // An error in place of an answer.
  std::optional<std::string> error;
  std::string_view id;           // of the completion; empty: none
  std::string_view fingerprint;  // system_fingerprint; empty: none
  std::uint32_t choices = 0;
  std::int64_t index = 0;  // of the choice
  // choices[0].text, or delta.content, or message.content. Absent: there is none, or it is null.
  std::optional<std::string_view> text;
  // delta.reasoning_content, as most servers call it, or delta.reasoning, as newer vLLMs do;
  // likewise of message. It comes before the text.
  std::optional<std::string_view> reasoning;
  bool has_role = false;           // delta.role
  bool is_progress = false;        // llama-server's prompt_progress: the prompt is being computed
  std::string_view finish_reason;  // empty: null or absent
  bool has_token_ids = false;      // choices[0].token_ids is an array: the ids are in `token_ids`
  bool has_prompt_ids = false;     // likewise prompt_token_ids
  std::vector<TokenId> token_ids;
  std::vector<TokenId> prompt_ids;
  EventCounts counts;

  friend bool operator==(const ServerEvent&, const ServerEvent&) = default;
};

// Reuses its buffers: one per thread. Views in an event live until the next Parse.
class EventParser {
 public:
  EventParser();
  ~EventParser();
  EventParser(const EventParser&) = delete;
  EventParser& operator=(const EventParser&) = delete;

  // `json`: kReadPadding bytes behind it are readable. Several choices: the first is told, and how
  // many there are.
  // Value: nullopt, and the event in `event`; or what is wrong with it: kind "bad_json",
  // "bad_utf8".
  [[nodiscard]] std::optional<RequestError> Parse(std::string_view json, ServerEvent& event);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a server wrote as an error: {"error": {"message": ...}}, {"error": "..."}, {"message": ...}
// or the bytes themselves; one line, shortened. No padding is needed.
[[nodiscard]] std::string ErrorText(std::string_view body);

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_EVENT_PARSER_H_
