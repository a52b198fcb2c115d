// Percentiles as MLPerf LoadGen defines them.

#ifndef ASSAY_PERCENTILE_H_
#define ASSAY_PERCENTILE_H_

#include <cstddef>
#include <span>

#include "assay/clock.h"
#include "assay/result.h"

namespace assay {

// The place of a percentile in n ascending values.
//
// `n`         at least 1.
// `fraction`  in [0, 1); 0.99 is the 99th percentile.
//
// Value: floor(n * fraction), so that a percentile is always a value that was observed.
// Errors: kInvalidArgument if n is 0 or `fraction` is out of range or NaN.
// Source: MLCommons inference, loadgen/results.cc, PerformanceSummary::ProcessLatencies.
[[nodiscard]] Result<std::size_t> PercentileRank(std::size_t n, double fraction);

// Are n values enough to speak of this percentile: does at least one of them lie at or above it?
//
// Value: n * (1 - fraction) >= 1. False where PercentileRank has no value.
[[nodiscard]] bool PercentileIsSupported(std::size_t n, double fraction);

// Returns the latency at `fraction` of `sorted`, without interpolation.
//
// `sorted`    n latencies, ascending, n >= 1; not copied.
// `fraction`  as above.
//
// Value: sorted[PercentileRank(n, fraction)], whether n supports it or not, as LoadGen prints it.
// Errors: PercentileRank's.
[[nodiscard]] Result<Nanos> PercentileOf(std::span<const Nanos> sorted, double fraction);

}  // namespace assay

#endif  // ASSAY_PERCENTILE_H_
