// How many queries LoadGen's early stopping needs, exactly.

#ifndef ASSAY_RULES_EARLY_STOPPING_H_
#define ASSAY_RULES_EARLY_STOPPING_H_

#include <cstdint>
#include <optional>

namespace assay {

// `late`        queries over the limit.
// `percentile`  that must keep the limit: 0.99, 0.9; between 0 and 1.
// Value: the least number n of queries, the late ones among them, with which LoadGen is confident
// (kEarlyStoppingConfidence) that the percentile keeps it: the probability of `late` or fewer late
// ones of n, were each late with probability 1 - percentile, is below 1 - confidence.
// 459 for none late at 0.99. Source: loadgen/early_stopping.cc, MinPassingQueriesFinder.
[[nodiscard]] std::uint64_t QueriesNeeded(std::uint64_t late, double percentile);

// Value: the most late queries that `queries` may have. nullopt: too few even if none is late, or
// more than a hundred million.
[[nodiscard]] std::optional<std::uint64_t> MostLate(std::uint64_t queries, double percentile);

// Value: the least number of queries that passes if `share` of them is late, rounded up. nullopt:
// no number does, the share reaches 1 - percentile, or more than a million would be late.
[[nodiscard]] std::optional<std::uint64_t> QueriesNeededAtShare(double share, double percentile);

}  // namespace assay

#endif  // ASSAY_RULES_EARLY_STOPPING_H_
