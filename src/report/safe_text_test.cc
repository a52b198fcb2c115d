#include "report/safe_text.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"

namespace assay {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::ResultOf;

TEST(Printable, ShowsWhatWouldMoveTheCursorOrTheReader) {
  EXPECT_EQ(Printable("plain, é, 漢, 👍"), "plain, é, 漢, 👍");
  EXPECT_EQ(Printable("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(Printable("\x1b[2J\x07"), "\\x1b[2J\\x07");
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "\\x9b31m");                                         // C1 control sequence introducer
  EXPECT_EQ(Printable("abc\u202Edcba"), "abc\\u202edcba");       // right-to-left override
  EXPECT_EQ(Printable("x\u200By\uFEFFz"), "x\\u200by\\ufeffz");  // invisible
  EXPECT_EQ(Printable("\U000E0041"), "\\U000e0041");
}

TEST(Printable, ReplacesIllFormedBytes) {
  EXPECT_EQ(Printable("a\xFF"
                      "b\xC3"),
            "a\uFFFDb\uFFFD");
  EXPECT_EQ(Printable(""), "");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc é"), 5U);
  EXPECT_EQ(DisplayWidth("漢字"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth(""), 0U);
}

TEST(WrapText, BreaksAtBlanksAndInsideLongWords) {
  EXPECT_THAT(WrapText("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(WrapText("a abcdefgh b", 4), ElementsAre("a", "abcd", "efgh", "b"));
  EXPECT_THAT(WrapText("  a  b ", 9), ElementsAre("a b"));
  EXPECT_THAT(WrapText("漢字漢", 5), ElementsAre("漢字", "漢"));
  EXPECT_THAT(WrapText("", 5), IsEmpty());
}

TEST(Shortened, KeepsTheBeginning) {
  EXPECT_EQ(Shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(Shortened("abcdef", 5), "abcd…");
  EXPECT_EQ(Shortened("漢字", 3), "漢…");
  EXPECT_EQ(Shortened("漢字", 2), "…");
  EXPECT_EQ(Shortened("ab", 1), "…");
}

TEST(MarkdownEscaped, LeavesNoMarkupMentionOrLink) {
  EXPECT_EQ(MarkdownEscaped("<b>*a*</b>"), "&lt;b&gt;\\*a\\*&lt;/b&gt;");
  EXPECT_EQ(MarkdownEscaped("[x](y) `c` #1 a|b"), "\\[x\\](y) \\`c\\` \\#1 a\\|b");
  EXPECT_EQ(MarkdownEscaped("@user https://x.y"), "&#64;user https&#58;//x.y");
  EXPECT_EQ(MarkdownEscaped("found: 7.5 %"), "found: 7.5 %");
}

TEST(MarkdownCode, FencesWhatHasBackticks) {
  EXPECT_EQ(MarkdownCode("a<b>"), "`a<b>`");
  EXPECT_EQ(MarkdownCode("a`b``c"), "```a`b``c```");
  EXPECT_EQ(MarkdownCode("`"), "`` ` ``");
  EXPECT_EQ(MarkdownCode("a|b"), "`a\\|b`");
  EXPECT_EQ(MarkdownCode("a\nb"), "`a\\nb`");
  EXPECT_EQ(MarkdownCode(""), "");
}

// Any bytes at all: well-formed, one line, and never wider than asked for.
TEST(SafeText, HoldsForRandomBytes) {
  std::mt19937 random(42);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (std::size_t i = random() % 40; i > 0; --i) {
      bytes += static_cast<char>(random() % 4 == 0 ? random() % 256 : ' ' + random() % 95);
    }
    const std::string printable = Printable(bytes);
    ASSERT_EQ(FirstInvalidUtf8(printable), std::nullopt);
    ASSERT_EQ(printable.find_first_of("\n\r\t\x1b\x7f"), std::string::npos);
    ASSERT_EQ(Printable(printable), printable);
    const std::size_t width = 2 + random() % 12;
    ASSERT_THAT(WrapText(printable, width), Each(ResultOf(DisplayWidth, Le(width))));
    ASSERT_LE(DisplayWidth(Shortened(printable, width)), width);
  }
}

}  // namespace
}  // namespace assay
