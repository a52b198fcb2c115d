#include "engine/openai/delay_histogram.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(DelayHistogram, NothingIsZeroAndOneIsExact) {
  DelayHistogram h;
  EXPECT_EQ(h.Summary().count, 0U);
  h.Add(123'456);
  h.Add(-5);
  const DelayDistribution d = h.Summary();
  EXPECT_EQ(d.count, 2U);
  EXPECT_EQ(d.mean_ns, 61'728);
  EXPECT_EQ(d.max_ns, 123'456);
  EXPECT_EQ(d.p99_ns, 123'456);
}

// The percentiles of the values themselves bound it from below, and a 32nd more from above.
TEST(DelayHistogram, PercentilesAreThoseOfTheValuesWithinABucket) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> draw(10.0, 3.0);
  DelayHistogram one;
  DelayHistogram two;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<std::int64_t>(draw(random)));
    (i % 2 == 0 ? one : two).Add(values.back());
  }
  one.Merge(two);
  std::sort(values.begin(), values.end());
  const DelayDistribution d = one.Summary();
  const auto check = [&](double p, std::int64_t found) {
    const std::int64_t exact = values[static_cast<std::size_t>(20'000 * p)];
    EXPECT_GE(found, exact);
    EXPECT_LE(found, exact + exact / 32 + 1);
  };
  check(0.5, d.p50_ns);
  check(0.9, d.p90_ns);
  check(0.99, d.p99_ns);
  check(0.999, d.p999_ns);
  EXPECT_EQ(d.max_ns, values.back());
}

}  // namespace
}  // namespace assay
