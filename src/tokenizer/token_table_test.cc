#include "tokenizer/token_table.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace assay::tok {
namespace {

// Words that differ only in their length or their end, around the sizes at which the table changes
// how it holds them.
std::string RandomWord(std::mt19937& random) {
  constexpr std::size_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 254, 255, 256, 300};
  std::string word(kSizes[random() % std::size(kSizes)], '\0');
  if (random() % 2 == 0) word.back() = static_cast<char>(random());
  if (random() % 2 == 0) word[word.size() / 2] = static_cast<char>(random() % 3);
  return word;
}

TEST(WordTable, FindsWhatAMapFinds) {
  std::mt19937 random(3);
  TokenBytesTable bytes;
  WordTable table(&bytes);
  std::map<std::string, TokenId> expected;
  for (TokenId id = 0; id < 3000; ++id) {
    const std::string word = RandomWord(random);
    ASSERT_TRUE(bytes.Add(id, word));
    const auto [first, is_new] = expected.emplace(word, id);
    const auto known = table.Insert(id);
    ASSERT_EQ(known.has_value(), !is_new);
    if (known) {
      ASSERT_EQ(*known, first->second);
    }
  }
  for (const auto& [word, id] : expected) {
    ASSERT_EQ(table.Find(word), id);
    const std::string readable = word + "behind the word";
    const auto key = WordTable::KeyOfReadable(std::string_view(readable).substr(0, word.size()));
    ASSERT_EQ(table.Find(word, key), id);
  }
  for (int i = 0; i < 3000; ++i) {
    const std::string word = RandomWord(random);
    const auto found = expected.find(word);
    ASSERT_EQ(table.Find(word), found == expected.end() ? -1 : found->second);
  }
}

TEST(WordTable, HasNoEmptyWord) {
  TokenBytesTable bytes;
  WordTable table(&bytes);
  EXPECT_EQ(table.Find(""), -1);
  ASSERT_TRUE(bytes.Add(0, ""));
  EXPECT_EQ(table.Insert(0), std::nullopt);
  EXPECT_EQ(table.Find(""), -1);
}

}  // namespace
}  // namespace assay::tok
