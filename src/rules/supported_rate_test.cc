#include "rules/supported_rate.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "rules/test_logs.h"

namespace assay {
namespace {

using testing::HasSubstr;

const ScenarioRules& Server() {
  return *RulesOf(RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8b), Scenario::kServer);
}

struct Queue {
  double capacity;  // answers a second
  double base_ns;   // of a first token that waited for nothing
};

// TTFT of a queue of one server with random service times: a test of `n` queries at `qps`.
LoadgenDetailLog Simulate(const Queue& queue, double qps, std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> between(qps);
  std::exponential_distribution<double> service(queue.capacity);
  std::vector<double> ttft;
  double arrival = 0.0;
  double free_at = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    arrival += between(random);
    const double start = std::max(arrival, free_at);
    free_at = start + service(random);
    ttft.push_back((start - arrival) * 1e9 + queue.base_ns);
  }
  std::sort(ttft.begin(), ttft.end());
  const auto count = static_cast<double>(n);
  const auto whole = [](double x) { return fmt::format("{}", std::llround(x)); };
  return LoadgenDetailLog::Parse(
      DetailText({{"result_scheduled_samples_per_sec", fmt::format("{}", count / arrival)},
                  {"result_completed_samples_per_sec", fmt::format("{}", count / free_at)},
                  {"result_first_token_min_latency_ns", whole(ttft.front())},
                  {"result_first_token_99.00_percentile_latency_ns", whole(ttft[n * 99 / 100])},
                  {"result_time_to_output_token_min", "10000000"},
                  {"result_time_per_output_token_99.00_percentile_ns", "20000000"}}));
}

double TailMs(const LoadgenDetailLog& log) {
  return *log.Number("result_first_token_99.00_percentile_latency_ns") / 1e6;
}

TEST(HighestSupportedRate, IsKeptByTheQueueItWasEstimatedFrom) {
  const Queue queue{10.0, 2e8};
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const LoadgenDetailLog failed = Simulate(queue, 9.4, 26736, seed);
    ASSERT_GT(TailMs(failed), 2000.0);
    const auto rate = HighestSupportedRate(failed, Server());
    ASSERT_TRUE(rate.has_value());
    EXPECT_LT(rate->qps, 9.4);
    EXPECT_LT(TailMs(Simulate(queue, rate->qps, 26736, seed + 100)), 2000.0) << rate->qps;
  }
}

TEST(HighestSupportedRate, OfAnOverloadedRunFollowsFromWhatWasCompleted) {
  const auto rate = HighestSupportedRate(Simulate({10.0, 2e8}, 20.0, 13368, 1), Server());
  ASSERT_TRUE(rate.has_value());
  EXPECT_NEAR(rate->qps, 9.0, 0.3);
  EXPECT_THAT(rate->method, HasSubstr("90 % of"));
}

TEST(HighestSupportedRate, IsAbsentWhereNothingIsWrongOrNoRateWillDo) {
  EXPECT_FALSE(HighestSupportedRate(Simulate({10.0, 2e8}, 3.0, 13368, 1), Server()).has_value());
  EXPECT_FALSE(HighestSupportedRate(Simulate({10.0, 3e9}, 3.0, 13368, 1), Server()).has_value());
  EXPECT_FALSE(HighestSupportedRate(LoadgenDetailLog::Parse(""), Server()).has_value());
}

}  // namespace
}  // namespace assay
