#include "rules/early_stopping.h"

#include <array>
#include <cstdint>
#include <tuple>

#include <early_stopping.h>  // LoadGen's
#include <gtest/gtest.h>

namespace assay {
namespace {

// loadgen/early_stopping.cc and the rules' appendix, worked out there.
TEST(EarlyStopping, TheTableOfTheRules) {
  constexpr std::array<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>, 6> kNeeded{
      {{0, 459, 44},
       {1, 662, 64},
       {2, 838, 81},
       {5, 1307, 127},
       {10, 2010, 197},
       {100, 12571, 1246}}};
  for (const auto& [late, at_99, at_90] : kNeeded) {
    EXPECT_EQ(QueriesNeeded(late, 0.99), at_99) << late;
    EXPECT_EQ(QueriesNeeded(late, 0.90), at_90) << late;
  }
  constexpr std::array<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>, 6> kMost{
      {{459, 0, 31},
       {5000, 33, 450},
       {13368, 107, 1256},
       {26736, 229, 2559},
       {270336, 2583, 26670},
       {481248, 4652, 47640}}};
  for (const auto& [queries, at_99, at_90] : kMost) {
    EXPECT_EQ(MostLate(queries, 0.99), at_99) << queries;
    EXPECT_EQ(MostLate(queries, 0.90), at_90) << queries;
  }
  EXPECT_EQ(MostLate(458, 0.99), std::nullopt);
}

// LoadGen's own code beside ours, over every count that a run of some size can have.
TEST(EarlyStopping, EqualsLoadgensOwn) {
  for (const double percentile : {0.9, 0.99}) {
    mlperf::loadgen::MinPassingQueriesFinder finder;
    for (std::uint64_t late = 0; late < 3000; late += late < 300 ? 1 : 37) {
      const auto hits = finder(static_cast<std::int64_t>(late), percentile, 0.0, 0.99);
      EXPECT_EQ(QueriesNeeded(late, percentile), static_cast<std::uint64_t>(hits) + late)
          << late << " at " << percentile;
    }
  }
}

TEST(EarlyStopping, AShareOfLateQueriesNeedsMoreOfThemTheNearerItComesToTheLimit) {
  EXPECT_EQ(QueriesNeededAtShare(0.0, 0.99), 459U);
  EXPECT_EQ(QueriesNeededAtShare(0.01, 0.99), std::nullopt);
  EXPECT_EQ(QueriesNeededAtShare(0.2, 0.99), std::nullopt);
  for (const double share : {0.0005, 0.003, 0.008, 0.0095}) {
    const auto needed = QueriesNeededAtShare(share, 0.99);
    ASSERT_TRUE(needed.has_value());
    const auto late = [&](std::uint64_t n) {
      return static_cast<std::uint64_t>(share * static_cast<double>(n));
    };
    EXPECT_GE(*needed, QueriesNeeded(late(*needed), 0.99)) << share;
    EXPECT_LT(*needed / 2, QueriesNeeded(late(*needed / 2) + 1, 0.99)) << share;
  }
}

}  // namespace
}  // namespace assay
