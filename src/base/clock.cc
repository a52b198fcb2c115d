#include "assay/clock.h"

#include <ctime>

#include "base/format.h"

namespace assay {
namespace {

class SystemSteadyClock final : public Clock {
 public:
  [[nodiscard]] MonoTime Now() const override { return std::chrono::steady_clock::now(); }
};

std::tm BrokenDownUtc(WallTime t) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

const Clock& SteadyClock() {
  static const SystemSteadyClock clock;
  return clock;
}

ClockPair ReadClockPair() {
  constexpr int kAttempts = 9;
  ClockPair best;
  for (int i = 0; i < kAttempts; ++i) {
    const std::int64_t before = ToNanos(std::chrono::steady_clock::now());
    const WallTime wall = std::chrono::system_clock::now();
    const std::int64_t after = ToNanos(std::chrono::steady_clock::now());
    if (i == 0 || after - before < best.width_ns) {
      best.steady_ns = before + (after - before) / 2;
      best.wall_ns = std::chrono::duration_cast<Nanos>(wall.time_since_epoch()).count();
      best.width_ns = after - before;
    }
  }
  return best;
}

WallTime WallNow() {
  return std::chrono::system_clock::now();
}

std::string FormatUtc(WallTime t) {
  const std::tm p = BrokenDownUtc(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", p.tm_year + 1900, p.tm_mon + 1,
                     p.tm_mday, p.tm_hour, p.tm_min, p.tm_sec);
}

std::string FormatUtcCompact(WallTime t) {
  const std::tm p = BrokenDownUtc(t);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", p.tm_year + 1900, p.tm_mon + 1, p.tm_mday,
                     p.tm_hour, p.tm_min, p.tm_sec);
}

}  // namespace assay
