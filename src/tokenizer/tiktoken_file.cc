#include "tokenizer/tiktoken_file.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace assay::tok {
namespace {

constexpr TokenId kLlama3Tokens = 128000;
constexpr TokenId kLlama3SpecialTokens = 256;
// In the order of their ids; the rest of the 256 are reserved ones.
constexpr std::string_view kLlama3Special[] = {"<|begin_of_text|>",
                                               "<|end_of_text|>",
                                               "<|reserved_special_token_0|>",
                                               "<|reserved_special_token_1|>",
                                               "<|finetune_right_pad_id|>",
                                               "<|reserved_special_token_2|>",
                                               "<|start_header_id|>",
                                               "<|end_header_id|>",
                                               "<|eom_id|>",
                                               "<|eot_id|>",
                                               "<|python_tag|>"};
constexpr TokenId kFirstReservedAfter = 3;  // the number of the first reserved one after these
constexpr std::string_view kLlama3Ends[] = {"<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"};

std::optional<std::string> FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> static_cast<unsigned>(count) & 0xFFU));
  }
  return bytes;
}

Status ReadLines(std::string_view text, std::string_view where, Vocabulary* vocabulary) {
  vocabulary->bytes.Reserve(kLlama3Tokens + kLlama3SpecialTokens, text.size());
  vocabulary->words.Reserve(kLlama3Tokens);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    std::string_view entry = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (entry.ends_with('\r')) entry.remove_suffix(1);
    const std::size_t space = entry.find(' ');
    const auto bytes = FromBase64(entry.substr(0, space));
    TokenId rank = -1;
    const char* const last = entry.data() + entry.size();
    const char* const number = space == std::string_view::npos ? last : entry.data() + space + 1;
    const auto parsed = std::from_chars(number, last, rank);
    if (!bytes || parsed.ec != std::errc() || parsed.ptr != last || rank < 0) {
      return MakeError(ErrorCode::kParse, "{}:{}: expected a token in base64, a space and its rank",
                       where, line);
    }
    if (rank >= kLlama3Tokens) {
      return MakeError(ErrorCode::kUnsupported,
                       "{}:{}: rank {}: only Llama 3's file of {} tokens is supported, the split "
                       "pattern of others is not known",
                       where, line, rank, kLlama3Tokens);
    }
    if (!vocabulary->bytes.Add(rank, *bytes) || vocabulary->words.Insert(rank)) {
      return MakeError(ErrorCode::kParse, "{}:{}: this token or this rank stood there before",
                       where, line);
    }
  }
  for (TokenId id = 0; id < kLlama3Tokens; ++id) {
    if (!vocabulary->bytes.Has(id)) {
      return MakeError(
          ErrorCode::kUnsupported,
          "{}: no token has the rank {}: only Llama 3's file of {} tokens is supported", where, id,
          kLlama3Tokens);
    }
  }
  return Ok{};
}

// tiktoken merges any two neighbours whose bytes together are a token, the lowest rank first.
MergeTable MergesOf(const Vocabulary& vocabulary) {
  MergeTable merges;
  merges.Reserve(std::size_t{kLlama3Tokens} * 2);
  for (TokenId id = 0; id < kLlama3Tokens; ++id) {
    const std::string_view bytes = vocabulary.bytes[id];
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      const TokenId left = vocabulary.words.Find(bytes.substr(0, cut));
      const TokenId right = vocabulary.words.Find(bytes.substr(cut));
      if (left < 0 || right < 0) continue;
      merges.Insert(left, right, {static_cast<std::uint32_t>(id), id}, /*replace=*/false);
    }
  }
  return merges;
}

void AddSpecialTokens(TokenizerParts* parts) {
  std::vector<AddedToken> tokens;
  std::vector<std::string> contents;
  for (TokenId i = 0; i < kLlama3SpecialTokens; ++i) {
    const auto named = static_cast<TokenId>(std::size(kLlama3Special));
    contents.push_back(
        i < named ? std::string(kLlama3Special[i])
                  : fmt::format("<|reserved_special_token_{}|>", i - named + kFirstReservedAfter));
    const TokenId id = kLlama3Tokens + i;
    ASSAY_CHECK(parts->vocabulary->bytes.Add(id, contents.back()));
    tokens.push_back({.id = id, .content = contents.back(), .special = true});
    parts->special.push_back(id);
    for (const std::string_view end : kLlama3Ends) {
      if (contents.back() == end) parts->end_tokens.push_back(id);
    }
  }
  parts->prefix = {kLlama3Tokens};
  parts->added = AddedTokens(std::move(tokens), contents);
}

}  // namespace

Result<TokenizerParts> ParseTiktokenFile(std::string_view text, std::string_view where) {
  TokenizerParts parts;
  ASSAY_RETURN_IF_ERROR(ReadLines(text, where, parts.vocabulary.get()));
  BpeSettings settings;
  settings.ignore_merges = true;
  parts.bpe = std::make_unique<Bpe>(&parts.vocabulary->bytes, &parts.vocabulary->words,
                                    MergesOf(*parts.vocabulary), settings);
  AddSpecialTokens(&parts);
  std::vector<SplitStep> steps;
  steps.push_back({ScanStep{ScanPattern::kLlama3, CaseFolding::kUnicode}});
  parts.pre_tokenizer.emplace(std::move(steps));
  return parts;
}

}  // namespace assay::tok
