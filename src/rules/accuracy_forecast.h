// How sure the accuracy figures of a part of a data set are, and what they say of the whole.

#ifndef ASSAY_RULES_ACCURACY_FORECAST_H_
#define ASSAY_RULES_ACCURACY_FORECAST_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "assay/scoring.h"
#include "assay/uncertainty.h"

#include "rules/rounds.h"

namespace assay {

inline constexpr double kForecastConfidence = 0.95;

struct MetricForecast {
  std::string_view metric;  // "rouge1", ..., "gen_len"
  // Of the mean over samples: ROUGE in percent, gen_len in characters a sample.
  double mean = 0.0;
  std::optional<Interval> interval =
      std::nullopt;   // bootstrap, kForecastConfidence; absent below two samples
  MeanLimit limit{};  // of the benchmark, in the same unit
  // That the full set will keep the limit, if these samples are a random part of it, and after how
  // many of them that or the contrary would be sure (kForecastConfidence) if mean and spread stay.
  // Absent below two samples, and where there are more samples than the set has.
  std::optional<double> probability_of_passing = std::nullopt;
  std::optional<std::uint64_t> samples_until_decided = std::nullopt;
};

// Value: in the order rouge1, rouge2, rougeL, rougeLsum, gen_len. Definitions: docs/metrics.md.
[[nodiscard]] std::vector<MetricForecast> ForecastAccuracy(std::span<const SampleScore> scores,
                                                           const BenchmarkRules& benchmark,
                                                           const Resampling& resampling);

}  // namespace assay

#endif  // ASSAY_RULES_ACCURACY_FORECAST_H_
