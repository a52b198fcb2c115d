#include "metrics/counter.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Counter, GrowthIsInterpolatedBetweenSamples) {
  Counter counter;
  counter.Add(100, 1000.0);
  counter.Add(200, 1010.0);
  counter.Add(400, 1050.0);
  EXPECT_DOUBLE_EQ(*counter.Growth(100, 400), 50.0);
  EXPECT_DOUBLE_EQ(*counter.Growth(150, 300), 5.0 + 20.0);
  EXPECT_DOUBLE_EQ(*counter.Growth(200, 200), 0.0);
}

TEST(Counter, NothingIsKnownOutsideTheSamples) {
  Counter counter;
  EXPECT_FALSE(counter.Growth(0, 1).has_value());
  counter.Add(100, 5.0);
  counter.Add(200, 6.0);
  EXPECT_FALSE(counter.Growth(99, 200).has_value());
  EXPECT_FALSE(counter.Growth(100, 201).has_value());
}

TEST(Counter, StartsAgainAfterItsRange) {
  Counter counter;
  counter.Add(0, 990.0, 1000.0);
  counter.Add(10, 5.0, 1000.0);
  counter.Add(20, 20.0, 1000.0);
  EXPECT_DOUBLE_EQ(*counter.Growth(0, 20), 30.0);
}

TEST(Counter, WithoutARangeNothingIsKnownBeforeItStartedAgain) {
  Counter counter;
  counter.Add(0, 990.0);
  counter.Add(10, 5.0);
  counter.Add(20, 8.0);
  EXPECT_FALSE(counter.Growth(0, 20).has_value());
  EXPECT_DOUBLE_EQ(*counter.Growth(10, 20), 3.0);
}

TEST(Counter, GrowthAroundTakesTheSamplesOutside) {
  Counter counter;
  counter.Add(0, 1.0);
  counter.Add(100, 2.0);
  counter.Add(200, 4.0);
  counter.Add(300, 8.0);
  EXPECT_DOUBLE_EQ(*counter.GrowthAround(100, 200), 2.0);
  EXPECT_DOUBLE_EQ(*counter.GrowthAround(150, 250), 6.0);
  EXPECT_DOUBLE_EQ(*counter.GrowthAround(-50, 900), 7.0);
  Counter one;
  one.Add(0, 1.0);
  EXPECT_FALSE(one.GrowthAround(0, 1).has_value());
}

}  // namespace
}  // namespace assay
