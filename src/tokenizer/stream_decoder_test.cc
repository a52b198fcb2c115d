#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/tokenizer.h"

#include "base/json.h"
#include "base/utf8.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/hf_tokenizer.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Tokenizer> MakeTokenizer() {
  WorkerThreads helper(1);
  auto parts =
      tok::ParseHfTokenizer(ToJsonLine(tok::SmallTokenizer({{"h", "e"}})), {}, "t", &helper);
  return std::make_unique<tok::BpeTokenizer>(std::move(parts).value());
}

std::string AddTo(StreamDecoder& decoder, TokenId id) {
  std::string text;
  EXPECT_TRUE(decoder.Add(id, &text).has_value());
  return text;
}

TEST(StreamDecoder, GivesACharacterWithItsLastByte) {
  const auto tokenizer = MakeTokenizer();
  StreamDecoder decoder(*tokenizer);
  EXPECT_EQ(AddTo(decoder, 0xE2), "");
  EXPECT_EQ(AddTo(decoder, 0x82), "");
  EXPECT_EQ(AddTo(decoder, 0xAC), "\u20AC");
  EXPECT_EQ(AddTo(decoder, 257), "");  // <s>, special
  EXPECT_EQ(AddTo(decoder, 256), "he");
}

TEST(StreamDecoder, KeepsBackWhatTheCleanUpMayChange) {
  const auto tokenizer = MakeTokenizer();
  StreamDecoder decoder(*tokenizer);
  EXPECT_EQ(AddTo(decoder, 'a'), "a");
  EXPECT_EQ(AddTo(decoder, ' '), "");
  EXPECT_EQ(AddTo(decoder, '.'), ".");  // " ." has become "."
  EXPECT_EQ(AddTo(decoder, ' '), "");
  std::string rest;
  decoder.Finish(&rest);
  EXPECT_EQ(rest, " ");
}

TEST(StreamDecoder, SaysWhichIdIsNone) {
  const auto tokenizer = MakeTokenizer();
  StreamDecoder decoder(*tokenizer);
  std::string text = AddTo(decoder, 'a');
  const Status status = decoder.Add(300, &text);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("token id 300 at position 1"));
  EXPECT_EQ(text, "a");
}

// Any ids, any options: the parts are whole characters, and together what Decode gives.
TEST(StreamDecoder, PartsAreTheWhole) {
  const auto tokenizer = MakeTokenizer();
  std::mt19937 random(7);
  const std::vector<TokenId> likely = {' ', '.',  '\'', 's',  'n',  't',  ',',  'r',  'e', 'v',
                                       'm', 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 257, 256};
  for (int round = 0; round < 4000; ++round) {
    std::vector<TokenId> ids(random() % 24);
    for (TokenId& id : ids) {
      id = random() % 8 == 0 ? static_cast<TokenId>(random() % 259)
                             : likely[random() % likely.size()];
    }
    const DecodeOptions options{.skip_special_tokens = random() % 2 == 0,
                                .clean_up_spaces = random() % 2 == 0};
    StreamDecoder decoder(*tokenizer, options);
    std::string whole;
    for (const TokenId id : ids) {
      const std::string part = AddTo(decoder, id);
      ASSERT_TRUE(!FirstInvalidUtf8(part)) << part;
      whole += part;
    }
    decoder.Finish(&whole);
    ASSERT_EQ(whole, tokenizer->Decode(ids, options).value()) << "round " << round;
  }
}

TEST(StreamDecoder, IsAsNewAfterFinish) {
  const auto tokenizer = MakeTokenizer();
  StreamDecoder decoder(*tokenizer);
  std::string text = AddTo(decoder, 0xE2);
  decoder.Finish(&text);
  EXPECT_EQ(text, "\uFFFD");
  EXPECT_EQ(AddTo(decoder, 'x'), "x");
}

}  // namespace
}  // namespace assay
