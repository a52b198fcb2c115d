#include "null_server/api_request.h"

#include <limits>
#include <unordered_map>
#include <utility>

#include <simdjson.h>

#include "base/format.h"

namespace assay {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::uint64_t kBytesPerToken = 4;

Error Wrong(std::string_view key, std::string_view expected) {
  return MakeError(ErrorCode::kParse, "request body: \"{}\" must be {}", key, expected);
}

// Absent and null are nullopt.
std::optional<element> Member(const object& json, std::string_view key) {
  element value;
  if (json.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

Result<bool> Flag(const object& json, std::string_view key) {
  const auto value = Member(json, key);
  bool flag = false;
  if (value && value->get(flag) != simdjson::SUCCESS) return Wrong(key, "true or false");
  return flag;
}

Result<std::optional<std::uint32_t>> Count(const object& json, std::string_view key) {
  const auto value = Member(json, key);
  if (!value) return std::optional<std::uint32_t>();
  std::uint64_t count = 0;
  if (value->get(count) != simdjson::SUCCESS || count > std::numeric_limits<std::uint32_t>::max()) {
    return Wrong(key, "an integer from 0 to 4294967295");
  }
  return std::optional(static_cast<std::uint32_t>(count));
}

std::uint64_t TokensOfText(std::uint64_t bytes) {
  return (bytes + kBytesPerToken - 1) / kBytesPerToken;
}

// Counts the tokens of prompts; asks the tokenizer once for each of the first some thousands.
class PromptCounter {
 public:
  explicit PromptCounter(std::shared_ptr<const Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)) {}

  std::uint64_t Count(std::string_view text) {
    if (tokenizer_ == nullptr) return TokensOfText(text.size());
    const auto known = counts_.find(std::string(text));
    if (known != counts_.end()) return known->second;
    const std::uint64_t count = tokenizer_->Encode(text).size();
    if (counts_.size() < kMostKept) counts_.emplace(text, count);
    return count;
  }

 private:
  static constexpr std::size_t kMostKept = 4096;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unordered_map<std::string, std::uint64_t> counts_;
};

// A text, or an array of ids. An array of one text counts as that text.
Result<std::uint64_t> PromptTokens(const object& json, PromptCounter& counter) {
  const auto prompt = Member(json, "prompt");
  std::string_view text;
  simdjson::dom::array ids;
  if (prompt && prompt->get(text) == simdjson::SUCCESS) return counter.Count(text);
  if (!prompt || prompt->get(ids) != simdjson::SUCCESS || ids.size() == 0) {
    return Wrong("prompt", "a text or an array of token ids");
  }
  const element first = *ids.begin();
  if (first.is<std::int64_t>() || first.is<std::uint64_t>()) return std::uint64_t{ids.size()};
  if (ids.size() > 1) {
    return Error{ErrorCode::kUnsupported, "request body: more than one prompt is not supported"};
  }
  if (first.get(text) == simdjson::SUCCESS) return counter.Count(text);
  if (first.get(ids) == simdjson::SUCCESS) return std::uint64_t{ids.size()};
  return Wrong("prompt", "a text or an array of token ids");
}

// The bytes of all texts in the messages' contents.
Result<std::uint64_t> MessageTokens(const object& json) {
  const auto value = Member(json, "messages");
  simdjson::dom::array messages;
  if (!value || value->get(messages) != simdjson::SUCCESS || messages.size() == 0) {
    return Wrong("messages", "an array with at least one message");
  }
  std::uint64_t bytes = 0;
  for (const element message : messages) {
    std::string_view text;
    simdjson::dom::array parts;
    object fields;
    if (message.get(fields) != simdjson::SUCCESS) return Wrong("messages", "an array of objects");
    const auto content = Member(fields, "content");
    if (content && content->get(text) == simdjson::SUCCESS) {
      bytes += text.size();
    } else if (content && content->get(parts) == simdjson::SUCCESS) {
      for (const element part : parts) {
        if (part["text"].get(text) == simdjson::SUCCESS) bytes += text.size();
      }
    }
  }
  return TokensOfText(bytes);
}

Status ReadLengths(const object& json, ApiRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(request.max_tokens, Count(json, "max_tokens"));
  if (request.api == ApiKind::kChat) {
    ASSAY_ASSIGN_OR_RETURN(const auto newer, Count(json, "max_completion_tokens"));
    if (newer) request.max_tokens = newer;
  }
  if (request.max_tokens == 0U) return Wrong("max_tokens", "at least 1");
  ASSAY_ASSIGN_OR_RETURN(const auto least, Count(json, "min_tokens"));
  request.min_tokens = least.value_or(0);
  ASSAY_ASSIGN_OR_RETURN(request.ignore_end, Flag(json, "ignore_eos"));
  return Ok{};
}

Status ReadStreaming(const object& json, ApiRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(request.stream, Flag(json, "stream"));
  ASSAY_ASSIGN_OR_RETURN(request.return_token_ids, Flag(json, "return_token_ids"));
  const auto value = Member(json, "stream_options");
  if (!value) return Ok{};
  object options;
  if (value->get(options) != simdjson::SUCCESS) return Wrong("stream_options", "an object");
  ASSAY_ASSIGN_OR_RETURN(request.include_usage, Flag(options, "include_usage"));
  ASSAY_ASSIGN_OR_RETURN(request.continuous_usage, Flag(options, "continuous_usage_stats"));
  return Ok{};
}

// What would need another answer than the server gives.
Status RefuseUnsupported(const object& json) {
  ASSAY_ASSIGN_OR_RETURN(const auto answers, Count(json, "n"));
  if (answers.value_or(1) != 1) {
    return Error{ErrorCode::kUnsupported, "request body: \"n\" must be 1"};
  }
  const auto logprobs = Member(json, "logprobs");
  bool asked = false;
  if (logprobs && (logprobs->get(asked) != simdjson::SUCCESS || asked)) {
    return Error{ErrorCode::kUnsupported, "request body: \"logprobs\" is not supported"};
  }
  return Ok{};
}

}  // namespace

struct ApiRequestReader::Parser {
  explicit Parser(std::shared_ptr<const Tokenizer> tokenizer) : counter(std::move(tokenizer)) {}
  simdjson::dom::parser json;
  PromptCounter counter;
};

ApiRequestReader::ApiRequestReader(std::shared_ptr<const Tokenizer> tokenizer)
    : parser_(std::make_unique<Parser>(std::move(tokenizer))) {}
ApiRequestReader::~ApiRequestReader() = default;

Result<ApiRequest> ApiRequestReader::Read(ApiKind api, std::string_view body) {
  element root;
  const auto error = parser_->json.parse(body.data(), body.size(), true).get(root);
  if (error != simdjson::SUCCESS) {
    return MakeError(ErrorCode::kParse, "request body: not valid JSON: {}",
                     simdjson::error_message(error));
  }
  object json;
  if (root.get(json) != simdjson::SUCCESS) {
    return Error{ErrorCode::kParse, "request body: expected a JSON object"};
  }
  ApiRequest request;
  request.api = api;
  if (const auto model = Member(json, "model")) {
    std::string_view name;
    if (model->get(name) != simdjson::SUCCESS) return Wrong("model", "a string");
    request.model = name;
  }
  ASSAY_RETURN_IF_ERROR(RefuseUnsupported(json));
  ASSAY_RETURN_IF_ERROR(ReadLengths(json, request));
  ASSAY_RETURN_IF_ERROR(ReadStreaming(json, request));
  ASSAY_ASSIGN_OR_RETURN(request.prompt_tokens, api == ApiKind::kChat
                                                    ? MessageTokens(json)
                                                    : PromptTokens(json, parser_->counter));
  return request;
}

}  // namespace assay
