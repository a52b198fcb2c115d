#include "load/schedule.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ServerSchedule, StartsAtZeroAndRises) {
  ServerSchedule schedule(16159082839903944936ULL, 10.0);
  EXPECT_EQ(schedule.Next(), 0);
  std::int64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t next = schedule.Next();
    ASSERT_GE(next, last);
    last = next;
  }
}

TEST(ServerSchedule, HasExponentialGapsOfTheAskedRate) {
  constexpr int kCount = 200'000;
  ServerSchedule schedule(7, 50.0);
  static_cast<void>(schedule.Next());
  std::int64_t last = 0;
  double sum = 0.0;
  double sum_of_squares = 0.0;
  for (int i = 0; i < kCount; ++i) {
    const std::int64_t next = schedule.Next();
    const double gap = static_cast<double>(next - last) / 1e9;
    sum += gap;
    sum_of_squares += gap * gap;
    last = next;
  }
  const double mean = sum / kCount;
  const double deviation = std::sqrt(sum_of_squares / kCount - mean * mean);
  // Mean and standard deviation of an exponential distribution are both 1/rate; 5 standard errors.
  EXPECT_NEAR(mean, 0.02, 5 * 0.02 / std::sqrt(kCount));
  EXPECT_NEAR(deviation, 0.02, 0.0005);
}

TEST(ServerSchedule, TakesOnlyTheSeedsLow32Bits) {
  ServerSchedule low(5, 1.0);
  ServerSchedule high((std::uint64_t{9} << 32U) | 5U, 1.0);
  ServerSchedule other(6, 1.0);
  for (int i = 0; i < 3; ++i) static_cast<void>(low.Next()), static_cast<void>(high.Next());
  static_cast<void>(other.Next());
  EXPECT_EQ(low.Next(), high.Next());
  EXPECT_NE(other.Next(), low.Next());
}

}  // namespace
}  // namespace assay
