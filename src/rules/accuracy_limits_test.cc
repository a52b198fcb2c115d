#include "rules/accuracy_limits.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

const BenchmarkRules& Datacenter() {
  return RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8b);
}
const BenchmarkRules& Edge() {
  return RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8bEdge);
}

bool Passes(const BenchmarkRules& benchmark, std::size_t metric, double value) {
  AccuracyFigures figures{value, value, value, value, value};
  return AccuracyLimits(figures, benchmark).at(metric).pass;
}

// The lowest printed values that pass, and the highest gen_len, as both official checkers take
// them.
TEST(AccuracyLimits, PrintedBoundaries) {
  const std::array<double, 5> datacenter{38.3915, 15.7485, 24.2508, 35.4351, 7350880};
  const std::array<double, 5> edge{38.6694, 15.9536, 24.3912, 35.7628, 2746002};
  for (std::size_t i = 0; i < datacenter.size(); ++i) {
    const double step = i == 4 ? 1.0 : 0.0001;
    EXPECT_TRUE(Passes(Datacenter(), i, datacenter.at(i))) << i;
    EXPECT_FALSE(Passes(Datacenter(), i, datacenter.at(i) - step)) << i;
    EXPECT_TRUE(Passes(Edge(), i, edge.at(i))) << i;
    EXPECT_FALSE(Passes(Edge(), i, edge.at(i) - step)) << i;
  }
  EXPECT_TRUE(Passes(Datacenter(), 4, 8984408));
  EXPECT_FALSE(Passes(Datacenter(), 4, 8984409));
  EXPECT_TRUE(Passes(Edge(), 4, 3356224));
  EXPECT_FALSE(Passes(Edge(), 4, 3356225));
}

TEST(AccuracyLimits, DifferenceIsTheDistanceToTheNearestLimit) {
  const auto limits = AccuracyLimits({40.0, 10.0, 24.4957, 35.793, 9000000}, Datacenter());
  EXPECT_EQ(limits[0].metric, "rouge1");
  EXPECT_NEAR(limits[0].difference, 40.0 - 38.391408, 1e-9);
  EXPECT_NEAR(limits[1].difference, 10.0 - 15.748425, 1e-9);
  EXPECT_FALSE(limits[1].pass);
  EXPECT_EQ(limits[1].upper, std::nullopt);
  EXPECT_NEAR(limits[4].difference, 8984408.4 - 9000000, 1e-6);
  EXPECT_NEAR(*limits[4].upper, 8984408.4, 1e-6);
}

TEST(AccuracyLimits, FiguresAreThePrintedOnes) {
  CorpusScore score;
  score.rouge1 = "38.3914";
  score.rouge1_mean = 38.39145;  // rounds below the limit that it would reach itself
  score.rouge2 = score.rougeL = score.rougeLsum = "20.5";
  score.gen_len = 611;
  score.gen_num = 1;
  const AccuracyFigures figures = FiguresOf(score);
  EXPECT_EQ(figures.rouge1, 38.3914);
  EXPECT_EQ(figures.rougeLsum, 20.5);
  EXPECT_EQ(figures.gen_len, 611);
}

}  // namespace
}  // namespace assay
