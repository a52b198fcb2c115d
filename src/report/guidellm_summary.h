// GuideLLM's statistics: summaries of weighted values, of rates and of concurrency over time.
// Source: GuideLLM 0.8.1, schemas/base/statistics.py, DistributionSummary.

#ifndef ASSAY_REPORT_GUIDELLM_SUMMARY_H_
#define ASSAY_REPORT_GUIDELLM_SUMMARY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/json.h"
#include "metrics/tool_figures.h"

namespace assay {

// from_values: equal values are one, weights that are zero count nothing, percentiles are observed
// values at the cumulated weight. Without values everything is 0, as there. `count` absent: the sum
// of the weights.
[[nodiscard]] Json GuidellmSummary(std::vector<WeightedValue> values,
                                   std::optional<std::uint64_t> count = std::nullopt);

struct TimedWeight {
  double time = 0.0;  // seconds
  double weight = 1.0;
};

// rate_distribution_from_timings: events per second around each event, weighted by how long that
// lasts; events within 0.1 ms are one.
[[nodiscard]] Json GuidellmRate(std::vector<TimedWeight> events, double start, double end);

struct TimedInterval {
  double start = 0.0;  // seconds
  double end = 0.0;
};

// concurrency_distribution_from_timings: how many intervals overlap, weighted by how long.
[[nodiscard]] Json GuidellmConcurrency(const std::vector<TimedInterval>& intervals, double start,
                                       double end);

}  // namespace assay

#endif  // ASSAY_REPORT_GUIDELLM_SUMMARY_H_
