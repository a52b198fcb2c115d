#include "tokenizer/bpe.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tokenizer/bpe_tokenizer.h"

namespace assay::tok {
namespace {

using ::testing::ElementsAre;

// The bytes a..e, and merges of tokens that were there before.
class RandomBpe {
 public:
  RandomBpe(std::uint32_t seed, BpeSettings settings) {
    std::mt19937 random(seed);
    for (const char c : {'a', 'b', 'c', 'd', 'e'}) Add({&c, 1});
    for (std::uint32_t rank = 0; rank < 40; ++rank) {
      const auto left = static_cast<TokenId>(random() % vocabulary_.bytes.size());
      const auto right = static_cast<TokenId>(random() % vocabulary_.bytes.size());
      const std::string joined =
          std::string(vocabulary_.bytes[left]) + std::string(vocabulary_.bytes[right]);
      if (joined.size() > 12) continue;
      TokenId merged = vocabulary_.words.Find(joined);
      if (merged < 0) merged = Add(joined);
      table_.Insert(left, right, {rank, merged}, /*replace=*/true);
    }
    bpe_ = std::make_unique<Bpe>(&vocabulary_.bytes, &vocabulary_.words, table_, settings);
  }

  [[nodiscard]] std::vector<TokenId> Encode(std::string_view word) const {
    std::vector<TokenId> ids;
    bpe_->Encode(word, &ids);
    return ids;
  }
  [[nodiscard]] std::vector<TokenId> EncodeByMerging(std::string_view word) const {
    std::vector<TokenId> ids;
    bpe_->EncodeByMerging(word, &ids);
    return ids;
  }
  // The definition: the pair of lowest rank merges, of equal ones the leftmost, until none is left.
  [[nodiscard]] std::vector<TokenId> Defined(std::string_view word) const {
    std::vector<TokenId> ids;
    for (const char& c : word) ids.push_back(vocabulary_.words.Find({&c, 1}));
    while (true) {
      Merge best;
      std::size_t at = 0;
      for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
        const Merge merge = table_.Find(ids[i], ids[i + 1]);
        if (merge.rank < best.rank) {
          best = merge;
          at = i;
        }
      }
      if (best.id < 0) return ids;
      ids[at] = best.id;
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
  }

 private:
  TokenId Add(std::string_view bytes) {
    const auto id = static_cast<TokenId>(vocabulary_.bytes.size());
    EXPECT_TRUE(vocabulary_.bytes.Add(id, bytes));
    vocabulary_.words.Insert(id);
    return id;
  }

  Vocabulary vocabulary_;
  MergeTable table_;
  std::unique_ptr<Bpe> bpe_;
};

std::string RandomWord(std::mt19937* random, std::size_t size) {
  std::string word(size, '\0');
  for (char& c : word) c = static_cast<char>('a' + (*random)() % 5);
  return word;
}

TEST(Bpe, EveryWayOfMergingIsTheDefinition) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const RandomBpe bpe(seed, {});
    std::mt19937 random(seed + 1000);
    for (int i = 0; i < 300; ++i) {
      const std::string word = RandomWord(&random, 1 + random() % 90);
      const std::vector<TokenId> expected = bpe.Defined(word);
      ASSERT_EQ(bpe.Encode(word), expected) << word;
      ASSERT_EQ(bpe.EncodeByMerging(word), expected) << word;
    }
  }
}

TEST(Bpe, LongWordsTakeNoQuadraticTime) {
  const RandomBpe bpe(7, {});
  std::mt19937 random(1);
  const std::string word = RandomWord(&random, 1U << 16U);
  EXPECT_EQ(bpe.Encode(word), bpe.EncodeByMerging(word));
}

// a b c are bytes 0 1 2, "ab" is 3, "abc" is a token that no merge makes.
struct Small {
  explicit Small(BpeSettings settings) {
    for (const std::string_view word : {"a", "b", "c", "ab", "abc", "?"}) {
      const auto id = static_cast<TokenId>(vocabulary.bytes.size());
      EXPECT_TRUE(vocabulary.bytes.Add(id, word));
      vocabulary.words.Insert(id);
    }
    MergeTable table;
    table.Insert(0, 1, {0, 3}, true);
    bpe = std::make_unique<Bpe>(&vocabulary.bytes, &vocabulary.words, std::move(table), settings);
  }
  [[nodiscard]] std::vector<TokenId> Encode(std::string_view word) const {
    std::vector<TokenId> ids;
    bpe->Encode(word, &ids);
    return ids;
  }
  Vocabulary vocabulary;
  std::unique_ptr<Bpe> bpe;
};

TEST(Bpe, IgnoreMergesTakesAWholeWord) {
  EXPECT_THAT(Small({}).Encode("abc"), ElementsAre(3, 2));
  EXPECT_THAT(Small({.ignore_merges = true}).Encode("abc"), ElementsAre(4));
  EXPECT_THAT(Small({.ignore_merges = true}).Encode("abca"), ElementsAre(3, 2, 0));
}

TEST(Bpe, MissingBytesAsThePolicySays) {
  using Policy = MissingByte::Policy;
  EXPECT_THAT(Small({.missing = {Policy::kDropBefore}}).Encode("axbxx"), ElementsAre(3));
  EXPECT_THAT(Small({.missing = {Policy::kDropAfter}}).Encode("axbxx"), ElementsAre(0, 1));
  EXPECT_THAT(Small({.missing = {Policy::kUnknown, 5, false}}).Encode("axbxx"),
              ElementsAre(0, 5, 1, 5, 5));
  EXPECT_THAT(Small({.missing = {Policy::kUnknown, 5, true}}).Encode("axbxx"),
              ElementsAre(0, 5, 1, 5));
}

}  // namespace
}  // namespace assay::tok
