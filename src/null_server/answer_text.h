// The bytes of the null server's answers: HTTP, events and JSON laid out as vLLM and llama-server
// lay them out. Pure functions of their arguments.

#ifndef ASSAY_NULL_SERVER_ANSWER_TEXT_H_
#define ASSAY_NULL_SERVER_ANSWER_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "null_server/answer_plan.h"
#include "null_server/api_request.h"

namespace assay {

// Whose field layout and order of events the answers have.
enum class ServerStyle { kVllm, kLlama };
// "vllm", "llama". Errors: kInvalidArgument.
[[nodiscard]] Result<ServerStyle> ParseStyle(std::string_view name);

// What answers are made of: token k of answer number n is word (n + k) modulo their number.
struct Vocabulary {
  std::vector<std::string> words;  // plain ASCII that JSON needs not escape; at least one
  std::vector<TokenId> ids;        // parallel
  TokenId end_token = 2;           // its text is empty
};
// Sixteen frequent English words, each a token of its own in the usual vocabularies, with made-up
// ids from 1000.
[[nodiscard]] Vocabulary DefaultVocabulary();
// Those of the same words that are one token of `tokenizer`, with its ids.
// Errors: kUnsupported: none is, or the tokenizer has no end token.
[[nodiscard]] Result<Vocabulary> VocabularyOf(const Tokenizer& tokenizer);

// One answer. What is appended in order, AppendStart, AppendTokens for all tokens, AppendEnd, is
// one HTTP response; or AppendWhole alone, where the request did not ask for a stream.
class AnswerText {
 public:
  struct Context {
    ServerStyle style = ServerStyle::kVllm;
    std::string_view model;  // as JSON has it between the quotes
    const Vocabulary* vocabulary = nullptr;
    std::uint32_t chunk_tokens = 1;
    std::uint64_t number = 0;
    std::string_view id;       // as JSON has it between the quotes
    std::int64_t created = 0;  // seconds since 1970
    bool keep_alive = true;
  };
  // Keeps copies of what it needs of the arguments, but for the vocabulary.
  AnswerText(const Context& context, const ApiRequest& request, const AnswerPlan& plan);

  // The header of a stream; vLLM's chat sends the role with it.
  void AppendStart(std::string& out) const;
  // Events of tokens [first, first + count). The last token's event carries what the style puts
  // there.
  void AppendTokens(std::uint32_t first, std::uint32_t count, std::string& out) const;
  // Finish and usage events, as the style and the request have them, [DONE], and the body's end.
  void AppendEnd(std::string& out) const;
  // The response to a request that asked for no stream.
  void AppendWhole(std::string& out) const;

  // What the plan's fault puts in the place of token `token` and of all that would follow: a broken
  // event, or an end of the body; nothing where the fault is none of the body's.
  void AppendFault(std::uint32_t token, std::string& out) const;
  // AppendWhole with the plan's fault in it; for the faults that break a connection the first half
  // of it, or nothing.
  void AppendFaultyWhole(std::string& out) const;

 private:
  [[nodiscard]] bool IsEndToken(std::uint32_t token) const;
  [[nodiscard]] std::string_view Word(std::uint32_t token) const;
  [[nodiscard]] std::string_view FinishReason() const;
  void AppendIds(std::uint32_t first, std::uint32_t count, std::string& out) const;
  void AppendUsage(std::uint32_t tokens, std::string& out) const;
  void AppendTimings(std::string& out) const;
  void AppendTokenEvent(std::uint32_t first, std::uint32_t count, std::string& out) const;
  void AppendVllmTail(std::uint32_t first, std::uint32_t count, std::string& out) const;
  void AppendRoleEvent(std::string& out) const;
  void AppendUsageEvent(std::string& out) const;
  void AppendLlamaFinish(std::string& out) const;
  void AppendVllmBody(std::string& out) const;
  void AppendLlamaBody(std::string& out) const;
  [[nodiscard]] std::string Body() const;

  const ServerStyle style_;
  const Vocabulary* const vocabulary_;
  const std::uint32_t chunk_tokens_;
  const std::uint64_t number_;
  const bool keep_alive_;
  const ApiKind api_;
  const bool include_usage_;
  const bool continuous_usage_;
  const bool return_token_ids_;
  const std::uint64_t prompt_tokens_;
  const AnswerPlan plan_;
  const std::string id_;
  const std::string model_;
  const std::int64_t created_;
  std::string event_head_;  // of a token's event, up to its text
  std::string event_tail_;  // llama: from the text's end to the event's
};

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_ANSWER_TEXT_H_
