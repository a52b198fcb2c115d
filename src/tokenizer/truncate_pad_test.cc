// Expected values: transformers 4.46.2 with the same vocabulary and truncation=True, max_length,
// truncation_side, padding="max_length", padding_side.

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/tokenizer.h"

#include "base/json.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/hf_tokenizer.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using ::testing::ElementsAre;

constexpr TokenId kBos = 257;

std::unique_ptr<Tokenizer> MakeTokenizer() {
  WorkerThreads helper(1);
  auto parts =
      tok::ParseHfTokenizer(ToJsonLine(tok::SmallTokenizer({{"h", "e"}})), {}, "t", &helper);
  return std::make_unique<tok::BpeTokenizer>(std::move(parts).value());
}

TEST(Truncation, KeepsTheAddedTokens) {
  const auto t = MakeTokenizer();
  EXPECT_THAT(t->Encode("abcd", {.max_length = 3}), ElementsAre(kBos, 'a', 'b'));
  EXPECT_THAT(t->Encode("abcd", {.max_length = 3, .truncation_side = Side::kLeft}),
              ElementsAre(kBos, 'c', 'd'));
  EXPECT_THAT(t->Encode("abcd", {.add_special_tokens = false, .max_length = 3}),
              ElementsAre('a', 'b', 'c'));
  EXPECT_THAT(t->Encode("ab", {.max_length = 3}), ElementsAre(kBos, 'a', 'b'));
  EXPECT_THAT(t->Encode("", {.max_length = 3}), ElementsAre(kBos));
}

TEST(Truncation, BelowTheAddedTokensCutsThemToo) {
  const auto t = MakeTokenizer();
  EXPECT_THAT(t->Encode("abcd", {.max_length = 1}), ElementsAre(kBos));
  EXPECT_THAT(t->Encode("abcd", {.max_length = 0}), ElementsAre());
}

TEST(Truncation, SpecialTokensInTheTextAreText) {
  const auto t = MakeTokenizer();
  EXPECT_THAT(t->Encode("a</s>b", {.max_length = 3}), ElementsAre(kBos, 'a', 258));
}

TEST(Count, IsTheNumberOfIds) {
  const auto t = MakeTokenizer();
  for (const std::string text : {"", "he", "hehe", "a he</s>\n\n x", "\xFF\xC3 he"}) {
    for (const bool special : {true, false}) {
      for (const auto limit : {std::optional<std::size_t>(), std::optional<std::size_t>(2)}) {
        const EncodeOptions options{.add_special_tokens = special, .max_length = limit};
        EXPECT_EQ(t->Count(text, options), t->Encode(text, options).size()) << text;
      }
    }
  }
}

TEST(Pad, FillsUpAtASide) {
  EXPECT_THAT(Pad({1, 2}, {.length = 4, .id = 9}), ElementsAre(9, 9, 1, 2));
  EXPECT_THAT(Pad({1, 2}, {.length = 4, .id = 9, .side = Side::kRight}), ElementsAre(1, 2, 9, 9));
  EXPECT_THAT(Pad({1, 2}, {.length = 2, .id = 9}), ElementsAre(1, 2));
  EXPECT_THAT(Pad({1, 2, 3}, {.length = 2, .id = 9}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Pad({}, {.length = 1, .id = 9}), ElementsAre(9));
}

}  // namespace
}  // namespace assay
