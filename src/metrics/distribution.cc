#include "metrics/distribution.h"

#include <algorithm>
#include <cmath>

#include "assay/percentile.h"

namespace assay {
namespace {

double MedianOf(const std::vector<std::int64_t>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  const auto upper = static_cast<double>(sorted[middle]);
  return sorted.size() % 2 == 1 ? upper : (static_cast<double>(sorted[middle - 1]) + upper) / 2.0;
}

double StdOf(const std::vector<std::int64_t>& sorted, double mean) {
  double squares = 0.0;
  for (const std::int64_t value : sorted) {
    const double deviation = static_cast<double>(value) - mean;
    squares += deviation * deviation;
  }
  return std::sqrt(squares / static_cast<double>(sorted.size()));
}

}  // namespace

std::optional<double> Distribution::Percentile(std::string_view name) const {
  for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
    if (kPercentiles[i].name == name) return percentiles[i];
  }
  return std::nullopt;
}

Distribution Summarize(std::vector<std::int64_t> values) {
  Distribution d;
  d.count = values.size();
  if (values.empty()) return d;
  // Sorted first: the sums below then have one order, and the result one value.
  std::sort(values.begin(), values.end());
  double sum = 0.0;
  for (const std::int64_t value : values) sum += static_cast<double>(value);
  d.mean = sum / static_cast<double>(values.size());
  d.median = MedianOf(values);
  if (values.size() > 1) d.std = StdOf(values, *d.mean);
  d.min = static_cast<double>(values.front());
  d.max = static_cast<double>(values.back());
  for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
    const double fraction = kPercentiles[i].fraction;
    if (!PercentileIsSupported(values.size(), fraction)) continue;
    d.percentiles[i] = static_cast<double>(values[*PercentileRank(values.size(), fraction)]);
  }
  return d;
}

}  // namespace assay
