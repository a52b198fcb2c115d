#include "engine/openai/delay_histogram.h"

namespace assay {

std::uint64_t DelayHistogram::UpperEnd(std::size_t bucket) {
  if (bucket < kLinear) return bucket;
  const std::size_t octave = (bucket - kLinear) / kPerOctave + 6;
  const std::uint64_t step = (bucket - kLinear) % kPerOctave + kPerOctave + 1;
  return (step << (octave - 5)) - 1;
}

std::int64_t DelayHistogram::Percentile(double fraction) const {
  const auto rank = static_cast<std::uint64_t>(static_cast<double>(count_) * fraction);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    below += buckets_[i];
    if (below > rank) return static_cast<std::int64_t>(std::min(UpperEnd(i), max_));
  }
  return static_cast<std::int64_t>(max_);
}

DelayDistribution DelayHistogram::Summary() const {
  DelayDistribution d;
  d.count = count_;
  if (count_ == 0) return d;
  d.mean_ns = static_cast<std::int64_t>(sum_ / count_);
  d.p50_ns = Percentile(0.5);
  d.p90_ns = Percentile(0.9);
  d.p99_ns = Percentile(0.99);
  d.p999_ns = Percentile(0.999);
  d.max_ns = static_cast<std::int64_t>(max_);
  return d;
}

}  // namespace assay
