#include "rules/check_values.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "rules/test_logs.h"

namespace assay {
namespace {

std::vector<Finding> FindingsOf(const std::string& lines) {
  LoadgenEvidence evidence;
  evidence.detail = LoadgenDetailLog::Parse(lines);
  Findings findings(RulesOf(Round::kV61), true);
  CheckValues(evidence, findings);
  return findings.all();
}

TEST(CheckValues, WhatLoadgenWritesIsLetPass) {
  for (const RoundRules& round : AllRounds()) {
    EXPECT_TRUE(FindingsOf(DetailText(ValidServerLog(round, round.benchmarks.front()))).empty());
  }
  EXPECT_TRUE(FindingsOf(LogLine("effective_target_qps", "30") +
                         LogLine("effective_target_qps", "30") +
                         LogLine("generic_message", "\"a\"") + LogLine("generic_message", "\"b\"") +
                         LogLine("error_runtime", "1", true) + LogLine("error_runtime", "2", true))
                  .empty());
}

TEST(CheckValues, AnotherTypeIsNamedWithItsLine) {
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"effective_min_duration_ms", "\"600000\""},
           {"effective_min_duration_ms", "600000.0"},
           {"effective_min_duration_ms", "-600000"},
           {"effective_min_duration_ms", "99999999999999999999999"},
           {"result_first_token_99.00_percentile_latency_ns", "3.99e8"},
           {"result_first_token_99.00_percentile_latency_ns", "true"},
           {"effective_target_qps", "-3"},
           {"result_completed_tokens_per_second", "\"1000\""},
           {"early_stopping_met", "null"},
           {"early_stopping_met", "\"false\""},
           {"effective_scenario", "1"},
           {"result_validity", "\"valid\""}}) {
    const auto found = FindingsOf("\n" + LogLine(key, value));
    ASSERT_EQ(found.size(), 1U) << key << " " << value;
    EXPECT_EQ(found[0].rule, rule::kDamagedLog.id);
    EXPECT_EQ(found[0].severity, Severity::kError);
    EXPECT_EQ(found[0].line, 2U);
    EXPECT_THAT(found[0].message, ::testing::HasSubstr(key));
    EXPECT_FALSE(found[0].fix.empty());
    EXPECT_TRUE(IsMistyped(LoadgenDetailLog::Parse(LogLine(key, value)), key));
  }
}

TEST(CheckValues, WhatIsToldTwiceIsToldAlike) {
  const auto found = FindingsOf(LogLine("sut_name", "\"A\"") + LogLine("sut_name", "\"B\""));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, rule::kLogsDiffer.id);
  EXPECT_EQ(found[0].found, "line 1: \"A\", line 2: \"B\"");
}

}  // namespace
}  // namespace assay
