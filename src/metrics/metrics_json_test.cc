#include "metrics/metrics_json.h"

#include <limits>

#include <gtest/gtest.h>

#include "metrics/test_requests.h"

namespace assay {
namespace {

Json OfOneAnswer() {
  std::vector<RequestRecord> requests{Issued(0, 0, 0, 1)};
  SetAnswer(requests[0], {{10, 1}, {30, 1}}, 31);
  requests[0].outcome.prompt_tokens = 9;
  return ToJson(ComputeMetrics(requests, TestRecord{}, {}));
}

TEST(MetricsJson, HasTheFieldsKeysInMilliseconds) {
  const Json json = OfOneAnswer();
  EXPECT_EQ(json["total_output_tokens"], 2);
  EXPECT_EQ(json["mean_ttft_ms"], 10.0);
  EXPECT_EQ(json["median_ttft_ms"], 10.0);
  EXPECT_EQ(json["mean_ttft_ms_from_send"], 9.0);
  EXPECT_EQ(json["max_e2el_ms"], 31.0);
  EXPECT_EQ(json["mean_tpot_ms"], 20.0);
  EXPECT_EQ(json["mean_itl_ms_from_send"], 20.0);
  EXPECT_DOUBLE_EQ(json["output_throughput"].get<double>(), 2 / 0.031);
  for (const char* key : {"request_throughput", "p50_ttft_ms", "p90_tpot_ms", "p99_itl_ms",
                          "p99.9_e2el_ms", "p99.9_ttft_ms_from_send", "std_e2el_ms_from_send"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

TEST(MetricsJson, WhatIsAbsentIsNull) {
  const Json json = OfOneAnswer();
  EXPECT_TRUE(json["p50_ttft_ms"].is_null());
  EXPECT_TRUE(json["issued"].is_null());
  EXPECT_TRUE(json["request_goodput"].is_null());
  EXPECT_TRUE(json["total_output_characters"].is_null());
  const Json none = ToJson(ComputeMetrics({}, TestRecord{}, {}));
  EXPECT_TRUE(none["request_throughput"].is_null());
  EXPECT_TRUE(none["mean_ttft_ms"].is_null());
  EXPECT_TRUE(none["schedule_uncertainty_ms"].is_null());
  EXPECT_EQ(none["completed"], 0);
}

TEST(MetricsJson, NoNumberThatJsonLacks) {
  Metrics m;
  m.duration_s = std::numeric_limits<double>::infinity();
  m.ttft.mean = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(ToJson(m)["duration"].is_null());
  EXPECT_TRUE(ToJson(m)["mean_ttft_ms"].is_null());
}

TEST(MetricsDocument, ThePerformanceTestIsOnTop) {
  std::vector<TestMetrics> tests(2);
  tests[0].metrics.test = TestKind::kAccuracy;
  tests[0].metrics.counts.completed = 8;
  tests[1].metrics.test = TestKind::kPerformance;
  tests[1].metrics.counts.completed = 5;
  tests[1].loadgen.emplace().validity = "INVALID";
  const Json json = MetricsDocument(tests);
  EXPECT_EQ(json["test"], "performance");
  EXPECT_EQ(json["completed"], 5);
  EXPECT_EQ(json["loadgen"]["validity"], "INVALID");
  EXPECT_EQ(json["other_tests"]["accuracy"]["completed"], 8);
  EXPECT_TRUE(json["other_tests"]["accuracy"]["loadgen"].is_null());
  EXPECT_EQ(json["other_tests"].size(), 1U);
  tests.pop_back();
  EXPECT_EQ(MetricsDocument(tests)["test"], "accuracy");
  EXPECT_EQ(MetricsDocument({}).size(), 1U);
}

}  // namespace
}  // namespace assay
