#include "assay/uncertainty.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

// A population of scores for the simulations, independent of the generator under test: Knuth's MMIX
// congruential generator, squared so that the distribution is skewed. Mean 1/3, variance 4/45.
class Scores {
 public:
  explicit Scores(std::uint64_t seed) : state_(seed) { Uniform(); }
  double Uniform() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 11U) / 9007199254740992.0;
  }
  double Next() {
    const double u = Uniform();
    return u * u;
  }
  std::vector<double> Take(std::size_t count) {
    std::vector<double> values(count);
    for (double& value : values) value = Next();
    return values;
  }

 private:
  std::uint64_t state_;
};

constexpr double kMean = 1.0 / 3;

std::vector<double> Minus(std::vector<double> a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}

TEST(Bootstrap, IntervalCoversTheMeanAsOftenAsItSays) {
  constexpr int kTrials = 500;
  int covered = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    Scores scores(static_cast<std::uint64_t>(trial));
    const auto values = scores.Take(100);
    const auto interval = BootstrapInterval(values, 0.9, {.resamples = 300, .seed = 7});
    covered += interval->low <= kMean && kMean <= interval->high ? 1 : 0;
  }
  // 0.9 of 500 is 450, the standard deviation of the count 6.7.
  EXPECT_NEAR(covered, 450, 20);
}

TEST(Bootstrap, IntervalIsAboutThatOfTheNormalApproximation) {
  const auto values = Scores(1).Take(4000);
  const auto interval = BootstrapInterval(values, 0.95, {.resamples = 2000});
  const double half = 1.96 * std::sqrt(4.0 / 45 / 4000);
  EXPECT_NEAR(interval->high - interval->low, 2 * half, 0.1 * half);
}

TEST(Bootstrap, TheSameForAnyNumberOfThreadsAndAnotherForAnotherSeed) {
  const auto values = Scores(2).Take(50);
  const auto one = BootstrapInterval(values, 0.95, {.resamples = 101, .seed = 5, .threads = 1});
  for (const unsigned threads : {2U, 3U, 200U}) {
    const Resampling resampling{.resamples = 101, .seed = 5, .threads = threads};
    const auto many = BootstrapInterval(values, 0.95, resampling);
    EXPECT_EQ(one->low, many->low);
    EXPECT_EQ(one->high, many->high);
  }
  const auto other = BootstrapInterval(values, 0.95, {.resamples = 101, .seed = 6});
  EXPECT_NE(one->low, other->low);
}

// Of two values a resample has mean 0, 1/2 or 1: the outer ones in a quarter of the cases each.
TEST(Bootstrap, QuantilesOfTwoValues) {
  const std::vector<double> values = {0.0, 1.0};
  const auto wide = BootstrapInterval(values, 0.6, {.resamples = 1000});
  EXPECT_EQ(wide->low, 0.0);
  EXPECT_EQ(wide->high, 1.0);
  const auto narrow = BootstrapInterval(values, 0.4, {.resamples = 1000});
  EXPECT_EQ(narrow->low, 0.5);
  EXPECT_EQ(narrow->high, 0.5);
}

TEST(Bootstrap, OneValueHasNoInterval) {
  EXPECT_FALSE(BootstrapInterval(std::vector<double>{0.5}, 0.95, {}).has_value());
  EXPECT_FALSE(PairedBootstrapPValue({}, {}).has_value());
  EXPECT_FALSE(RandomizationPValue(std::vector<double>{0.5}, {}).has_value());
}

enum PairedTest { kBootstrap, kRandomization };

class PairedTests : public testing::TestWithParam<PairedTest> {
 protected:
  [[nodiscard]] static double PValue(const std::vector<double>& differences,
                                     const Resampling& resampling) {
    return *(GetParam() == kBootstrap ? PairedBootstrapPValue(differences, resampling)
                                      : RandomizationPValue(differences, resampling));
  }
};

TEST_P(PairedTests, RejectEqualRunsAsOftenAsTheLevelSays) {
  constexpr int kTrials = 500;
  int rejected = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    Scores scores(static_cast<std::uint64_t>(trial) * 3 + 1);
    const auto first = scores.Take(80);
    const double p = PValue(Minus(first, scores.Take(80)), {.resamples = 199, .seed = 11});
    rejected += p <= 0.1 ? 1 : 0;
  }
  EXPECT_NEAR(rejected, 50, 20);  // three standard deviations
}

TEST_P(PairedTests, FindADifferenceThatHidesInTheSpreadOfTheSamples) {
  Scores scores(9);
  auto first = scores.Take(200);
  auto second = first;
  // 0.01 better on average, while the scores themselves have a standard deviation of 0.3.
  for (double& value : first) value += 0.02 * scores.Uniform();
  EXPECT_LT(PValue(Minus(first, second), {}), 0.002);
}

TEST_P(PairedTests, IdenticalRunsAreNotDifferent) {
  EXPECT_EQ(PValue(std::vector<double>(10), {.resamples = 50}), 1.0);
}

INSTANTIATE_TEST_SUITE_P(Both, PairedTests, testing::Values(kBootstrap, kRandomization));

// Four differences of one sign: of sixteen assignments of signs, two are as extreme.
TEST(Randomization, PValueIsTheShareOfExtremeExchanges) {
  const std::vector<double> differences = {0.1, 0.2, 0.3, 0.7};
  EXPECT_NEAR(*RandomizationPValue(differences, {.resamples = 20000}), 2.0 / 16, 0.01);
}

// Full sets of 400 of which 100 are seen, against limits that lie anywhere near their means: of
// those said to pass with about probability p, a share of p passes.
TEST(Forecast, ProbabilitiesComeTrue) {
  constexpr std::size_t kFull = 400;
  constexpr std::size_t kBins = 5;
  struct Bin {
    double said = 0;
    int passed = 0;
    int count = 0;
  };
  Bin bins[kBins];
  Scores scores(3);
  for (int trial = 0; trial < 10000; ++trial) {
    const auto all = scores.Take(kFull);
    MeanLimit limit{.at_least = kMean + 0.3 * (scores.Uniform() - 0.5)};
    if (trial % 2 == 0) limit.at_most = limit.at_least + 0.1;
    const double p = *ProbabilityOfPassing(std::span(all).first(100), kFull, limit);
    double sum = 0;
    for (const double value : all) sum += value;
    const double mean = sum / kFull;
    Bin& bin = bins[std::min(kBins - 1, static_cast<std::size_t>(p * kBins))];
    bin.said += p;
    bin.passed += mean >= limit.at_least && (!limit.at_most || mean <= *limit.at_most) ? 1 : 0;
    ++bin.count;
  }
  for (const Bin& bin : bins) {
    ASSERT_GT(bin.count, 400);  // one standard deviation is at most 0.025
    EXPECT_NEAR(static_cast<double>(bin.passed) / bin.count, bin.said / bin.count, 0.06);
  }
}

TEST(Forecast, WithEverythingSeenThereIsNoDoubt) {
  const std::vector<double> seen = {1.0, 2.0, 3.0};
  EXPECT_EQ(ProbabilityOfPassing(seen, 3, {.at_least = 2.0}), 1.0);
  EXPECT_EQ(ProbabilityOfPassing(seen, 3, {.at_least = 2.1}), 0.0);
  EXPECT_EQ(ProbabilityOfPassing(seen, 3, {.at_least = 1.0, .at_most = 1.9}), 0.0);
  EXPECT_FALSE(ProbabilityOfPassing(std::span(seen).first(1), 3, {}).has_value());
}

// Mean 2, s = 1, n = 2, N = 4: the standard error is 1/2, and Phi(1) = 0.841345.
TEST(Forecast, ProbabilityByHand) {
  const std::vector<double> seen = {2 - std::sqrt(0.5), 2 + std::sqrt(0.5)};
  EXPECT_NEAR(*ProbabilityOfPassing(seen, 4, {.at_least = 1.5}), 0.841344746, 1e-9);
  EXPECT_NEAR(*ProbabilityOfPassing(seen, 4, {.at_least = 2.5}), 0.158655254, 1e-9);
  EXPECT_NEAR(*ProbabilityOfPassing(seen, 4, {.at_least = 1.5, .at_most = 2.5}), 0.682689492, 1e-9);
}

// `count` values with mean 0.5 and sample standard deviation `s`.
std::vector<double> Spread(std::size_t count, double s) {
  const auto n = static_cast<double>(count);
  const double step = s * std::sqrt((n - 1) / n);
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = 0.5 + (i % 2 == 0 ? step : -step);
  return values;
}

TEST(Forecast, SamplesUntilDecidedIsTheFirstCountThatIsSureEnough) {
  for (const double at_least : {0.48, 0.499, 0.515}) {
    const MeanLimit limit{.at_least = at_least};
    const auto n = *SamplesUntilDecided(Spread(50, 0.2), 13368, limit, 0.95);
    const auto sureness = [&](std::uint64_t count) {
      // The spread at an odd count is off by a little in its mean: take even ones.
      const double p = *ProbabilityOfPassing(Spread(count / 2 * 2, 0.2), 13368, limit);
      return std::max(p, 1 - p);
    };
    EXPECT_GE(sureness(n + 2), 0.95) << at_least;
    EXPECT_LT(sureness(n - 2), 0.95) << at_least;
  }
}

TEST(Forecast, OnTheLimitOnlyTheFullSetDecides) {
  EXPECT_EQ(SamplesUntilDecided(Spread(50, 0.2), 1000, {.at_least = 0.5}, 0.9), 1000U);
  EXPECT_EQ(SamplesUntilDecided(Spread(50, 0.0), 1000, {.at_least = 0.4}, 0.9), 2U);
}

// With two ends each tail gets half of the doubt: z = 1.96 instead of 1.645.
TEST(Forecast, ALimitWithTwoEndsTakesTheTwoSidedQuantile) {
  const auto one = *SamplesUntilDecided(Spread(50, 0.2), 1U << 30U, {.at_least = 0.49}, 0.95);
  const auto two =
      *SamplesUntilDecided(Spread(50, 0.2), 1U << 30U, {.at_least = 0.49, .at_most = 0.51}, 0.95);
  EXPECT_NEAR(static_cast<double>(one), std::pow(1.644854 * 0.2 / 0.01, 2), 2);
  EXPECT_NEAR(static_cast<double>(two), std::pow(1.959964 * 0.2 / 0.01, 2), 2);
}

TEST(BootstrapIntervals, AreThoseOfEachColumn) {
  std::vector<std::vector<double>> columns(3);
  std::uint64_t state = 5;
  for (int i = 0; i < 500; ++i) {
    for (std::vector<double>& column : columns) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      column.push_back(static_cast<double>(state >> 40U) / 3e6);
    }
  }
  for (const unsigned threads : {1U, 3U}) {
    const Resampling resampling{.resamples = 300, .seed = 9, .threads = threads};
    const auto all = BootstrapIntervals(columns, 0.9, resampling);
    ASSERT_EQ(all.size(), columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto one = BootstrapInterval(columns[c], 0.9, resampling);
      EXPECT_EQ(all[c].low, one->low);
      EXPECT_EQ(all[c].high, one->high);
    }
  }
  EXPECT_TRUE(BootstrapIntervals({}, 0.9, {}).empty());
  EXPECT_TRUE(BootstrapIntervals(std::vector<std::vector<double>>{{1.0}}, 0.9, {}).empty());
}

}  // namespace
}  // namespace assay
