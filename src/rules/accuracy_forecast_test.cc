#include "rules/accuracy_forecast.h"

#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

const BenchmarkRules& Benchmark() {
  return RulesOf(AllRounds().back(), BenchmarkId::kLlama31_8b);
}

// Two kinds of samples whose means are (high + low) / 2.
std::vector<SampleScore> Samples(std::size_t count, double low, double high) {
  std::vector<SampleScore> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double f = i % 2 == 0 ? low : high;
    for (RougeScore* rouge :
         {&samples[i].rouge1, &samples[i].rouge2, &samples[i].rougeL, &samples[i].rougeLsum}) {
      rouge->fmeasure = f;
    }
    samples[i].gen_len = i % 2 == 0 ? 600 : 620;
  }
  return samples;
}

TEST(ForecastAccuracy, IsInTheUnitsOfTheFigures) {
  const auto forecasts = ForecastAccuracy(Samples(100, 0.3, 0.5), Benchmark(), {});
  ASSERT_EQ(forecasts.size(), 5U);
  EXPECT_EQ(forecasts[0].metric, "rouge1");
  EXPECT_NEAR(forecasts[0].mean, 40.0, 1e-9);
  EXPECT_NEAR(forecasts[0].limit.at_least, 38.7792 * 0.99, 1e-9);
  EXPECT_FALSE(forecasts[0].limit.at_most.has_value());
  // The standard error of the mean is 10 / sqrt(100); 95 % of a normal distribution are 1.96 of it.
  EXPECT_NEAR(forecasts[0].interval->low, 40.0 - 1.96, 0.4);
  EXPECT_NEAR(forecasts[0].interval->high, 40.0 + 1.96, 0.4);
  EXPECT_EQ(forecasts[4].metric, "gen_len");
  EXPECT_NEAR(forecasts[4].mean, 610.0, 1e-9);
  EXPECT_NEAR(forecasts[4].limit.at_least, 8167644.0 * 0.9 / 13368, 1e-6);
  EXPECT_NEAR(*forecasts[4].limit.at_most, 8167644.0 * 1.1 / 13368, 1e-6);
}

TEST(ForecastAccuracy, TellsTheProbabilityForTheFullSet) {
  // 40 against 38.391: 1.609 standard errors of 1.005 * sqrt(1 - 100 / 13368): 0.946.
  const auto forecasts = ForecastAccuracy(Samples(100, 0.3, 0.5), Benchmark(), {});
  EXPECT_NEAR(*forecasts[0].probability_of_passing, 0.946, 0.002);
  // rouge2 is far above its 15.75, gen_len far within its limits.
  EXPECT_GT(*forecasts[1].probability_of_passing, 0.999999);
  EXPECT_GT(*forecasts[4].probability_of_passing, 0.999999);
  EXPECT_GT(*forecasts[0].samples_until_decided, 100U);
  EXPECT_LT(*forecasts[1].samples_until_decided, 100U);
}

TEST(ForecastAccuracy, IsAbsentWhereNothingCanBeSaid) {
  EXPECT_TRUE(ForecastAccuracy({}, Benchmark(), {}).empty());
  const auto one = ForecastAccuracy(Samples(1, 0.3, 0.5), Benchmark(), {});
  EXPECT_FALSE(one[0].interval.has_value());
  EXPECT_FALSE(one[0].probability_of_passing.has_value());
  const auto more = ForecastAccuracy(Samples(13369, 0.3, 0.5), Benchmark(), {.resamples = 10});
  EXPECT_TRUE(more[0].interval.has_value());
  EXPECT_FALSE(more[0].probability_of_passing.has_value());
  EXPECT_FALSE(more[0].samples_until_decided.has_value());
}

}  // namespace
}  // namespace assay
