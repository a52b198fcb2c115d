#include "tokenizer/scanner.h"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tokenizer/split_regex.h"

namespace assay::tok {
namespace {

using ::testing::ElementsAre;
using Pieces = std::vector<std::string_view>;

constexpr ScanPattern kPatterns[] = {ScanPattern::kGpt2, ScanPattern::kLlama3, ScanPattern::kQwen2,
                                     ScanPattern::kQwen35};

Pieces Scanned(ScanPattern pattern, CaseFolding folding, std::string_view text) {
  Pieces pieces;
  Scan(pattern, CharClasses::Of(UnicodeVersion::kV14), folding, text, &pieces);
  return pieces;
}

// The expressions, matched by PCRE2.
class Regexes {
 public:
  Regexes() {
    for (const ScanPattern pattern : kPatterns) {
      auto regex = SplitRegex::Compile(RegexOf(pattern), UnicodeVersion::kV14, "pattern");
      if (!regex) throw std::runtime_error(regex.error().message);
      regexes_.push_back(*std::move(regex));
    }
  }
  [[nodiscard]] Pieces Matched(ScanPattern pattern, std::string_view text) const {
    Pieces pieces;
    regexes_[static_cast<std::size_t>(pattern)].FindMatches(text, &pieces);
    return pieces;
  }
  // Both ways of splitting `text` agree.
  void Compare(std::string_view text, std::span<const ScanPattern> patterns = kPatterns) const {
    for (const ScanPattern pattern : patterns) {
      ASSERT_EQ(Scanned(pattern, CaseFolding::kUnicode, text), Matched(pattern, text))
          << RegexOf(pattern) << " on " << ::testing::PrintToString(text);
    }
  }

 private:
  std::vector<SplitRegex> regexes_;
};

TEST(Scan, CutsAsTheExpressionsRead) {
  EXPECT_THAT(Scanned(ScanPattern::kGpt2, CaseFolding::kUnicode, "I'll  see 123'S\n x"),
              ElementsAre("I", "'ll", " ", " see", " 123", "'", "S", "\n", " x"));
  EXPECT_THAT(Scanned(ScanPattern::kLlama3, CaseFolding::kUnicode, "I'LL  see 1234'S.\n\n x"),
              ElementsAre("I", "'LL", " ", " see", " ", "123", "4", "'S", ".\n\n", " x"));
  EXPECT_THAT(Scanned(ScanPattern::kQwen2, CaseFolding::kUnicode, "a12 \r\n b"),
              ElementsAre("a", "1", "2", " \r\n", " b"));
}

// U+0301 is a mark, U+017F folds to s.
TEST(Scan, MarksAndLongSDistinguishPatternsAndFoldings) {
  EXPECT_THAT(Scanned(ScanPattern::kQwen2, CaseFolding::kUnicode, "e\u0301e"),
              ElementsAre("e", "\u0301e"));
  EXPECT_THAT(Scanned(ScanPattern::kQwen35, CaseFolding::kUnicode, "e\u0301e"),
              ElementsAre("e\u0301e"));
  EXPECT_THAT(Scanned(ScanPattern::kLlama3, CaseFolding::kUnicode, "'\u017Fa"),
              ElementsAre("'\u017F", "a"));
  EXPECT_THAT(Scanned(ScanPattern::kLlama3, CaseFolding::kAscii, "'\u017Fa"),
              ElementsAre("'\u017Fa"));
}

TEST(Scan, EqualsTheExpressionsOnAllShortTexts) {
  const Regexes regexes;
  const std::vector<std::string> alphabet = {"s", "L", "'",    " ",      "\n",
                                             "1", ".", "\xFF", "\u0301", "\u017F"};
  std::vector<std::string> texts = {""};
  for (std::size_t begin = 0, length = 1; length <= 4; ++length) {
    const std::size_t end = texts.size();
    for (std::size_t i = begin; i < end; ++i) {
      for (const std::string& character : alphabet) texts.push_back(texts[i] + character);
    }
    begin = end;
  }
  for (const std::string& text : texts) {
    ASSERT_NO_FATAL_FAILURE(regexes.Compare(text));
  }
}

// Between them these two tell every class apart.
TEST(Scan, EqualsTheExpressionsOnTheBasicPlane) {
  constexpr ScanPattern kTelling[] = {ScanPattern::kGpt2, ScanPattern::kQwen35};
  const Regexes regexes;
  std::string text;
  for (char32_t c = 0; c < 0x10000; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    AppendUtf8(c, &text);
    text += c % 3 == 0 ? "a" : c % 3 == 1 ? "1" : " ";
    AppendUtf8(c, &text);
    text += c % 2 == 0 ? "'" : ".";
    if (c % 0x1000 != 0xFFF) continue;
    ASSERT_NO_FATAL_FAILURE(regexes.Compare(text, kTelling)) << "up to " << std::uint32_t{c};
    text.clear();
  }
}

TEST(ScanPatternOf, KnowsItsOwnExpressions) {
  for (const ScanPattern pattern : kPatterns) EXPECT_EQ(ScanPatternOf(RegexOf(pattern)), pattern);
  EXPECT_EQ(ScanPatternOf(R"(\p{N}{1,3})"), std::nullopt);
}

}  // namespace
}  // namespace assay::tok
