#include "compare/statistics.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(RepeatedRuns, IsWelchsTestOnLogarithms) {
  // Logarithms 1, 2, 3 and 3, 5: means 2 and 4; s^2 / n = 1/3 and 1. By hand: df =
  // (4/3)^2 / ((1/9) / 2 + 1 / 1) = 1.6842.
  const std::vector<double> a{std::exp(1.0), std::exp(2.0), std::exp(3.0)};
  const std::vector<double> b{std::exp(3.0), std::exp(5.0)};
  std::string why;
  const auto ratio = RepeatedRuns(a, b, why);
  ASSERT_TRUE(ratio.has_value());
  EXPECT_NEAR(ratio->value, 2.0, 1e-12);
  EXPECT_NEAR(ratio->standard_error, std::sqrt(4.0 / 3.0), 1e-12);
  EXPECT_NEAR(ratio->degrees_of_freedom, 1.68421052631579, 1e-9);
}

TEST(PValueOf, AgreesWithTheTableOfStudentsT) {
  // t(0.975; 10) = 2.228139, t(0.995; 4) = 4.604095.
  EXPECT_NEAR(PValueOf({2.228139, 1.0, 10.0}), 0.05, 1e-6);
  EXPECT_NEAR(PValueOf({-4.604095, 1.0, 4.0}), 0.01, 1e-6);
  EXPECT_NEAR(HalfWidth({0.0, 2.0, 10.0}, 0.95), 2.0 * 2.228139, 1e-5);
  EXPECT_EQ(PValueOf({0.0, 0.0, 3.0}), 1.0);
  EXPECT_EQ(PValueOf({0.1, 0.0, 3.0}), 0.0);
}

TEST(HolmAdjusted, StepsDown) {
  // 4 * 0.005, 3 * 0.01, 2 * 0.03, 1 * 0.04 raised to the one before.
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005};
  EXPECT_THAT(HolmAdjusted(p),
              ElementsAre(DoubleEq(0.03), DoubleEq(0.06), DoubleEq(0.06), DoubleEq(0.02)));
  EXPECT_TRUE(HolmAdjusted({}).empty());
}

TEST(PairedBatchMeans, TheSameTwiceIsARatioOfOneWithoutError) {
  std::vector<Share> shares;
  shares.reserve(100);
  for (int i = 0; i < 100; ++i) shares.push_back({1.0 + i % 7, 2.0});
  std::string why;
  const auto ratio = PairedBatchMeans(shares, shares, why);
  ASSERT_TRUE(ratio.has_value());
  EXPECT_EQ(ratio->value, 0.0);
  EXPECT_EQ(ratio->standard_error, 0.0);
}

TEST(PairedBatchMeans, RefusesWhatDependsOnItselfThroughout) {
  // A random walk: what one run of a full queue is by chance, the next request inherits.
  std::mt19937_64 random(3);
  std::normal_distribution<double> step(0.0, 1.0);
  std::vector<Share> a;
  std::vector<Share> b;
  double walk = 1000.0;
  for (int i = 0; i < 400; ++i) {
    a.push_back({1000.0, 1.0});
    b.push_back({walk += step(random), 1.0});
  }
  std::string why;
  EXPECT_FALSE(PairedBatchMeans(a, b, why).has_value());
  EXPECT_THAT(why, HasSubstr("depend on one another"));
}

TEST(PairedBatchMeans, SaysWhatIsTooLittle) {
  const std::vector<Share> few(15, Share{1.0, 1.0});
  const std::vector<Share> none(20, Share{0.0, 1.0});
  std::string why;
  EXPECT_FALSE(PairedBatchMeans(few, few, why).has_value());
  EXPECT_THAT(why, HasSubstr("too few"));
  EXPECT_FALSE(PairedBatchMeans(none, none, why).has_value());
  EXPECT_THAT(why, HasSubstr("not above 0"));
}

}  // namespace
}  // namespace assay
