#include "metrics/histogram.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

std::uint64_t Sum(const Histogram& h) {
  return std::accumulate(h.counts.begin(), h.counts.end(), h.above);
}

TEST(Histogram, WithoutValuesHasNoBins) {
  const Histogram h = HistogramOf({}, 10);
  EXPECT_TRUE(h.counts.empty());
  EXPECT_EQ(h.total, 0U);
}

TEST(Histogram, OneValueIsOneBin) {
  const Histogram h = HistogramOf({41, 41, 41}, 10);
  EXPECT_EQ(h.first, 41);
  EXPECT_EQ(h.width, 1);
  EXPECT_EQ(h.counts, std::vector<std::uint64_t>{3});
}

TEST(Histogram, EdgesAreRoundAndBelongToTheBinAbove) {
  // 3 to 97 in at most 10 bins: width 10, edges 0, 10, ...
  const Histogram h = HistogramOf({97, 3, 10, 19, 20, 50}, 10);
  EXPECT_EQ(h.first, 0);
  EXPECT_EQ(h.width, 10);
  EXPECT_EQ(h.counts, (std::vector<std::uint64_t>{1, 2, 1, 0, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(h.Edge(3), 30);
  EXPECT_EQ(h.above, 0U);
}

TEST(Histogram, NegativeValuesHaveTheirBins) {
  const Histogram h = HistogramOf({-7, -1, 4}, 4);
  EXPECT_EQ(h.width, 5);
  EXPECT_EQ(h.first, -10);
  EXPECT_EQ(h.counts, (std::vector<std::uint64_t>{1, 1, 1}));
}

TEST(Histogram, FarOutliersStandApart) {
  std::vector<std::int64_t> values(400);
  std::iota(values.begin(), values.end(), 1000);
  values.push_back(1'000'000);
  const Histogram h = HistogramOf(values, 40);
  EXPECT_EQ(h.width, 10);
  // The 99th percentile is sorted[floor(401 * 0.99)] = 1396; the last bin is [1390, 1400).
  EXPECT_EQ(h.counts.size(), 40U);
  EXPECT_EQ(h.above, 1U);
}

TEST(Histogram, NothingIsLostWhateverTheWidth) {
  for (std::size_t bins = 2; bins < 60; ++bins) {
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < 500; ++i) values.push_back(i * i * 37 % 9001 - 200);
    const Histogram h = HistogramOf(values, bins);
    EXPECT_LE(h.counts.size(), bins);
    EXPECT_EQ(Sum(h), 500U);
    EXPECT_EQ(h.total, 500U);
  }
}

TEST(RoundWidth, IsTheNextOfOneTwoFive) {
  EXPECT_EQ(RoundWidth(1), 1);
  EXPECT_EQ(RoundWidth(3), 5);
  EXPECT_EQ(RoundWidth(6), 10);
  EXPECT_EQ(RoundWidth(10), 10);
  EXPECT_EQ(RoundWidth(2001), 5000);
}

}  // namespace
}  // namespace assay
