#include "rules/check_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/check_validity.h"
#include "rules/test_logs.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckLog : public ::testing::Test {
 protected:
  void SetUp() override { Use(Scenario::kOffline); }

  void Use(Scenario scenario) {
    scope_.round = &RulesOf(Round::kV61);
    scope_.benchmark = &RulesOf(*scope_.round, BenchmarkId::kLlama31_8b);
    scope_.scenario = RulesOf(*scope_.benchmark, scenario);
    values_ = scenario == Scenario::kOffline ? ValidOfflineLog(*scope_.round, *scope_.benchmark)
                                             : ValidServerLog(*scope_.round, *scope_.benchmark);
  }

  // All checks of a performance test.
  std::vector<Finding> Check(bool asked = true, const std::string& summary = "VALID") {
    return CheckEvidence(EvidenceOf(values_, summary), asked);
  }
  std::vector<Finding> CheckEvidence(const LoadgenEvidence& evidence, bool asked = true) {
    Findings findings(*scope_.round, asked);
    CheckLogs(evidence, findings);
    CheckSettings(evidence, TestKind::kPerformance, scope_, findings);
    CheckLoadgenResult(evidence, scope_, findings);
    return findings.all();
  }

  static std::vector<std::string> RulesOfFindings(const std::vector<Finding>& findings) {
    std::vector<std::string> rules;
    rules.reserve(findings.size());
    for (const Finding& finding : findings) rules.push_back(finding.rule);
    return rules;
  }

  Scope scope_;
  LogValues values_;
};

TEST_F(CheckLog, ValidLogsHaveNoFinding) {
  EXPECT_THAT(RulesOfFindings(Check()), IsEmpty());
  Use(Scenario::kServer);
  EXPECT_THAT(RulesOfFindings(Check()), IsEmpty());
}

struct SettingCase {
  std::string key;
  std::string value;
  std::string rule;
};

TEST_F(CheckLog, EachSettingHasItsRule) {
  Use(Scenario::kServer);
  const LogValues valid = values_;
  const std::vector<SettingCase> cases = {
      {"effective_qsl_rng_seed", "1", "settings.seeds"},
      {"effective_schedule_rng_seed", "", "settings.seeds"},
      {"loadgen_version", "\"5.1.0 @ abc\"", "settings.loadgen_release"},
      {"loadgen_version", "", "settings.loadgen_release"},
      {"effective_test_mode", "\"SubmissionRun\"", "settings.test_mode"},
      {"effective_min_duration_ms", "599999", "settings.min_duration"},
      {"effective_min_duration_ms", "", "settings.min_duration"},
      {"effective_performance_sample_count", "13367", "settings.performance_samples"},
      {"requested_use_token_latencies", "", "settings.token_latencies"},
      {"effective_sample_concatenate_permutation", "false", "settings.equal_issue"},
      {"requested_server_ttft_latency", "2000000001", "settings.latency_limits"},
      {"requested_server_tpot_latency", "", "settings.latency_limits"},
      {"effective_scenario", "\"Offline\"", "settings.scenario"},
  };
  for (const SettingCase& c : cases) {
    values_ = valid;
    Change(values_, c.key, c.value);
    std::vector<Finding> findings = Check();
    std::erase_if(findings, [](const Finding& f) { return f.rule == "loadgen.incomplete"; });
    ASSERT_EQ(findings.size(), 1U) << c.key << " " << c.value;
    EXPECT_EQ(findings[0].rule, c.rule) << c.key;
    EXPECT_EQ(findings[0].severity, Severity::kError);
    EXPECT_FALSE(findings[0].comparability);
    EXPECT_EQ(findings[0].file, "performance/mlperf_log_detail.txt");
    EXPECT_THAT(findings[0].source, HasSubstr("v6.1"));
    const std::vector<Finding> unasked = Check(false);
    EXPECT_EQ(unasked[0].severity, Severity::kWarning);
    EXPECT_TRUE(unasked[0].comparability);
  }
}

TEST_F(CheckLog, SeedsOfAnotherRoundAreNamed) {
  values_ = ValidOfflineLog(RulesOf(Round::kV51), *scope_.benchmark);
  const auto findings = Check();
  EXPECT_THAT(RulesOfFindings(findings), ElementsAre("settings.seeds", "settings.loadgen_release"));
  EXPECT_THAT(findings[0].message, HasSubstr("those of v5.1, not those of v6.1"));
}

TEST_F(CheckLog, AuditSettingsActInAPerformanceTest) {
  Change(values_, "effective_accuracy_log_rng_seed", "720381539243781796");
  Change(values_, "effective_accuracy_log_sampling_target", "100");
  EXPECT_THAT(RulesOfFindings(Check()), ElementsAre("settings.audit"));
}

TEST_F(CheckLog, AShortRunIsToldHowMuchLongerItMustBe) {
  Change(values_, "effective_min_duration_ms", "0");
  Change(values_, "result_max_latency_ns", "60000000000");
  const auto findings = Check(false);
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("settings.min_duration"));
  EXPECT_THAT(findings[0].message, HasSubstr("60.0 s of the 600 s"));
  EXPECT_THAT(findings[0].fix, HasSubstr("9.0 minutes longer"));
}

TEST_F(CheckLog, InvalidOfflineNamesTheRateThatWouldDo) {
  Change(values_, "result_validity", "\"INVALID\"");
  Change(values_, "result_min_duration_met", "false");
  Change(values_, "result_max_latency_ns", "60000000000");
  Change(values_, "result_samples_per_second", "222.8");
  const auto findings = Check(true, "INVALID");
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("loadgen.invalid", "loadgen.min_duration"));
  EXPECT_THAT(findings[0].found, HasSubstr("loadgen.min_duration"));
  EXPECT_EQ(findings[1].found, "60.0 s");
  EXPECT_EQ(findings[1].needed, "600.0 s");
  EXPECT_THAT(findings[1].fix, HasSubstr("Offline.target_qps to 222.8"));
}

TEST_F(CheckLog, EarlyStoppingTellsQueriesAndMinutes) {
  Use(Scenario::kServer);
  Change(values_, "result_validity", "\"INVALID\"");
  Change(values_, "early_stopping_met", "false");
  Change(values_, "early_stopping_ttft_result", "\"\"");
  Change(values_, "early_stopping_tpot_result",
         "\" * Run unsuccessful.  * Processed 13368 queries.  * Would need to run at least 2400 "
         "more queries,  with the run being successful if every additional  query were under "
         "latency.\"");
  const auto findings = Check(true, "INVALID");
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("loadgen.invalid", "loadgen.early_stopping"));
  EXPECT_THAT(findings[1].message, HasSubstr("TPOT"));
  EXPECT_THAT(findings[1].fix, HasSubstr("2,400 more queries"));
  EXPECT_THAT(findings[1].fix, HasSubstr("2.0 minutes longer at 20"));
}

TEST_F(CheckLog, TooFewSingleStreamQueriesAreCounted) {
  Change(values_, "early_stopping_met", "false");
  Change(values_, "result_query_count", "50");
  Change(values_, "early_stopping_tpot_result",
         "\" * Only processed 50 queries.  * Need to process at least 64 queries for early "
         "stopping.\"");
  const auto findings = Check();
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("loadgen.early_stopping"));
  EXPECT_THAT(findings[0].fix, HasSubstr("at least 14 more queries"));
}

// LoadGen takes the limit itself, the checker does not.
TEST_F(CheckLog, ALatencyAtItsLimitIsNotBelowIt) {
  Use(Scenario::kServer);
  Change(values_, "result_first_token_99.00_percentile_latency_ns", "1999999999");
  EXPECT_THAT(Check(), IsEmpty());
  Change(values_, "result_first_token_99.00_percentile_latency_ns", "2000000000");
  Change(values_, "result_time_per_output_token_99.00_percentile_ns", "100000000");
  const auto findings = Check();
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("latency.ttft", "latency.tpot"));
  EXPECT_EQ(findings[0].found, "2000 ms");
  EXPECT_EQ(findings[0].needed, "less than 2000 ms");
}

TEST_F(CheckLog, AnInvalidResultThatIsNotOursIsAnErrorInAnyCase) {
  Change(values_, "result_validity", "\"INVALID\"");
  Change(values_, "result_min_queries_met", "false");
  for (const Finding& finding : Check(false, "INVALID")) {
    EXPECT_EQ(finding.severity, Severity::kError) << finding.rule;
  }
  scope_.own_run = true;
  for (const Finding& finding : Check(false, "INVALID")) {
    EXPECT_TRUE(finding.comparability) << finding.rule;
  }
}

TEST_F(CheckLog, ErrorsDamageAndAMissingEndAreErrors) {
  Change(values_, "result_validity", "");
  LoadgenEvidence evidence = EvidenceOf(values_, "VALID");
  evidence.detail = LoadgenDetailLog::Parse(LogLine("error_runtime", "\"it broke\"", true) +
                                            "noise\n" + DetailText(values_));
  const auto findings = CheckEvidence(evidence, false);
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("record.damaged_log", "loadgen.errors",
                                                     "loadgen.incomplete", "record.logs_differ"));
  EXPECT_EQ(findings[0].line, 2U);
  EXPECT_EQ(findings[1].line, 1U);
  EXPECT_THAT(findings[1].found, HasSubstr("it broke"));
  for (const Finding& finding : findings) EXPECT_EQ(finding.severity, Severity::kError);
}

TEST_F(CheckLog, ErrorsThatAreOnlyCountedAreErrorsToo) {
  Change(values_, "num_errors", "3");
  const auto findings = Check();
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("loadgen.errors"));
  EXPECT_THAT(findings[0].message, HasSubstr("3 error"));
}

}  // namespace
}  // namespace assay
