#include "rules/check_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;

// A performance test of 300 prompt and 200 output tokens, and a server that counted as much.
class CheckServerTest : public ::testing::Test {
 protected:
  CheckServerTest() {
    run_.record.server = ServerRecord{};
    EndpointFacts& endpoint = run_.record.server->endpoints.emplace_back();
    endpoint.url = "http://h:1";
    endpoint.prefix_caching = false;
    TestEvidence& test = run_.tests.emplace_back();
    test.record = TestRecord{};
    test.record->server_counters.push_back({"http://h:1", Counters(0), Counters(1)});
    test.metrics = Metrics{};
    test.metrics->total_input_tokens = 300;
    test.metrics->total_output_tokens = 200;
  }

  static ServerCounters Counters(double tests) {
    return {.prompt_tokens = 1000 + 300 * tests,
            .generation_tokens = 50 + 200 * tests,
            .cached_prompt_tokens = 20,
            .prefix_queries = 0,
            .prefix_hits = 0,
            .preemptions = 0,
            .requests_finished = 2 * tests};
  }
  StartedServer& Started(ServerEnd end) {
    StartedServer& started = run_.record.server->started.emplace();
    started.log = "server.log";
    started.end = end;
    return started;
  }
  [[nodiscard]] ServerCounters& after() { return *run_.tests[0].record->server_counters[0].after; }

  [[nodiscard]] std::vector<Finding> Check(bool asked = false) const {
    Findings findings(RulesOf(Round::kV61), asked);
    CheckServerEnd(run_, findings);
    CheckPrefixCaching(run_, findings);
    CheckServerCounters(run_.tests[0], findings);
    return findings.all();
  }

  RunEvidence run_;
};

TEST_F(CheckServerTest, AServerThatAgreesHasNoFinding) {
  EXPECT_TRUE(Check().empty());
  run_.record.server.reset();
  run_.tests[0].record->server_counters.clear();
  EXPECT_TRUE(Check().empty());
}

TEST_F(CheckServerTest, AStartedServerHasToLast) {
  Started(ServerEnd::kStopped);
  EXPECT_TRUE(Check().empty());
  Started(ServerEnd::kKilled);
  EXPECT_TRUE(Check().empty());
  Started(ServerEnd::kByItself).signal = 9;
  const auto findings = Check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "server.ended");
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_EQ(findings[0].found, "signal 9");
  EXPECT_THAT(findings[0].fix, HasSubstr("server.log"));
}

TEST_F(CheckServerTest, ProcessesThatAreLeftAreTold) {
  Started(ServerEnd::kKilled).processes_left = 2;
  const auto findings = Check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
  EXPECT_EQ(findings[0].found, "2 left");
}

TEST_F(CheckServerTest, PrefixCachingIsABreachWhenConfigured) {
  run_.record.server->endpoints[0].prefix_caching = true;
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].rule, "server.prefix_caching");
  EXPECT_EQ(Check()[0].severity, Severity::kWarning);
  EXPECT_TRUE(Check()[0].comparability);
  EXPECT_EQ(Check(true)[0].severity, Severity::kError);
}

TEST_F(CheckServerTest, PrefixCachingIsABreachWhenSeen) {
  after().cached_prompt_tokens = 84;
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].found, "64 of 300 tokens");
  after().cached_prompt_tokens.reset();
  EXPECT_TRUE(Check().empty());
  after().prefix_hits = 128;
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].found, "128 of 300 tokens");
}

TEST_F(CheckServerTest, PrefixCachingIsABreachWhenAnswersTellOfIt) {
  run_.tests[0].journal = Journal{};
  RequestRecord& request = run_.tests[0].journal->requests.emplace_back();
  request.outcome.cached_tokens = 0;
  EXPECT_TRUE(Check().empty());
  request.outcome.cached_tokens = 640;
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].found, "640 of 300 tokens");
  run_.tests[0].record->server_counters.clear();
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].found, "640 tokens");
}

TEST_F(CheckServerTest, AServerThatDoesNotTellOfPrefixCachingIsNotPassed) {
  run_.record.server->endpoints[0].prefix_caching.reset();
  EXPECT_TRUE(Check().empty());  // its counters would have shown it
  run_.tests[0].record->server_counters.clear();
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].rule, "check.not_run");
  EXPECT_THAT(Check()[0].message, HasSubstr("http://h:1"));
}

TEST_F(CheckServerTest, OtherCountsThanTheJournalsAreTold) {
  *after().generation_tokens += 1;
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].rule, "server.counters");
  EXPECT_EQ(Check()[0].found, "201");
  *after().generation_tokens -= 1;
  *after().prompt_tokens += 9;
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_THAT(Check()[0].message, HasSubstr("prompt tokens"));
  run_.tests[0].metrics->counts.failed = 1;
  EXPECT_TRUE(Check().empty());
}

TEST_F(CheckServerTest, PromptsAreAsLongAsTheAnswersSay) {
  run_.tests[0].journal = Journal{};
  RequestRecord& request = run_.tests[0].journal->requests.emplace_back();
  request.outcome.server_prompt_tokens = 330;  // with a chat's template
  ASSERT_EQ(Check().size(), 1U);
  *after().prompt_tokens += 30;
  EXPECT_TRUE(Check().empty());
}

TEST_F(CheckServerTest, CountersThatDoNotTellAreNotCompared) {
  after().generation_tokens = 3;  // went back: another server
  EXPECT_TRUE(Check().empty());
  run_.tests[0].record->server_counters[0].after.reset();
  EXPECT_TRUE(Check().empty());
}

TEST_F(CheckServerTest, SeveralEndpointsAreSummed) {
  run_.tests[0].record->server_counters.push_back({"http://h:2", Counters(0), Counters(1)});
  EXPECT_EQ(Check().size(), 2U);
  run_.tests[0].metrics->total_input_tokens = 600;
  run_.tests[0].metrics->total_output_tokens = 400;
  EXPECT_TRUE(Check().empty());
}

TEST_F(CheckServerTest, PreemptionsAreNoted) {
  after().preemptions = 3;
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].rule, "server.preemptions");
  EXPECT_EQ(Check()[0].severity, Severity::kNote);
}

}  // namespace
}  // namespace assay
