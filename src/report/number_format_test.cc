#include "report/number_format.h"

#include <limits>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(NumberFormat, Counts) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(13'368'000), "13,368,000");
  EXPECT_EQ(FormatCount(std::optional<std::uint64_t>()), "n/a");
}

TEST(NumberFormat, FixedPoint) {
  EXPECT_EQ(FormatFixed(1234.5, 2), "1,234.50");
  EXPECT_EQ(FormatFixed(-1234567.0, 0), "-1,234,567");
  EXPECT_EQ(FormatFixed(-123.4, 1), "-123.4");
  EXPECT_EQ(FormatFixed(-0.00001, 2), "0.00");
  EXPECT_EQ(FormatFixed(std::numeric_limits<double>::quiet_NaN(), 2), "n/a");
  EXPECT_EQ(FormatFixed(std::optional<double>(), 2), "n/a");
}

TEST(NumberFormat, RatesHaveFiveDigits) {
  EXPECT_EQ(FormatRate(0.252134), "0.25213");
  EXPECT_EQ(FormatRate(28.3046), "28.305");
  EXPECT_EQ(FormatRate(136752.4), "136,752");
  EXPECT_EQ(FormatRate(1e-9), "0.000000");
  EXPECT_EQ(FormatRate(0.0), "0");
  EXPECT_EQ(FormatRate(std::nullopt), "n/a");
  EXPECT_EQ(FormatRate(std::numeric_limits<double>::infinity()), "n/a");
}

TEST(NumberFormat, Units) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(32'768), "32 KiB");
  EXPECT_EQ(FormatBytes(25'276'063'744U), "23.5 GiB");
  EXPECT_EQ(FormatSeconds(93.5512), "93.551 s");
  EXPECT_EQ(FormatSeconds(723.4), "12 min 3 s");
  EXPECT_EQ(FormatSeconds(std::nullopt), "n/a");
  EXPECT_EQ(FormatMillis(99.0), "under 0.001 ms");
  EXPECT_EQ(FormatMillis(0.0), "0.000 ms");
  EXPECT_EQ(FormatMillis(41'000.0), "0.041 ms");
  EXPECT_EQ(FormatMillis(12'345'678.0), "12.35 ms");
  EXPECT_EQ(FormatMillis(1'234'567'890.0), "1,235 ms");
  EXPECT_EQ(FormatMagnitude(134'515'008), "134.5 M");
  EXPECT_EQ(FormatMagnitude(8'030'261'248), "8.03 G");
  EXPECT_EQ(FormatMagnitude(999), "999");
}

}  // namespace
}  // namespace assay
