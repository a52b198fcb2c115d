#include "rules/check_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr TokenId kBos = 128000;
constexpr TokenId kEnd = 128009;

std::vector<Finding> Check(const std::vector<std::vector<TokenId>>& tokens, bool own_run = false) {
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < tokens.size(); ++i) answers.push_back({i, tokens[i], i + 2});
  Findings findings(RulesOf(Round::kV61), false);
  CheckTokens(answers, "log.json", LlamaTokens(), own_run, findings);
  return findings.all();
}

std::vector<TokenId> Tokens(std::size_t n) {
  return std::vector<TokenId>(n, 17);
}

TEST(CheckTokens, GoodAnswersHaveNoFinding) {
  EXPECT_TRUE(Check({Tokens(1), Tokens(128), {1, 2, kEnd}, {kEnd}}).empty());
}

TEST(CheckTokens, AboveTheMaximumIsAnErrorInARunOfOursAndAWarningElsewhere) {
  const auto published = Check({Tokens(3), Tokens(129), Tokens(140)});
  ASSERT_EQ(published.size(), 1U);
  EXPECT_EQ(published[0].rule, "tokens.above_maximum");
  EXPECT_EQ(published[0].severity, Severity::kWarning);
  EXPECT_THAT(published[0].message,
              HasSubstr("2 of 3 answers have more than 128 tokens, up to 140"));
  EXPECT_EQ(published[0].line, 3U);
  EXPECT_EQ(Check({Tokens(129)}, true)[0].severity, Severity::kError);
}

TEST(CheckTokens, SpecialTokensInWrongPlaces) {
  const auto rule = [](const std::vector<TokenId>& tokens) { return Check({tokens}).at(0).rule; };
  EXPECT_EQ(rule({kBos, 1, 2}), "tokens.bos_inside");
  EXPECT_EQ(rule({1, kEnd, 2}), "tokens.interior_end");
  EXPECT_EQ(rule({1, 128001, 2, kEnd}), "tokens.interior_end");
  EXPECT_EQ(rule({1, 2, kEnd, 128001}), "tokens.padding");
  EXPECT_EQ(rule({}), "tokens.none");
}

TEST(CheckTokenCounts, ComparesEveryCountWithTheIds) {
  LoadgenEvidence evidence;
  evidence.accuracy = ParseAccuracyLog(
                          "[{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"01000000\",\"token_count\":1},\n"
                          "{\"seq_id\":1,\"qsl_idx\":1,\"data\":\"01000000\",\"token_count\":2}]",
                          "a")
                          .value();
  evidence.width = TokenWidth::kInt32;
  evidence.answers = AnswersOf(*evidence.accuracy, TokenWidth::kInt32, "a").value();
  Findings findings(RulesOf(Round::kV61), false);
  CheckTokenCounts(evidence, findings);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(findings.all()[0].line, 2U);
  EXPECT_EQ(findings.all()[0].found, "token_count 2, 1 ids");
}

TEST(CheckRepeated, CountsLaterRecordsOfASample) {
  const std::vector<Answer> answers{{4, {1}, 2}, {5, {1}, 3}, {4, {2}, 4}};
  Findings findings(RulesOf(Round::kV61), false);
  CheckRepeated(answers, "log.json", findings);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(findings.all()[0].line, 4U);
  EXPECT_EQ(findings.all()[0].found, "sample 4");
}

TEST(CompareAnswers, ComparesTheFirstAnswersOfCommonSamples) {
  const std::vector<Answer> a{{0, {1}, 0}, {1, {1, 2}, 0}, {2, {3}, 0}, {1, {9}, 0}};
  const std::vector<Answer> b{{1, {1, 2}, 0}, {2, {4}, 0}, {7, {4}, 0}, {0, {}, 0}};
  const Agreement agreement = CompareAnswers(a, b);
  EXPECT_EQ(agreement.compared, 3U);
  EXPECT_EQ(agreement.alike, 1U);
  EXPECT_THAT(agreement.first_differing, ElementsAre(0U, 2U));
  Findings findings(RulesOf(Round::kV61), false);
  CheckAgreement(agreement, findings);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(findings.all()[0].rule, "answers.agreement");
  EXPECT_THAT(findings.all()[0].message, HasSubstr("2 of 3 samples"));
  EXPECT_THAT(findings.all()[0].message, HasSubstr("33.3 % alike"));
}

TEST(CheckAgreement, NothingInCommonIsNotAgreement) {
  Findings findings(RulesOf(Round::kV61), false);
  CheckAgreement({}, findings);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(findings.all()[0].rule, "check.not_run");
}

TEST(CheckUnscored, TellsBothReasonsApart) {
  LogScore score;
  score.unscored = {{77, 3, UnscoredAnswer::Reason::kNoReference, ""},
                    {78, 4, UnscoredAnswer::Reason::kNoReference, ""},
                    {1, 5, UnscoredAnswer::Reason::kOutsideVocabulary, "id 9 at position 0"}};
  Findings findings(RulesOf(Round::kV61), false);
  CheckUnscored(score, "log.json", findings);
  ASSERT_EQ(findings.all().size(), 2U);
  EXPECT_EQ(findings.all()[0].rule, "answers.no_reference");
  EXPECT_THAT(findings.all()[0].message, HasSubstr("2 answers"));
  EXPECT_EQ(findings.all()[1].rule, "tokens.outside_vocabulary");
  EXPECT_EQ(findings.all()[1].line, 5U);
}

}  // namespace
}  // namespace assay
