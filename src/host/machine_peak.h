// What this machine can do at most: a short measurement of its memory and its arithmetic.

#ifndef ASSAY_HOST_MACHINE_PEAK_H_
#define ASSAY_HOST_MACHINE_PEAK_H_

#include <cstdint>
#include <string>

#include "assay/clock.h"

#include "base/json.h"

namespace assay {

struct MeasuredPeak {
  int threads = 0;
  std::uint64_t array_bytes = 0;  // of one thread
  // From memory, all threads: reading alone, as weights are read; and a[i] = b[i] + s·c[i], counted
  // as STREAM does: three arrays, though writing one reads it first.
  double read_bytes_per_s = 0.0;
  double triad_bytes_per_s = 0.0;
  // Multiplications and additions of 32-bit numbers, all threads, from registers.
  double f32_per_s = 0.0;
  std::string instructions;  // "AVX-512", "AVX2 and FMA", "portable"
};

struct PeakOptions {
  int threads = 1;                                     // at least 1
  std::uint64_t last_level_cache_bytes = 0;            // of the machine; 0: not known
  std::uint64_t most_bytes = std::uint64_t{1} << 30U;  // of all arrays together
  Nanos time_each = std::chrono::milliseconds(150);  // for each of the three, after one to warm up
};

// Value: the fastest repetition of each; slower ones were disturbed. The arrays are together at
// least four times the last cache, where `most_bytes` allows that.
// Source: McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers",
// 1995 (STREAM).
[[nodiscard]] MeasuredPeak MeasurePeak(const PeakOptions& options, const Clock& clock);

// "peak" of run.json's host: `bytes_per_s`, the larger of the two, and the rest.
[[nodiscard]] Json ToJson(const MeasuredPeak& peak, std::uint64_t last_level_cache_bytes);

// Of all instances of the last level, from CollectHostInfo's record. Value: 0 where it is not told.
[[nodiscard]] std::uint64_t LastLevelCacheBytes(const Json& host);

}  // namespace assay

#endif  // ASSAY_HOST_MACHINE_PEAK_H_
