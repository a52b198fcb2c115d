// Any text, encoded and decoded: the fast paths equal the plain ones, and the text comes back.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/tokenizer.h"

#include "base/check.h"
#include "base/json.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/decode.h"
#include "tokenizer/hf_tokenizer.h"
#include "tokenizer/scanner.h"
#include "tokenizer/small_tokenizer.h"
#include "tokenizer/split_regex.h"

namespace assay::tok {
namespace {

using Pieces = std::vector<std::string_view>;

constexpr ScanPattern kPatterns[] = {ScanPattern::kGpt2, ScanPattern::kLlama3, ScanPattern::kQwen2,
                                     ScanPattern::kQwen35};
constexpr UnicodeVersion kUnicode = UnicodeVersion::kV14;

TokenizerParts MakeParts() {
  const Json json = SmallTokenizer({{"h", "e"},
                                    {"t", "he"},
                                    {" ", "the"},
                                    {"e", "e"},
                                    {"ee", "ee"},
                                    {"\xC3", "\xA9"},
                                    {"ll", "o"},
                                    {" ", " "},
                                    {"  ", "  "},
                                    {"l", "l"},
                                    {"a", "b"},
                                    {"b", "a"},
                                    {"ab", "ab"}});
  WorkerThreads helper(1);
  return ParseHfTokenizer(ToJsonLine(json), {}, "small", &helper).value();
}

std::string Repaired(std::string_view bytes) {
  std::string text;
  Utf8Repair repair;
  repair.Feed(bytes, &text);
  repair.Finish(&text);
  return text;
}

void CompareScanners(std::string_view text) {
  static const std::vector<SplitRegex> regexes = [] {
    std::vector<SplitRegex> compiled;
    for (const ScanPattern pattern : kPatterns) {
      compiled.push_back(SplitRegex::Compile(RegexOf(pattern), kUnicode, "pattern").value());
    }
    return compiled;
  }();
  for (const ScanPattern pattern : kPatterns) {
    Pieces scanned;
    Pieces matched;
    Scan(pattern, CharClasses::Of(kUnicode), CaseFolding::kUnicode, text, &scanned);
    regexes[static_cast<std::size_t>(pattern)].FindMatches(text, &matched);
    ASSAY_CHECK(scanned == matched);
  }
}

void CompareMerging(std::string_view text) {
  static const TokenizerParts parts = MakeParts();
  Words words;
  parts.pre_tokenizer->Split(text, &words);
  std::vector<TokenId> fast;
  std::vector<TokenId> plain;
  parts.bpe->Encode(words.pieces, &fast);
  for (const std::string_view word : words.pieces) parts.bpe->EncodeByMerging(word, &plain);
  ASSAY_CHECK(fast == plain);
  ASSAY_CHECK(parts.bpe->Count(words.pieces) == plain.size());
  // The text as one word, which may be long.
  std::vector<TokenId> one;
  std::vector<TokenId> one_plain;
  parts.bpe->Encode(text, &one);
  parts.bpe->EncodeByMerging(text, &one_plain);
  ASSAY_CHECK(one == one_plain);
}

std::string Streamed(const Tokenizer& tokenizer, const std::vector<TokenId>& ids,
                     const DecodeOptions& options) {
  StreamDecoder decoder(tokenizer, options);
  std::string text;
  for (const TokenId id : ids) ASSAY_CHECK(decoder.Add(id, &text).has_value());
  decoder.Finish(&text);
  return text;
}

void CheckRoundTrip(std::string_view text) {
  static const BpeTokenizer tokenizer(MakeParts());
  const EncodeOptions as_text{.add_special_tokens = false, .parse_special_tokens = false};
  const std::vector<TokenId> ids = tokenizer.Encode(text, as_text);
  const DecodeOptions as_it_is{.skip_special_tokens = false, .clean_up_spaces = false};
  ASSAY_CHECK(tokenizer.Decode(ids, as_it_is).value() == Repaired(text));
  ASSAY_CHECK(tokenizer.Count(text, as_text) == ids.size());
  for (const bool clean : {false, true}) {
    const DecodeOptions options{.skip_special_tokens = true, .clean_up_spaces = clean};
    ASSAY_CHECK(Streamed(tokenizer, ids, options) == tokenizer.Decode(ids, options).value());
  }
}

}  // namespace
}  // namespace assay::tok

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  assay::tok::CompareScanners(text);
  assay::tok::CompareMerging(text);
  assay::tok::CheckRoundTrip(text);
  return 0;
}
