#include "rules/accuracy_forecast.h"

#include <array>
#include <cstddef>
#include <numeric>

namespace assay {
namespace {

constexpr std::size_t kMetrics = 5;
constexpr std::array<std::string_view, kMetrics> kNames = {"rouge1", "rouge2", "rougeL",
                                                           "rougeLsum", "gen_len"};

std::array<double, kMetrics> ValuesOf(const SampleScore& s) {
  constexpr double kPercent = 100.0;
  return {s.rouge1.fmeasure * kPercent, s.rouge2.fmeasure * kPercent, s.rougeL.fmeasure * kPercent,
          s.rougeLsum.fmeasure * kPercent, static_cast<double>(s.gen_len)};
}

std::array<MeanLimit, kMetrics> LimitsOf(const BenchmarkRules& benchmark) {
  const AccuracyReference& reference = benchmark.accuracy;
  const double characters = reference.gen_len / static_cast<double>(benchmark.sample_count);
  return {MeanLimit{reference.rouge1 * kRougeShare}, MeanLimit{reference.rouge2 * kRougeShare},
          MeanLimit{reference.rougeL * kRougeShare}, MeanLimit{reference.rougeLsum * kRougeShare},
          MeanLimit{characters * kGenLenLowShare, characters * kGenLenHighShare}};
}

}  // namespace

std::vector<MetricForecast> ForecastAccuracy(std::span<const SampleScore> scores,
                                             const BenchmarkRules& benchmark,
                                             const Resampling& resampling) {
  std::vector<std::vector<double>> columns(kMetrics);
  for (const SampleScore& score : scores) {
    const auto values = ValuesOf(score);
    for (std::size_t m = 0; m < kMetrics; ++m) columns[m].push_back(values[m]);
  }
  const std::vector<Interval> intervals =
      BootstrapIntervals(columns, kForecastConfidence, resampling);
  const auto limits = LimitsOf(benchmark);
  std::vector<MetricForecast> forecasts;
  for (std::size_t m = 0; m < kMetrics && !scores.empty(); ++m) {
    MetricForecast f{.metric = kNames[m], .limit = limits[m]};
    f.mean = std::accumulate(columns[m].begin(), columns[m].end(), 0.0) /
             static_cast<double>(scores.size());
    if (!intervals.empty()) f.interval = intervals[m];
    if (scores.size() <= benchmark.sample_count) {
      f.probability_of_passing =
          ProbabilityOfPassing(columns[m], benchmark.sample_count, limits[m]);
      f.samples_until_decided =
          SamplesUntilDecided(columns[m], benchmark.sample_count, limits[m], kForecastConfidence);
    }
    forecasts.push_back(f);
  }
  return forecasts;
}

}  // namespace assay
