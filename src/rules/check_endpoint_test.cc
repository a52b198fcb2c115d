#include "rules/check_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<std::string> RuleIds(const Findings& findings) {
  std::vector<std::string> rules;
  for (const Finding& finding : findings.all()) rules.push_back(finding.rule);
  return rules;
}

class CheckEndpointTest : public ::testing::Test {
 protected:
  CheckEndpointTest() {
    config_.engine = "openai";
    config_.endpoint = EndpointConfig{};
    config_.endpoint->base_urls = {"http://server"};
    test_.record = TestRecord{};
    test_.record->client = ClientReport{};
    test_.journal = Journal{};
  }
  RequestOutcome& Ask(std::uint64_t id) {
    RequestRecord& record = test_.journal->requests.emplace_back();
    record.outcome.id = id;
    record.outcome.prompt_tokens = 10;
    record.outcome.server_prompt_tokens = 10;
    record.outcome.token_ids = {7, 2};
    return record.outcome;
  }
  std::vector<std::string> Settings(bool asked = false) {
    Findings findings(RulesOf(Round::kV61), asked);
    CheckEndpointSettings(EngineInfo{}, config_, findings);
    verdict_ = VerdictOf(findings.all());
    return RuleIds(findings);
  }
  std::vector<Finding> Requests() {
    Findings findings(RulesOf(Round::kV61), false);
    const std::vector<TokenId> end_tokens{0, 2};
    CheckEndpointRequests(test_, config_, end_tokens, findings);
    return findings.all();
  }

  RunConfig config_;
  TestEvidence test_;
  Verdict verdict_ = Verdict::kValid;
};

TEST_F(CheckEndpointTest, AnEndpointIsNeverComparableByItself) {
  EXPECT_THAT(Settings(), UnorderedElementsAre("endpoint.model"));
  EXPECT_EQ(verdict_, Verdict::kNotComparable);
  EXPECT_THAT(Settings(true), UnorderedElementsAre("endpoint.model"));
  EXPECT_EQ(verdict_, Verdict::kNotComparable);
  config_.endpoint.reset();
  EXPECT_THAT(Settings(), UnorderedElementsAre());
}

TEST_F(CheckEndpointTest, SettingsThatChangeTheQuestionAreBreaches) {
  config_.endpoint->stream = false;
  config_.endpoint->insecure = true;
  config_.scenario = Scenario::kServer;
  EXPECT_THAT(Settings(true),
              UnorderedElementsAre("endpoint.model", "endpoint.stream", "endpoint.insecure"));
  EXPECT_EQ(verdict_, Verdict::kInvalid);
  config_.scenario = Scenario::kOffline;
  EXPECT_THAT(Settings(true),
              UnorderedElementsAre("endpoint.model", "endpoint.stream", "endpoint.insecure"));
  EXPECT_EQ(verdict_, Verdict::kNotComparable);
}

TEST_F(CheckEndpointTest, RequestsAreNamed) {
  Ask(0);
  Ask(1).server_prompt_tokens = 11;
  Ask(2).retries = {{"http_5xx", "busy"}};
  Ask(3).server_prompt_tokens.reset();
  test_.record->client->connections = {{"http://server", 4, 2, 1, {}, {}}};
  const std::vector<Finding> findings = Requests();
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].rule, "endpoint.prompt");
  EXPECT_THAT(findings[0].found, HasSubstr("11 tokens for 10, requests 1"));
  EXPECT_EQ(findings[1].rule, "endpoint.retries");
  EXPECT_THAT(findings[1].found, HasSubstr("requests 2"));
  EXPECT_EQ(findings[2].rule, "endpoint.connections");
  // A chat's template makes every prompt longer; that is said once.
  config_.endpoint->path = kChatPath;
  EXPECT_EQ(Requests().size(), 2U);
}

TEST_F(CheckEndpointTest, AnswersThatEndTooEarlyAreNamed) {
  Ask(0);
  Ask(1).token_ids = {2};
  RequestOutcome& failed = Ask(2);
  failed.token_ids.clear();
  failed.error = {"reset", "gone"};
  Ask(3).token_ids = {};
  const std::vector<Finding> findings = Requests();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "endpoint.minimum");
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
  EXPECT_TRUE(findings[0].comparability);
  EXPECT_THAT(findings[0].message, HasSubstr("2 of 4 answers"));
  EXPECT_THAT(findings[0].found, HasSubstr("requests 1, 3"));
  config_.min_tokens = 2;
  EXPECT_THAT(Requests().at(0).message, HasSubstr("3 of 4 answers"));
  config_.min_tokens = 0;
  EXPECT_TRUE(Requests().empty());
}

}  // namespace
}  // namespace assay
