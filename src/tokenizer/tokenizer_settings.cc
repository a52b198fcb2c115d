#include "tokenizer/tokenizer_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "tokenizer/token_table.h"

namespace assay::tok {
namespace {

constexpr std::array<std::string_view, 7> kSpecialMembers = {
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

Result<std::optional<Json>> ReadObject(const fs::path& path) {
  if (!fs::exists(path)) return std::optional<Json>();
  ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  ASSAY_ASSIGN_OR_RETURN(Json object, ParseJson(text, path.string()));
  ASSAY_RETURN_IF_ERROR(JsonReader::Of(object, path.string()));
  return std::optional(std::move(object));
}

// A token is given as its text or as an object that holds it.
Result<std::string> TextOf(const Json& token, const std::string& where) {
  if (token.is_string()) return token.get<std::string>();
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(token, where));
  return reader.String("content");
}

Result<AddedToken> ReadAddedToken(const std::string& id, const Json& value,
                                  const std::string& where) {
  AddedToken token;
  const char* const end = id.data() + id.size();
  const auto parsed = std::from_chars(id.data(), end, token.id);
  if (parsed.ec != std::errc() || parsed.ptr != end || token.id < 0 ||
      static_cast<std::size_t>(token.id) >= kMaxVocabulary) {
    return MakeError(ErrorCode::kParse, "{}: expected an id below {}", where, kMaxVocabulary);
  }
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(value, where));
  ASSAY_ASSIGN_OR_RETURN(token.content, reader.String("content"));
  for (const auto& [key, flag] :
       {std::pair("special", &AddedToken::special),
        std::pair("single_word", &AddedToken::single_word),
        std::pair("lstrip", &AddedToken::lstrip), std::pair("rstrip", &AddedToken::rstrip)}) {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<bool> given, reader.OptBool(key));
    token.*flag = given.value_or(false);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::optional<bool> normalized, reader.OptBool("normalized"));
  token.normalized = normalized.value_or(!token.special);
  return token;
}

Status ReadSpecialTexts(const Json& config, const std::string& where, TokenizerSettings* settings) {
  for (const std::string_view member : kSpecialMembers) {
    const auto token = config.find(member);
    if (token == config.end() || token->is_null()) continue;
    ASSAY_ASSIGN_OR_RETURN(std::string text, TextOf(*token, fmt::format("{}: {}", where, member)));
    if (member == "eos_token") settings->eos_token = text;
    settings->special_texts.push_back(std::move(text));
  }
  const auto more = config.find("additional_special_tokens");
  if (more == config.end() || more->is_null()) return Ok{};
  const std::string path = where + ": additional_special_tokens";
  if (!more->is_array()) return MakeError(ErrorCode::kParse, "{}: expected an array", path);
  for (const Json& token : *more) {
    ASSAY_ASSIGN_OR_RETURN(std::string text, TextOf(token, path));
    settings->special_texts.push_back(std::move(text));
  }
  return Ok{};
}

Status ReadTokenizerConfig(const fs::path& path, TokenizerSettings* settings) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Json> config, ReadObject(path));
  if (!config) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(*config, path.string()));
  ASSAY_ASSIGN_OR_RETURN(const auto clean_up, reader.OptBool("clean_up_tokenization_spaces"));
  settings->clean_up_spaces = clean_up.value_or(false);
  ASSAY_RETURN_IF_ERROR(ReadSpecialTexts(*config, path.string(), settings));
  const auto added = config->find("added_tokens_decoder");
  if (added == config->end() || added->is_null()) return Ok{};
  const std::string where = path.string() + ": added_tokens_decoder";
  ASSAY_RETURN_IF_ERROR(JsonReader::Of(*added, where));
  for (const auto& [id, value] : added->items()) {
    ASSAY_ASSIGN_OR_RETURN(AddedToken token,
                           ReadAddedToken(id, value, fmt::format("{}: \"{}\"", where, id)));
    settings->added_tokens.push_back(std::move(token));
  }
  std::stable_sort(settings->added_tokens.begin(), settings->added_tokens.end(),
                   [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return Ok{};
}

// eos_token_id is an id or a list of ids.
Status ReadGenerationConfig(const fs::path& path, TokenizerSettings* settings) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Json> config, ReadObject(path));
  if (!config) return Ok{};
  const auto eos = config->find("eos_token_id");
  if (eos == config->end() || eos->is_null()) return Ok{};
  for (const Json& id : eos->is_array() ? *eos : Json::array({*eos})) {
    if (!id.is_number_unsigned()) {
      return MakeError(ErrorCode::kParse, "{}: \"eos_token_id\" must be an id or a list of ids",
                       path.string());
    }
    settings->end_ids.push_back(id.get<std::uint64_t>());
  }
  return Ok{};
}

}  // namespace

Result<TokenizerSettings> ReadTokenizerSettings(const fs::path& folder) {
  TokenizerSettings settings;
  ASSAY_RETURN_IF_ERROR(ReadTokenizerConfig(folder / "tokenizer_config.json", &settings));
  ASSAY_RETURN_IF_ERROR(ReadGenerationConfig(folder / "generation_config.json", &settings));
  return settings;
}

}  // namespace assay::tok
