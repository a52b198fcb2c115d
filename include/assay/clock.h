// The only source of time in the library.

#ifndef ASSAY_CLOCK_H_
#define ASSAY_CLOCK_H_

#include <chrono>
#include <cstdint>
#include <string>

namespace assay {

// Monotonic. Never std::chrono::high_resolution_clock: in libstdc++ that is the wall clock.
using MonoTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;
using Nanos = std::chrono::nanoseconds;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  // Thread-safe. Does not allocate.
  [[nodiscard]] virtual MonoTime Now() const = 0;
};

// The process-wide steady clock. Never null; lives until exit.
[[nodiscard]] const Clock& SteadyClock();

// Nanoseconds since the steady clock's epoch: how a time stands in every record. Comparable only
// within one boot of one machine.
[[nodiscard]] constexpr std::int64_t ToNanos(MonoTime t) {
  return std::chrono::duration_cast<Nanos>(t.time_since_epoch()).count();
}
[[nodiscard]] constexpr MonoTime FromNanos(std::int64_t ns) {
  return MonoTime{Nanos{ns}};
}

// One reading of both clocks. LoadGen times with the wall clock (libstdc++'s
// high_resolution_clock), Assay with the steady one: two pairs, at a test's start and end, show
// how far they drifted apart.
struct ClockPair {
  std::int64_t steady_ns = 0;  // steady clock, middle of the reading
  std::int64_t wall_ns = 0;    // since 1970-01-01T00:00:00Z
  std::int64_t width_ns = 0;   // the pair is simultaneous to within this; >= 0
};

// Value: of several attempts, the pair with the smallest width. Thread-safe.
[[nodiscard]] ClockPair ReadClockPair();

// Wall time, for names and dates; never for a duration.
[[nodiscard]] WallTime WallNow();

// "2026-11-24T06:30:16Z". UTC, whole seconds, rounded down.
[[nodiscard]] std::string FormatUtc(WallTime t);
// "20261124T063016Z": FormatUtc for file names.
[[nodiscard]] std::string FormatUtcCompact(WallTime t);

}  // namespace assay

#endif  // ASSAY_CLOCK_H_
