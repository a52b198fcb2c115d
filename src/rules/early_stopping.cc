#include "rules/early_stopping.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "rules/rounds.h"

namespace assay {
namespace {

// No test is larger; a log that says so must not keep us.
constexpr std::uint64_t kMostQueries = 100'000'000;
constexpr std::uint64_t kMostLateLookedAt = 1'000'000;

// The probability of `late` or fewer successes in `n` trials of probability `q`, for late <= n q:
// the terms then fall from the last one downwards.
double ProbabilityOfAtMost(std::uint64_t late, std::uint64_t n, double q) {
  const auto k = static_cast<long double>(late);
  const auto trials = static_cast<long double>(n);
  const auto chance = static_cast<long double>(q);
  const long double log_last = std::lgamma(trials + 1) - std::lgamma(k + 1) -
                               std::lgamma(trials - k + 1) + k * std::log(chance) +
                               (trials - k) * std::log1p(-chance);
  long double term = 1.0L;  // relative to the last one
  long double sum = 1.0L;
  for (std::uint64_t i = late; i > 0 && term > 1e-20L * sum; --i) {
    term *= static_cast<long double>(i) / static_cast<long double>(n - i + 1) * (1.0L - chance) /
            chance;
    sum += term;
  }
  return static_cast<double>(std::exp(log_last) * sum);
}

}  // namespace

std::uint64_t QueriesNeeded(std::uint64_t late, double percentile) {
  ASSAY_CHECK(percentile > 0.0 && percentile < 1.0);
  const double q = 1.0 - percentile;
  const auto passes = [&](std::uint64_t n) {
    return static_cast<double>(late) <= static_cast<double>(n) * q &&
           ProbabilityOfAtMost(late, n, q) < 1.0 - kEarlyStoppingConfidence;
  };
  std::uint64_t high = std::max<std::uint64_t>(late, 1);
  while (!passes(high)) high *= 2;
  std::uint64_t low = high / 2;  // does not pass, or is 0
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (passes(middle) ? high : low) = middle;
  }
  return high;
}

std::optional<std::uint64_t> MostLate(std::uint64_t queries, double percentile) {
  if (queries < QueriesNeeded(0, percentile) || queries > kMostQueries) return std::nullopt;
  std::uint64_t low = 0;         // may be late
  std::uint64_t high = queries;  // may not
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (QueriesNeeded(middle, percentile) <= queries ? low : high) = middle;
  }
  return low;
}

std::optional<std::uint64_t> QueriesNeededAtShare(double share, double percentile) {
  if (share <= 0.0) return QueriesNeeded(0, percentile);
  if (share >= 1.0 - percentile) return std::nullopt;
  // With `late` late ones there may be late / share queries.
  const auto passes = [&](std::uint64_t late) {
    return static_cast<double>(QueriesNeeded(late, percentile)) * share <=
           static_cast<double>(late);
  };
  std::uint64_t high = 1;
  while (!passes(high)) {
    high *= 2;
    if (high > kMostLateLookedAt) return std::nullopt;
  }
  std::uint64_t low = high / 2;
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (passes(middle) ? high : low) = middle;
  }
  return QueriesNeeded(high, percentile);
}

}  // namespace assay
