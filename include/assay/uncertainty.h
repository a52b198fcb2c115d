// How sure is a score: intervals, tests between two runs, and forecasts from a part of the samples.
//
// Everything that is random here follows from a seed with integer arithmetic only: the same values,
// seed and number of resamples give the same bits on any machine and for any number of threads.

#ifndef ASSAY_UNCERTAINTY_H_
#define ASSAY_UNCERTAINTY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay {

struct Resampling {
  std::uint32_t resamples = 1000;
  std::uint64_t seed = 1;
  unsigned threads = 1;  // does not change the result
};

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

// The bootstrap interval of a mean, by the percentile method.
//
// `values`      one a sample, finite, fewer than 2^32.
// `confidence`  in (0, 1), e.g. 0.95.
// Value: the (1 - confidence) / 2 and (1 + confidence) / 2 quantiles of the means of the resamples,
// each of which draws values.size() values with replacement. Quantiles interpolate linearly between
// order statistics, as numpy.percentile does. nullopt for fewer than two values, of which one says
// nothing about its spread.
// Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13; rouge_score's
// BootstrapAggregator has the same definition.
[[nodiscard]] std::optional<Interval> BootstrapInterval(std::span<const double> values,
                                                        double confidence,
                                                        const Resampling& resampling);

// The same for several quantities of the same samples, at little more than the cost of one: they
// share each resample.
//
// `columns`  at most kMaxBootstrapColumns, all of one size.
// Value: for each column what BootstrapInterval gives for it; empty for fewer than two samples.
inline constexpr std::size_t kMaxBootstrapColumns = 5;
[[nodiscard]] std::vector<Interval> BootstrapIntervals(std::span<const std::vector<double>> columns,
                                                       double confidence,
                                                       const Resampling& resampling);

// Two-sided tests of "the two runs are equally good", from the differences of their scores on the
// same samples. Value: the p-value, never 0: (1 + as extreme resamples) / (1 + resamples); nullopt
// for fewer than two differences. Finite values as above.
//
// The bootstrap test resamples the differences, shifted to mean 0. Source: Efron and Tibshirani,
// 1993, section 16.4.
[[nodiscard]] std::optional<double> PairedBootstrapPValue(std::span<const double> differences,
                                                          const Resampling& resampling);
// The randomisation test exchanges the two runs' scores of each sample with probability one half.
// Source: Noreen, "Computer-Intensive Methods for Testing Hypotheses", 1989, chapter 2.
[[nodiscard]] std::optional<double> RandomizationPValue(std::span<const double> differences,
                                                        const Resampling& resampling);

// What the mean over the full set has to be.
struct MeanLimit {
  double at_least = 0.0;
  std::optional<double> at_most = std::nullopt;
};

// The probability that the mean over the full set keeps the limit, given the samples seen so far.
//
// `seen`        the values of a random part of the full set.
// `full_count`  samples in the full set, at least seen.size().
// Value: normal approximation around the mean m of the seen values, with standard error
// s * sqrt((1 - n / N) / n), s their sample standard deviation: the second factor is the correction
// for the finite set, of which the seen part cannot change any more. With everything seen, or no
// spread at all, 0 or 1. nullopt for fewer than two values.
// Source: Cochran, "Sampling Techniques", 1977, section 2.8.
[[nodiscard]] std::optional<double> ProbabilityOfPassing(std::span<const double> seen,
                                                         std::uint64_t full_count,
                                                         const MeanLimit& limit);

// After how many samples the verdict would be sure, if mean and spread stay as they are: the
// smallest n at which the mean is z standard errors, as above, from the nearest limit.
//
// `confidence`  in (0.5, 1). z is its one-sided normal quantile, the two-sided one if the limit has
// two ends.
// Value: between 2 and full_count. nullopt for fewer than two values.
[[nodiscard]] std::optional<std::uint64_t> SamplesUntilDecided(std::span<const double> seen,
                                                               std::uint64_t full_count,
                                                               const MeanLimit& limit,
                                                               double confidence);

}  // namespace assay

#endif  // ASSAY_UNCERTAINTY_H_
