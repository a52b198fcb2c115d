// Is one run faster than another? Estimates with standard errors, and tests.

#ifndef ASSAY_COMPARE_STATISTICS_H_
#define ASSAY_COMPARE_STATISTICS_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay {

// What differs, with what is known of its error: log(new / base) of speeds, points of scores.
struct Estimate {
  double value = 0.0;
  double standard_error = 0.0;
  double degrees_of_freedom = 0.0;  // of Student's t; > 0
};

// One request's, or one stretch of work's, share of a ratio of sums: a mean latency has latency
// over 1, a throughput has tokens over seconds.
struct Share {
  double amount = 0.0;
  double weight = 0.0;
};

// The fewest batches from which a standard error is taken, and the most.
inline constexpr std::size_t kFewestBatches = 8;
inline constexpr std::size_t kMostBatches = 12;

// Nothing is said where neighbouring batches, or requests a quarter of a batch apart, are
// correlated by more than this: the batches are then too short for what happens in the run.
inline constexpr double kBatchCorrelation = 0.5;
inline constexpr double kInnerCorrelation = 0.3;

// The log ratio of sum(amount) / sum(weight) of two runs of the same requests in the same order of
// issue, by paired batch means: the requests are cut into at most kMostBatches batches of
// neighbours, in each of which the linearised ratios of both runs are subtracted; the standard
// error is that of the batches' mean, its square times (1 + r) / (1 - r), r the correlation of
// neighbouring batches where it is positive. So neighbouring requests may depend on one another.
//
// `base`, `changed`  of equal size, finite.
// Value: nullopt and a reason in `why_not` with fewer than 2 * kFewestBatches requests, where
// batches depend on one another too much, or a sum is not above 0.
// Source: Law, "Simulation Modeling and Analysis", 5th edition, 2015, sections 9.5.3 (batch means)
// and 10.2 (paired differences under common random numbers); Cochran, "Sampling Techniques", 1977,
// section 6.3 (ratio of sums); Bartlett, 1946 (the factor, of a first-order autoregression).
[[nodiscard]] std::optional<Estimate> PairedBatchMeans(std::span<const Share> base,
                                                       std::span<const Share> changed,
                                                       std::string& why_not);

// The log ratio of the means of repeated runs' figures, each run an independent observation:
// Welch's t on logarithms. nullopt with fewer than two runs on a side, or a figure that is not
// above 0. Source: Welch, "The generalization of Student's problem", Biometrika 34, 1947.
[[nodiscard]] std::optional<Estimate> RepeatedRuns(std::span<const double> base,
                                                   std::span<const double> changed,
                                                   std::string& why_not);

// Two-sided p-value of "there is no difference". 1 where value and error are both 0.
[[nodiscard]] double PValueOf(const Estimate& estimate);
// Half the width of the interval with this confidence.
[[nodiscard]] double HalfWidth(const Estimate& estimate, double confidence);
// The smallest true difference that a two-sided test at `level` finds with probability 0.8:
// (t(1 - level / 2) + t(0.8)) standard errors. Source: Cohen, "Statistical Power Analysis", 1988.
[[nodiscard]] double SmallestDetectable(const Estimate& estimate, double level);

// Holm's adjusted p-values, in the order of `p_values`: below `level`, and the probability that any
// true "no difference" among all of them is called one is at most `level`.
// Source: Holm, Scandinavian Journal of Statistics 6, 1979.
[[nodiscard]] std::vector<double> HolmAdjusted(std::span<const double> p_values);

}  // namespace assay

#endif  // ASSAY_COMPARE_STATISTICS_H_
