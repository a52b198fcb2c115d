#include "engine/llama/decoder.h"

#include <limits>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Greedy, TheLargestOfEqualOnesTheLowestId) {
  EXPECT_EQ(Greedy(std::vector{1.0F, 3.0F, 2.0F}), 1);
  EXPECT_EQ(Greedy(std::vector{-5.0F}), 0);
  EXPECT_EQ(Greedy(std::vector{0.0F, -0.0F}), 0);
  EXPECT_EQ(Greedy(std::vector{-kInfinity, -1.0F, -kInfinity}), 1);
  // At every place, around whole blocks of lanes too.
  for (std::size_t size : {1U, 15U, 16U, 17U, 40U, 64U}) {
    for (std::size_t first = 0; first < size; ++first) {
      for (std::size_t second = first; second < size; ++second) {
        std::vector<float> logits(size, -2.0F);
        logits[first] = logits[second] = -1.0F;
        EXPECT_EQ(Greedy(logits), static_cast<TokenId>(first)) << size << ' ' << second;
      }
    }
  }
}

TEST(Greedy, NoChoice) {
  EXPECT_EQ(Greedy({}), std::nullopt);
  EXPECT_EQ(Greedy(std::vector{-kInfinity, -kInfinity}), std::nullopt);
  for (std::size_t at : {0U, 7U, 16U, 19U}) {
    std::vector<float> logits(20, 1.0F);
    logits[at] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(Greedy(logits), std::nullopt) << at;
  }
}

}  // namespace
}  // namespace assay
