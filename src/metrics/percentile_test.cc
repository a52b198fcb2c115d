#include "assay/percentile.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

using namespace std::chrono_literals;

TEST(PercentileOf, ReturnsAnObservedValue) {
  const std::vector<Nanos> latencies{1ns, 2ns, 3ns, 10ns};
  EXPECT_EQ(*PercentileOf(latencies, 0.50), 3ns);
  EXPECT_EQ(*PercentileOf(latencies, 0.99), 10ns);
}

TEST(PercentileOf, RejectsWhatHasNoAnswer) {
  EXPECT_EQ(PercentileOf({}, 0.5).error().code, ErrorCode::kInvalidArgument);
  const std::vector<Nanos> one{1ns};
  EXPECT_FALSE(PercentileOf(one, 1.0).has_value());
  EXPECT_FALSE(PercentileOf(one, std::numeric_limits<double>::quiet_NaN()).has_value());
}

// Per-mille arithmetic in integers is exact; the doubles must agree with it.
TEST(PercentileRank, AgreesWithExactArithmetic) {
  for (const std::size_t permille : {500U, 900U, 950U, 970U, 990U, 999U}) {
    const double fraction = static_cast<double>(permille) / 1000.0;
    for (std::size_t n = 1; n <= 20000; ++n) {
      ASSERT_EQ(*PercentileRank(n, fraction), n * permille / 1000) << n << " " << permille;
      ASSERT_EQ(PercentileIsSupported(n, fraction), n * (1000 - permille) >= 1000)
          << n << " " << permille;
    }
  }
}

TEST(PercentileIsSupported, IsFalseWhereThereIsNoPercentile) {
  EXPECT_FALSE(PercentileIsSupported(0, 0.5));
  EXPECT_FALSE(PercentileIsSupported(10, 1.0));
}

}  // namespace
}  // namespace assay
