// What is said of many values of one kind: latencies, lengths, delays.

#ifndef ASSAY_METRICS_DISTRIBUTION_H_
#define ASSAY_METRICS_DISTRIBUTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace assay {

struct PercentileLevel {
  std::string_view name;  // as in keys: "p99.9"
  double fraction = 0.0;
};
inline constexpr std::array<PercentileLevel, 6> kPercentiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p97", 0.97}, {"p99", 0.99}, {"p99.9", 0.999}}};

// All in the unit of the values. Without values everything but `count` is absent.
struct Distribution {
  std::uint64_t count = 0;
  std::optional<double> mean;
  // The middle value, or the mean of the two in the middle (p50 is always an observed value).
  std::optional<double> median;
  // Of the population: divided by count. Absent for fewer than two values.
  std::optional<double> std;
  std::optional<double> min;
  std::optional<double> max;
  // Observed values, sorted[floor(count * fraction)], in the order of kPercentiles; absent where
  // count * (1 - fraction) < 1.
  std::array<std::optional<double>, kPercentiles.size()> percentiles;

  // `name` as in kPercentiles; absent for another name.
  [[nodiscard]] std::optional<double> Percentile(std::string_view name) const;
};

// Value: does not depend on the order of `values`.
[[nodiscard]] Distribution Summarize(std::vector<std::int64_t> values);

}  // namespace assay

#endif  // ASSAY_METRICS_DISTRIBUTION_H_
