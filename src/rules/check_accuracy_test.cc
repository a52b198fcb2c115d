#include "rules/check_accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckAccuracyTest : public ::testing::Test {
 protected:
  CheckAccuracyTest() {
    scope_.round = &RulesOf(Round::kV61);
    scope_.benchmark = &RulesOf(*scope_.round, BenchmarkId::kLlama31_8b);
  }

  [[nodiscard]] std::vector<Finding> Accuracy(const AccuracyEvidence& evidence) const {
    Findings findings(*scope_.round, false);
    CheckAccuracy(evidence, scope_, findings);
    return findings.all();
  }
  [[nodiscard]] std::vector<Finding> Data(const DatasetFacts& facts) const {
    Findings findings(*scope_.round, false);
    CheckDataset(facts, scope_, findings);
    return findings.all();
  }

  Scope scope_;
};

TEST_F(CheckAccuracyTest, AllLimitsKeptOnTheRightDataAreNoFinding) {
  const AccuracyEvidence evidence{
      .figures = {39, 16, 25, 36, 8167644}, .samples = 13368, .file = "a", .judged = true};
  EXPECT_THAT(Accuracy(evidence), IsEmpty());
}

TEST_F(CheckAccuracyTest, ABrokenLimitIsAnErrorWhereItIsJudgedAndANoteWhereItIsShown) {
  AccuracyEvidence evidence{
      .figures = {38.3914, 16, 25, 36, 9000000}, .samples = 13368, .file = "a", .judged = true};
  const auto judged = Accuracy(evidence);
  ASSERT_EQ(judged.size(), 3U);
  EXPECT_EQ(judged[0].rule, "accuracy.rouge1");
  EXPECT_EQ(judged[0].severity, Severity::kError);
  EXPECT_EQ(judged[0].needed, "at least 38.391408 (99 % of 38.7792)");
  EXPECT_EQ(judged[1].rule, "accuracy.gen_len");
  EXPECT_THAT(judged[1].message, HasSubstr("above its limit"));
  EXPECT_EQ(judged[2].rule, "accuracy.all_limits");
  EXPECT_EQ(judged[2].found, "3 of 5");
  evidence.judged = false;
  evidence.why_not_judged = "not every sample was run";
  for (const Finding& finding : Accuracy(evidence)) {
    EXPECT_EQ(finding.severity, Severity::kNote);
    EXPECT_FALSE(finding.comparability);
  }
}

// Passing limits on other data is told not to be a pass, too.
TEST_F(CheckAccuracyTest, LimitsThatAreReachedOnOtherDataAreNoPass) {
  const AccuracyEvidence evidence{.figures = {39, 16, 25, 36, 8167644},
                                  .samples = 10,
                                  .file = "a",
                                  .why_not_judged = "the data set is not the benchmark's"};
  const auto findings = Accuracy(evidence);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].message, HasSubstr("says nothing here: the data set is not"));
}

TEST_F(CheckAccuracyTest, CharactersAndTokensAreBothTold) {
  const AccuracyEvidence evidence{.figures = {39, 16, 25, 36, 8167644},
                                  .samples = 13368,
                                  .tokens = 1711104,
                                  .file = "a",
                                  .judged = true};
  const auto findings = Accuracy(evidence);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "tokens.characters");
  EXPECT_EQ(findings[0].found, "8,167,644 characters, 1,711,104 tokens");
}

TEST_F(CheckAccuracyTest, TheOfficialDataSetIsNotLookedAtFurther) {
  EXPECT_THAT(Data({.identity = "cnn_dailymail-validation-13368",
                    .count = 13368,
                    .articles = 13368,
                    .near_duplicates = 4,
                    .near_duplicate_clusters = 2}),
              IsEmpty());
}

TEST_F(CheckAccuracyTest, OtherDataAreToldWithTheirCopies) {
  const auto findings = Data({.file = "d.json",
                              .identity = "edge-5000",
                              .count = 5000,
                              .articles = 20,
                              .near_duplicates = 15,
                              .near_duplicate_clusters = 2});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].rule, "dataset.identity");
  EXPECT_TRUE(findings[0].comparability);
  EXPECT_EQ(findings[1].rule, "dataset.near_duplicates");
  EXPECT_THAT(findings[1].message, HasSubstr("15 of 20 articles"));
  EXPECT_THAT(findings[1].message, HasSubstr("measure 7 text(s)"));
}

// Real articles have copies too; a fifth of them has none but a template.
TEST_F(CheckAccuracyTest, AFewNearCopiesAreANote) {
  const auto severity = [&](std::uint64_t copies) {
    const auto findings = Data({.file = "d.json",
                                .identity = "none",
                                .count = 13368,
                                .articles = 13368,
                                .near_duplicates = copies,
                                .near_duplicate_clusters = copies / 2});
    return findings.back().rule == "dataset.near_duplicates" ? findings.back().severity
                                                             : Severity::kError;
  };
  EXPECT_EQ(severity(2), Severity::kNote);
  EXPECT_EQ(severity(2673), Severity::kNote);
  EXPECT_EQ(severity(2674), Severity::kWarning);
}

TEST_F(CheckAccuracyTest, CoverageIsTheWholeDataSet) {
  const auto coverage = [&](std::uint64_t asked) {
    Findings findings(*scope_.round, false);
    CheckCoverage(asked, TestKind::kAccuracy, "a", scope_, findings);
    return findings.all();
  };
  EXPECT_THAT(coverage(13368), IsEmpty());
  ASSERT_EQ(coverage(10).size(), 1U);
  EXPECT_THAT(coverage(10)[0].message, HasSubstr("10 of the data set's 13,368 samples (0.075 %)"));
  EXPECT_EQ(coverage(13369).size(), 1U);
}

}  // namespace
}  // namespace assay
