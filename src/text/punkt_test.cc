#include "text/punkt.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/plain_punkt.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> sentences;
  AppendSentences(text, sentences);
  return sentences;
}

TEST(Punkt, ExampleOfTheNltkDocumentation) {
  EXPECT_THAT(Split("Punkt knows that the periods in Mr. Smith and Johann S. Bach\n"
                    "do not mark sentence boundaries.  And sometimes sentences\n"
                    "can start with non-capitalized words.  i is a good variable\n"
                    "name."),
              ElementsAre("Punkt knows that the periods in Mr. Smith and Johann S. Bach\n"
                          "do not mark sentence boundaries.",
                          "And sometimes sentences\ncan start with non-capitalized words.",
                          "i is a good variable\nname."));
}

TEST(Punkt, ClosingQuotesAndBracketsBelongToTheSentenceBefore) {
  EXPECT_THAT(Split("(How does it deal with this parenthesis?)  \"It should be part of the\n"
                    "previous sentence.\" \"(And the same with this one.)\" ('And this one!')\n"
                    "\"('(And (this)) '?)\" [(and this. )]"),
              ElementsAre("(How does it deal with this parenthesis?)",
                          "\"It should be part of the\nprevious sentence.\"",
                          "\"(And the same with this one.)\"", "('And this one!')",
                          "\"('(And (this)) '?)\"", "[(and this. )]"));
  EXPECT_THAT(Split("He left.\"--She stayed."), ElementsAre("He left.\"", "--She stayed."));
}

TEST(Punkt, MarksWithinAWordCountOnce) {
  EXPECT_THAT(Split("Very bad acting!!! I promise."),
              ElementsAre("Very bad acting!!!", "I promise."));
}

// Expected here and below: nltk 3.8.1.
TEST(Punkt, AbbreviationsOrdinalsInitialsAndEllipses) {
  EXPECT_THAT(Split("At 5 p.m. he left. At 6 p.m. The train came."),
              ElementsAre("At 5 p.m. he left.", "At 6 p.m.", "The train came."));
  EXPECT_THAT(Split("On 3. of May. K. Marx came."), ElementsAre("On 3. of May.", "K. Marx came."));
  EXPECT_THAT(Split("Wait... and see. Wait . . . and see."),
              ElementsAre("Wait... and see.", "Wait .", ".", ".", "and see."));
}

// The version of record does not see a boundary before a curly closing quote; newer ones do.
TEST(Punkt, CurlyQuotesAsInVersion381) {
  EXPECT_THAT(Split("Yes!\u2019 No."), ElementsAre("Yes!\u2019 No."));
}

// It may follow a mark, but words before marks are told apart by ASCII white space only: the first
// two marks are within one such word, where only the last one counts.
TEST(Punkt, WhiteSpaceBeyondAscii) {
  EXPECT_THAT(Split("One.\u2003Two.\u00A0Three.\u3000"), ElementsAre("One.\u2003Two.", "Three."));
}

TEST(Punkt, EmptyAndBlankTextsHaveNoSentence) {
  EXPECT_THAT(Split(""), IsEmpty());
  EXPECT_THAT(Split(" \n\u2028"), IsEmpty());
  EXPECT_THAT(Split(" a "), ElementsAre(" a"));
}

// All texts of up to four of these pieces.
TEST(Punkt, EqualsThePlainPathOnAllShortTexts) {
  constexpr std::string_view kPieces[] = {".", " ", "the", "K", "5", ")", "-", ",", "?", "\u00A0"};
  for (std::size_t index = 0; index < 11111; ++index) {  // 1 + 10 + 100 + 1000 + 10000
    std::string text;
    for (std::size_t rest = index; rest > 0; rest = (rest - 1) / 10) {
      text += kPieces[(rest - 1) % 10];
    }
    const auto sentences = Split(text);
    ASSERT_EQ(std::vector<std::string>(sentences.begin(), sentences.end()), PlainSentences(text))
        << testing::PrintToString(text);
  }
}

TEST(Punkt, ReadsNothingBehindTheText) {
  for (const char* text :
       {"a.", "a. ", "a. b", "a.)", "a. . .", "a.--", "a. \xE2\x80", "-", "\xC2"}) {
    const std::vector<char> copy(text, text + std::string_view(text).size());  // exact size
    EXPECT_THAT(Split({copy.data(), copy.size()}), testing::SizeIs(testing::Ge(1U))) << text;
  }
}

}  // namespace
}  // namespace assay
