#include "metrics/distribution.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Summarize, HandComputed) {
  // Deviations from the mean 6: -5, -3, 2, 6; squares 25 + 9 + 4 + 36 = 74; 74 / 4 = 18.5.
  const Distribution d = Summarize({8, 1, 12, 3});
  EXPECT_EQ(d.count, 4U);
  EXPECT_EQ(d.mean, 6.0);
  EXPECT_EQ(d.median, 5.5);
  EXPECT_DOUBLE_EQ(*d.std * *d.std, 18.5);
  EXPECT_EQ(d.min, 1.0);
  EXPECT_EQ(d.max, 12.0);
  EXPECT_EQ(d.Percentile("p50"), 8.0);
  EXPECT_EQ(d.Percentile("p90"), std::nullopt);  // 4 * 0.1 < 1
}

TEST(Summarize, PercentilesNeedEnoughValues) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < 10; ++i) values.push_back(i);
  EXPECT_EQ(Summarize(values).Percentile("p90"), 9.0);
  EXPECT_EQ(Summarize(values).Percentile("p95"), std::nullopt);
  for (std::int64_t i = 10; i < 1000; ++i) values.push_back(i);
  EXPECT_EQ(Summarize(values).Percentile("p99"), 990.0);
  EXPECT_EQ(Summarize(values).Percentile("p99.9"), 999.0);
  values.pop_back();
  EXPECT_EQ(Summarize(values).Percentile("p99.9"), std::nullopt);
}

TEST(Summarize, OfNothingAndOfOneValue) {
  const Distribution none = Summarize({});
  EXPECT_EQ(none.count, 0U);
  EXPECT_EQ(none.mean, std::nullopt);
  EXPECT_EQ(none.max, std::nullopt);
  const Distribution one = Summarize({5});
  EXPECT_EQ(one.mean, 5.0);
  EXPECT_EQ(one.median, 5.0);
  EXPECT_EQ(one.std, std::nullopt);
  EXPECT_EQ(one.Percentile("p50"), std::nullopt);
  EXPECT_EQ(one.Percentile("p51"), std::nullopt);
}

}  // namespace
}  // namespace assay
