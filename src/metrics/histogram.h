// How values are spread: counts in bins of one width.

#ifndef ASSAY_METRICS_HISTOGRAM_H_
#define ASSAY_METRICS_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay {

// In the unit of the values. Bin i holds the values in [first + i * width, first + (i + 1) *
// width).
struct Histogram {
  std::int64_t first = 0;
  std::int64_t width = 1;  // 1, 2 or 5 times a power of ten
  std::vector<std::uint64_t> counts;
  // Values beyond the last bin: a few far outliers do not squeeze all others into one bin.
  std::uint64_t above = 0;
  std::uint64_t total = 0;

  [[nodiscard]] std::int64_t Edge(std::size_t i) const {
    return first + static_cast<std::int64_t>(i) * width;
  }
};

// `values`     not negative differences below 2^62 of each other; any order.
// `most_bins`  at least 2.
//
// Value: the narrowest width of which `most_bins` bins reach from the least value to the largest
// or, where that is more than three times as far from the least as the 99th percentile is, to the
// 99th percentile. No bins without values.
[[nodiscard]] Histogram HistogramOf(std::vector<std::int64_t> values, std::size_t most_bins);

// The least of 1, 2 and 5 times a power of ten that is at least `width`. REQUIRES: width >= 1.
[[nodiscard]] std::int64_t RoundWidth(std::int64_t width);

}  // namespace assay

#endif  // ASSAY_METRICS_HISTOGRAM_H_
