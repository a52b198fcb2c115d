#include "tokenizer/tokenize_stream.h"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

Result<std::string> EncodeLine(const Tokenizer& tokenizer, const JsonReader& line,
                               const TokenizeStreamOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, line.String("text"));
  if (options.mode == TokenizeMode::kCount) {
    return fmt::format("{{\"count\":{}}}", tokenizer.Count(text, options.encode));
  }
  std::vector<TokenId> ids = tokenizer.Encode(text, options.encode);
  if (!options.padding) return fmt::format("{{\"ids\":[{}]}}", fmt::join(ids, ","));
  const Padding mask{options.padding->length, 0, options.padding->side};
  const std::vector<TokenId> attention = Pad(std::vector<TokenId>(ids.size(), 1), mask);
  ids = Pad(std::move(ids), *options.padding);
  return fmt::format("{{\"ids\":[{}],\"attention_mask\":[{}]}}", fmt::join(ids, ","),
                     fmt::join(attention, ","));
}

Result<std::string> DecodeLine(const Tokenizer& tokenizer, const Json& line,
                               const TokenizeStreamOptions& options, std::string_view where) {
  const auto found = line.find("ids");
  if (found == line.end() || !found->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"ids\" must be an array, found {}", where,
                     found == line.end() ? "nothing" : found->type_name());
  }
  std::vector<TokenId> ids;
  for (const Json& id : *found) {
    constexpr std::int64_t kMax = std::numeric_limits<TokenId>::max();
    if (!id.is_number_integer() || id < 0 || id > kMax) {
      return MakeError(ErrorCode::kParse,
                       "{}: \"ids\"[{}] must be an integer from 0 to {}, found {}", where,
                       ids.size(), kMax, ToJsonLine(id));
    }
    ids.push_back(id.get<TokenId>());
  }
  auto text = tokenizer.Decode(ids, options.decode);
  if (!text) {
    return MakeError(ErrorCode::kParse, "{}: {}", where, text.error().message);
  }
  return ToJsonLine(Json{{"text", *std::move(text)}});
}

Result<std::string> AnswerTo(const Tokenizer& tokenizer, const std::string& line,
                             const TokenizeStreamOptions& options, const std::string& at) {
  ASSAY_ASSIGN_OR_RETURN(const Json object, ParseJson(line, at));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(object, at));
  return options.mode == TokenizeMode::kDecode ? DecodeLine(tokenizer, object, options, at)
                                               : EncodeLine(tokenizer, reader, options);
}

}  // namespace

Status TokenizeStream(const Tokenizer& tokenizer, std::istream& in, std::ostream& out,
                      const TokenizeStreamOptions& options, std::string_view where) {
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const std::string at = fmt::format("{}:{}", where, number);
    const Result<std::string> answer = AnswerTo(tokenizer, line, options, at);
    if (!answer) {
      out.flush();
      return answer.error();
    }
    out << *answer << '\n';
    // Whoever waits for this answer before sending the next line gets it; a file is not slowed.
    if (in.rdbuf()->in_avail() <= 0) out.flush();
    if (!out) return MakeError(ErrorCode::kIo, "the answer to {} cannot be written", at);
  }
  out.flush();
  if (in.bad()) return MakeError(ErrorCode::kIo, "{}: cannot be read", where);
  if (!out) return MakeError(ErrorCode::kIo, "the answers to {} cannot be written", where);
  return Ok{};
}

}  // namespace assay
