#include "engine/scripted/drawn_time.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ParseDrawnTime, ReadsTheThreeForms) {
  const auto fixed = ParseDrawnTime("12.5", "--ttft");
  ASSERT_TRUE(fixed.has_value());
  EXPECT_EQ(fixed->kind, DrawnTime::Kind::kFixed);
  EXPECT_EQ(fixed->a_ms, 12.5);
  const auto uniform = ParseDrawnTime("uniform:5,20.5", "--ttft");
  ASSERT_TRUE(uniform.has_value());
  EXPECT_EQ(uniform->kind, DrawnTime::Kind::kUniform);
  EXPECT_EQ(uniform->a_ms, 5.0);
  EXPECT_EQ(uniform->b_ms, 20.5);
  const auto exponential = ParseDrawnTime("exponential:10", "--ttft");
  ASSERT_TRUE(exponential.has_value());
  EXPECT_EQ(exponential->kind, DrawnTime::Kind::kExponential);
  EXPECT_EQ(exponential->a_ms, 10.0);
}

TEST(ParseDrawnTime, ReadsBackWhatToWordsWrites) {
  for (const std::string words : {"12.5", "0", "uniform:0.1,20", "exponential:0.333"}) {
    const auto time = ParseDrawnTime(words, "--ttft");
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(ToWords(*time), words);
  }
}

TEST(ParseDrawnTime, RefusesWhatIsNoTime) {
  for (const std::string words :
       {"", "fast", "5ms", "-1", "nan", "1e10", "uniform:5", "uniform:9,3", "uniform:1,2,3",
        "exponential:", "exponential:x", "exponential:-1", "normal:5,1"}) {
    const auto time = ParseDrawnTime(words, "--ttft");
    ASSERT_FALSE(time.has_value()) << words;
    EXPECT_EQ(time.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(time.error().message.find("--ttft"), 0U) << time.error().message;
  }
}

// The published sequence of SplitMix64 for seed 1234567, as in the reference implementation.
TEST(MixBits, IsSplitMix64) {
  constexpr std::uint64_t kGamma = 0x9E3779B97F4A7C15ULL;
  EXPECT_EQ(MixBits(1234567), 6457827717110365317ULL);
  EXPECT_EQ(MixBits(1234567 + kGamma), 3203168211198807973ULL);
  EXPECT_EQ(MixBits(1234567 + 2 * kGamma), 9817491932198370423ULL);
}

TEST(TimeOf, StaysInItsRange) {
  const auto uniform = UniformTime(2.0, 3.0, "t");
  const auto exponential = ExponentialTime(2.0, "t");
  ASSERT_TRUE(uniform.has_value() && exponential.has_value());
  EXPECT_EQ(TimeOf(*uniform, 0), Nanos{2'000'000});
  EXPECT_LE(TimeOf(*uniform, ~0ULL), Nanos{3'000'000});
  EXPECT_EQ(TimeOf(*exponential, 0), Nanos{0});
  EXPECT_GT(TimeOf(*exponential, ~0ULL), Nanos{0});
}

}  // namespace
}  // namespace assay
