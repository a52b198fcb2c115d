#include "tokenizer/tokenizer_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"
#include "tokenizer/token_table.h"

namespace assay::tok {
namespace {

constexpr std::array<std::string_view, 7> kSpecialMembers = {
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

// nullopt: there is no such file. `settings` learns of one that there is.
Result<std::optional<Json>> ReadObject(const fs::path& path, TokenizerSettings* settings) {
  if (!fs::exists(path)) return std::optional<Json>();
  ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  settings->files.emplace(path.filename().string(), Sha256Hex(text));
  ASSAY_ASSIGN_OR_RETURN(Json object, ParseJson(text, path.string()));
  ASSAY_RETURN_IF_ERROR(JsonReader::Of(object, path.string()));
  return std::optional(std::move(object));
}

// An object that holds a token.
Result<AddedToken> ReadToken(const Json& value, const std::string& where) {
  AddedToken token;
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

// Given as its text or as an object.
Result<SpecialToken> ReadSpecialToken(const Json& value, const std::string& where) {
  SpecialToken special;
  special.has_flags = !value.is_string();
  if (special.has_flags) {
    Json object = value;
    object["special"] = true;
    ASSAY_ASSIGN_OR_RETURN(special.token, ReadToken(object, where));
  } else {
    special.token.content = value.get<std::string>();
    special.token.special = true;
  }
  return special;
}

Result<AddedToken> ReadAddedToken(const std::string& id, const Json& value,
                                  const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(AddedToken token, ReadToken(value, where));
  const char* const end = id.data() + id.size();
  const auto parsed = std::from_chars(id.data(), end, token.id);
  if (parsed.ec != std::errc() || parsed.ptr != end || token.id < 0 ||
      static_cast<std::size_t>(token.id) >= kMaxVocabulary) {
    return MakeError(ErrorCode::kParse, "{}: expected an id below {}", where, kMaxVocabulary);
  }
  return token;
}

Status ReadSpecialTokens(const Json& config, const std::string& where,
                         TokenizerSettings* settings) {
  for (const std::string_view member : kSpecialMembers) {
    const TokenizerClass* const of = settings->tokenizer_class;
    const auto value = config.find(member);
    const bool named = value != config.end();
    const std::string_view unnamed = of == nullptr ? "" : of->Default(member);
    if (!named && member == "pad_token" && of != nullptr && of->takes_padding) {
      settings->padding_place = settings->special_tokens.size();
    }
    if (named ? value->is_null() : unnamed.empty()) continue;
    SpecialToken special;
    if (named) {
      ASSAY_ASSIGN_OR_RETURN(special,
                             ReadSpecialToken(*value, fmt::format("{}: {}", where, member)));
    } else {
      special = UnnamedToken(unnamed);
    }
    special.has_flags = special.has_flags || (of != nullptr && of->sets_flags);
    if (member == "eos_token") {
      settings->eos_token = special.token.content;
      settings->eos_is_named = named;
    }
    if (member == "bos_token") settings->bos_token = special.token.content;
    settings->special_tokens.push_back(std::move(special));
  }
  const auto more = config.find("additional_special_tokens");
  if (more == config.end() || more->is_null()) return Ok{};
  const std::string path = where + ": additional_special_tokens";
  if (!more->is_array()) return MakeError(ErrorCode::kParse, "{}: expected an array", path);
  for (const Json& value : *more) {
    ASSAY_ASSIGN_OR_RETURN(SpecialToken special, ReadSpecialToken(value, path));
    special.is_additional = true;
    settings->special_tokens.push_back(std::move(special));
  }
  return Ok{};
}

Status ReadAddedTokensDecoder(const Json& decoder, const std::string& where,
                              TokenizerSettings* settings) {
  ASSAY_RETURN_IF_ERROR(JsonReader::Of(decoder, where));
  for (const auto& [id, value] : decoder.items()) {
    ASSAY_ASSIGN_OR_RETURN(AddedToken token,
                           ReadAddedToken(id, value, fmt::format("{}: \"{}\"", where, id)));
    settings->added_tokens.push_back(std::move(token));
  }
  return Ok{};
}

// What special_tokens_map.json says of a token takes the place of what tokenizer_config.json says;
// its additional tokens are added.
Status MergeSpecialTokensMap(const fs::path& path, Json* config, TokenizerSettings* settings) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Json> map, ReadObject(path, settings));
  if (!map) return Ok{};
  for (const auto& [member, value] : map->items()) {
    Json& known = (*config)[member];
    if (member != "additional_special_tokens" || !value.is_array() || !known.is_array()) {
      known = value;
      continue;
    }
    for (const Json& token : value) {
      if (std::find(known.begin(), known.end(), token) == known.end()) known.push_back(token);
    }
  }
  return Ok{};
}

bool IsNamed(const TokenizerSettings& settings, const std::string& text) {
  const auto& tokens = settings.special_tokens;
  return std::any_of(tokens.begin(), tokens.end(), [&text](const SpecialToken& special) {
    return special.token.content == text;
  });
}

// added_tokens.json: ids by texts.
Status ReadOlderAddedTokens(const fs::path& path, TokenizerSettings* settings) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Json> added, ReadObject(path, settings));
  if (!added) return Ok{};
  for (const auto& [text, id] : added->items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxVocabulary) {
      return MakeError(ErrorCode::kParse, "{}: \"{}\": expected an id below {}", path.string(),
                       text, kMaxVocabulary);
    }
    const bool special = IsNamed(*settings, text);
    settings->added_tokens.push_back(
        {.id = id.get<TokenId>(), .content = text, .normalized = !special, .special = special});
  }
  return Ok{};
}

Status ReadFlags(const Json& config, const std::string& where, TokenizerSettings* settings) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(config, where));
  ASSAY_ASSIGN_OR_RETURN(const auto clean_up, reader.OptBool("clean_up_tokenization_spaces"));
  settings->clean_up_spaces = clean_up.value_or(false);
  ASSAY_ASSIGN_OR_RETURN(settings->add_bos_token, reader.OptBool("add_bos_token"));
  ASSAY_ASSIGN_OR_RETURN(settings->add_eos_token, reader.OptBool("add_eos_token"));
  ASSAY_ASSIGN_OR_RETURN(settings->add_prefix_space, reader.OptBool("add_prefix_space"));
  for (const std::string_view flag : {"split_special_tokens", "from_slow"}) {
    ASSAY_ASSIGN_OR_RETURN(const auto is_set, reader.OptBool(flag));
    if (!is_set.value_or(false)) continue;
    settings->unsupported = fmt::format("{}: \"{}\": true is not supported", where, flag);
  }
  return Ok{};
}

// The class that a file names. Value: was there one?
Result<bool> ReadClassName(const Json& config, const std::string& where,
                           TokenizerSettings* settings) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(config, where));
  ASSAY_ASSIGN_OR_RETURN(const auto name, reader.OptString("tokenizer_class"));
  if (!name) return false;
  const std::size_t size = name->size() - (name->ends_with("Fast") ? 4 : 0);
  settings->tokenizer_class = FindTokenizerClass(name->substr(0, size));
  if (settings->tokenizer_class == nullptr) {
    settings->unsupported = fmt::format(
        "{}: tokenizer_class \"{}\" is not supported: it may change what tokenizer.json says "
        "(\"PreTrainedTokenizerFast\" takes it as it stands)",
        where, *name);
  }
  return true;
}

// The class that config.json names, or the one of its model_type.
Status ReadModelConfig(const fs::path& path, TokenizerSettings* settings) {
  const std::string where = path.string();
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Json> config, ReadObject(path, settings));
  if (!config) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const bool named, ReadClassName(*config, where, settings));
  if (named) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const JsonReader reader, JsonReader::Of(*config, where));
  ASSAY_ASSIGN_OR_RETURN(const auto model_type, reader.OptString("model_type"));
  if (!model_type) return Ok{};
  settings->tokenizer_class = ClassOfModel(*model_type);
  if (settings->tokenizer_class == nullptr) {
    settings->unsupported = fmt::format(
        "{}: model_type \"{}\" is not supported where tokenizer_config.json names no "
        "tokenizer_class",
        where, *model_type);
  }
  return Ok{};
}

// Source: transformers 4.46.2, PreTrainedTokenizerBase._from_pretrained.
Status ReadTokenizerConfig(const fs::path& folder, TokenizerSettings* settings) {
  const fs::path path = folder / "tokenizer_config.json";
  const std::string where = path.string();
  ASSAY_ASSIGN_OR_RETURN(std::optional<Json> config, ReadObject(path, settings));
  bool names_class = false;
  if (config) {
    ASSAY_RETURN_IF_ERROR(ReadFlags(*config, where, settings));
    ASSAY_ASSIGN_OR_RETURN(names_class, ReadClassName(*config, where, settings));
  }
  if (!names_class) ASSAY_RETURN_IF_ERROR(ReadModelConfig(folder / "config.json", settings));
  const bool lists = config && config->contains("added_tokens_decoder") &&
                     !(*config)["added_tokens_decoder"].is_null();
  settings->lists_added_tokens = lists;
  if (lists) {
    ASSAY_RETURN_IF_ERROR(ReadAddedTokensDecoder((*config)["added_tokens_decoder"],
                                                 where + ": added_tokens_decoder", settings));
    ASSAY_RETURN_IF_ERROR(ReadSpecialTokens(*config, where, settings));
    for (AddedToken& token : settings->added_tokens) {
      token.special = token.special || IsNamed(*settings, token.content);
    }
  } else {
    if (!config) config = Json::object();
    ASSAY_RETURN_IF_ERROR(
        MergeSpecialTokensMap(folder / "special_tokens_map.json", &*config, settings));
    ASSAY_RETURN_IF_ERROR(ReadSpecialTokens(*config, where, settings));
    ASSAY_RETURN_IF_ERROR(ReadOlderAddedTokens(folder / "added_tokens.json", settings));
  }
  std::stable_sort(settings->added_tokens.begin(), settings->added_tokens.end(),
                   [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return Ok{};
}

// eos_token_id is an id or a list of ids.
Status ReadGenerationConfig(const fs::path& path, TokenizerSettings* settings) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Json> config, ReadObject(path, settings));
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

SpecialToken UnnamedToken(std::string_view text) {
  SpecialToken special;
  special.token.content = text;
  special.token.special = true;
  special.is_default = true;
  return special;
}

Result<TokenizerSettings> ReadDecodingSettings(const fs::path& folder) {
  TokenizerSettings settings;
  const fs::path path = folder / "tokenizer_config.json";
  ASSAY_ASSIGN_OR_RETURN(const std::optional<Json> config, ReadObject(path, &settings));
  if (config) ASSAY_RETURN_IF_ERROR(ReadFlags(*config, path.string(), &settings));
  return settings;
}

Result<TokenizerSettings> ReadTokenizerSettings(const fs::path& folder) {
  TokenizerSettings settings;
  ASSAY_RETURN_IF_ERROR(ReadTokenizerConfig(folder, &settings));
  ASSAY_RETURN_IF_ERROR(ReadGenerationConfig(folder / "generation_config.json", &settings));
  return settings;
}

}  // namespace assay::tok
