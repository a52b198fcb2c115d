#include "assay/clock.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(SteadyClock, DoesNotGoBack) {
  const MonoTime first = SteadyClock().Now();
  EXPECT_LE(first, SteadyClock().Now());
}

TEST(ClockPair, LiesBetweenTwoReadings) {
  const std::int64_t before = ToNanos(SteadyClock().Now());
  const ClockPair pair = ReadClockPair();
  const std::int64_t after = ToNanos(SteadyClock().Now());
  EXPECT_GE(pair.steady_ns, before);
  EXPECT_LE(pair.steady_ns, after);
  EXPECT_GE(pair.width_ns, 0);
}

TEST(FormatUtc, WritesIso8601) {
  const WallTime leap_day{std::chrono::seconds{1709210096}};
  EXPECT_EQ(FormatUtc(leap_day), "2024-02-29T12:34:56Z");
  EXPECT_EQ(FormatUtcCompact(leap_day), "20240229T123456Z");
}

}  // namespace
}  // namespace assay
