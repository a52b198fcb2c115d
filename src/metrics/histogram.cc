#include "metrics/histogram.h"

#include <algorithm>

#include "base/check.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

constexpr std::int64_t kFarTimes = 3;
constexpr std::size_t kPercent = 100;

std::int64_t FloorTo(std::int64_t value, std::int64_t width) {
  const std::int64_t rest = value % width;
  return value - (rest < 0 ? rest + width : rest);
}

// Up to where bins are needed.
std::int64_t LastBinned(const std::vector<std::int64_t>& sorted) {
  const std::int64_t far = sorted[sorted.size() * (kPercent - 1) / kPercent];
  const std::int64_t to_most = Elapsed(sorted.front(), sorted.back());
  const std::int64_t to_far = Elapsed(sorted.front(), far);
  return to_far > 0 && to_most / kFarTimes > to_far ? far : sorted.back();
}

}  // namespace

std::int64_t RoundWidth(std::int64_t width) {
  ASSAY_CHECK(width >= 1);
  std::int64_t power = 1;
  while (power <= width / 10) power *= 10;
  for (const std::int64_t factor : {1, 2, 5}) {
    if (factor * power >= width) return factor * power;
  }
  return 10 * power;
}

Histogram HistogramOf(std::vector<std::int64_t> values, std::size_t most_bins) {
  ASSAY_CHECK(most_bins >= 2);
  Histogram h;
  h.total = values.size();
  if (values.empty()) return h;
  std::sort(values.begin(), values.end());
  const std::int64_t last = LastBinned(values);
  const auto bins = static_cast<std::int64_t>(most_bins);
  const std::int64_t span = Elapsed(values.front(), last);
  h.width = RoundWidth(std::max<std::int64_t>(1, span / bins));
  h.first = FloorTo(values.front(), h.width);
  while (Elapsed(h.first, last) / h.width >= bins) {
    h.width = RoundWidth(h.width + 1);
    h.first = FloorTo(values.front(), h.width);
  }
  h.counts.resize(static_cast<std::size_t>(Elapsed(h.first, last) / h.width) + 1);
  for (const std::int64_t value : values) {
    const auto bin = static_cast<std::size_t>(Elapsed(h.first, value) / h.width);
    ++(bin < h.counts.size() ? h.counts[bin] : h.above);
  }
  return h;
}

}  // namespace assay
