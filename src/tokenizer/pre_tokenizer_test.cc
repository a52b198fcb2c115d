#include "tokenizer/pre_tokenizer.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::tok {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::string> Split(std::vector<SplitStep> steps, std::string_view text) {
  Words words;
  PreTokenizer(std::move(steps)).Split(text, &words);
  return {words.pieces.begin(), words.pieces.end()};
}

// The example of the Hugging Face tokenizers' documentation of SplitDelimiterBehavior.
TEST(PreTokenizer, BehaviorsKeepOrMergeMatches) {
  for (const auto& [behavior, expected] :
       std::vector<std::pair<SplitBehavior, std::vector<std::string>>>{
           {SplitBehavior::kRemoved, {"the", "final", "countdown"}},
           {SplitBehavior::kIsolated, {"the", "-", "final", "-", "-", "countdown"}},
           {SplitBehavior::kMergedWithPrevious, {"the-", "final-", "-", "countdown"}},
           {SplitBehavior::kMergedWithNext, {"the", "-final", "-", "-countdown"}},
           {SplitBehavior::kContiguous, {"the", "-", "final", "--", "countdown"}}}) {
    std::vector<SplitStep> steps;
    steps.push_back({LiteralStep{"-"}, UnicodeVersion::kV14, behavior});
    EXPECT_THAT(Split(std::move(steps), "the-final--countdown"), ElementsAreArray(expected));
  }
}

TEST(PreTokenizer, InvertedMatchesAreWhatLiesBetween) {
  std::vector<SplitStep> steps;
  steps.push_back(
      {LiteralStep{"-"}, UnicodeVersion::kV14, SplitBehavior::kRemoved, /*invert=*/true});
  EXPECT_THAT(Split(std::move(steps), "the-final--"), ElementsAre("-", "-", "-"));
}

TEST(PreTokenizer, NumbersAreCutOutOneByOneOrTogether) {
  for (const auto& [behavior, expected] :
       std::vector<std::pair<SplitBehavior, std::vector<std::string>>>{
           {SplitBehavior::kIsolated, {"a", "1", "\u00BD", " ", "\u0663"}},
           {SplitBehavior::kContiguous, {"a", "1\u00BD", " ", "\u0663"}}}) {
    std::vector<SplitStep> steps;
    steps.push_back({NumberStep{}, UnicodeVersion::kV15, behavior});
    EXPECT_THAT(Split(std::move(steps), "a1\u00BD \u0663"), ElementsAreArray(expected));
  }
}

TEST(PreTokenizer, StepsSeeOnlyTheirOwnPiece) {
  std::vector<SplitStep> steps;
  steps.push_back({LiteralStep{"x"}});
  steps.push_back({PrefixSpaceStep{}});
  steps.push_back({ScanStep{ScanPattern::kGpt2}});
  // White space at the end of a piece stays together, whatever follows in the text.
  EXPECT_THAT(Split(std::move(steps), "a  xb"), ElementsAre(" a", "  ", " x", " b"));
}

TEST(PreTokenizer, NothingInNothingOut) {
  EXPECT_THAT(Split({}, ""), ElementsAre());
}

}  // namespace
}  // namespace assay::tok
