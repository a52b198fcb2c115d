// Durations counted in buckets: adding one costs a few nanoseconds and no memory.

#ifndef ASSAY_ENGINE_OPENAI_DELAY_HISTOGRAM_H_
#define ASSAY_ENGINE_OPENAI_DELAY_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "assay/client_report.h"

namespace assay {

// Values below 64 ns are counted exactly; above, each power of two has 32 buckets. Not thread-safe.
class DelayHistogram {
 public:
  // Negative durations (two clocks were compared) count as 0.
  void Add(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    ++buckets_[Bucket(value)];
    ++count_;
    sum_ += value;
    max_ = std::max(max_, value);
  }

  void Merge(const DelayHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  // Percentiles: the upper end of the bucket that holds the value of rank floor(n * p), at most the
  // maximum.
  [[nodiscard]] DelayDistribution Summary() const;

 private:
  static constexpr std::size_t kLinear = 64;
  static constexpr std::size_t kPerOctave = 32;
  static constexpr std::size_t kBuckets = kLinear + kPerOctave * (64 - 6);

  static std::size_t Bucket(std::uint64_t value) {
    if (value < kLinear) return value;
    const auto octave = static_cast<std::size_t>(std::bit_width(value)) - 1;  // at least 6
    return kLinear + (octave - 6) * kPerOctave + ((value >> (octave - 5)) - kPerOctave);
  }
  static std::uint64_t UpperEnd(std::size_t bucket);
  [[nodiscard]] std::int64_t Percentile(double fraction) const;

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_DELAY_HISTOGRAM_H_
