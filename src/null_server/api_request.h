// A request of the OpenAI API, as far as the null server looks at it.

#ifndef ASSAY_NULL_SERVER_API_REQUEST_H_
#define ASSAY_NULL_SERVER_API_REQUEST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "assay/result.h"
#include "assay/tokenizer.h"

namespace assay {

enum class ApiKind { kCompletions, kChat };

struct ApiRequest {
  ApiKind api = ApiKind::kCompletions;
  std::string model;  // empty: not named
  bool stream = false;
  bool include_usage = false;     // stream_options.include_usage
  bool continuous_usage = false;  // stream_options.continuous_usage_stats
  bool return_token_ids = false;
  bool ignore_end = false;                  // ignore_eos
  std::optional<std::uint32_t> max_tokens;  // or max_completion_tokens; >= 1
  std::uint32_t min_tokens = 0;
  // The number of ids where the prompt is ids. Of a text as the reader's tokenizer counts it, with
  // what the tokenizer puts before it; where there is none, and in a chat, a quarter of the bytes,
  // rounded up.
  std::uint64_t prompt_tokens = 0;
};

// Reads request bodies; keeps its memory from one to the next. Not thread-safe.
class ApiRequestReader {
 public:
  // `tokenizer`  may be null.
  explicit ApiRequestReader(std::shared_ptr<const Tokenizer> tokenizer);
  ~ApiRequestReader();
  ApiRequestReader(const ApiRequestReader&) = delete;
  ApiRequestReader& operator=(const ApiRequestReader&) = delete;

  // `body`: one JSON object. Unknown members are passed over, as servers do.
  //
  // Errors: kParse: no JSON, or a member of another type; kUnsupported: more than one answer is
  // asked for (n, several prompts), or log-probabilities.
  [[nodiscard]] Result<ApiRequest> Read(ApiKind api, std::string_view body);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_API_REQUEST_H_
