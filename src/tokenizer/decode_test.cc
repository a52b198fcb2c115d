#include "tokenizer/decode.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace assay::tok {
namespace {

template <typename Filter>
std::string Whole(std::string_view text) {
  std::string out;
  Filter filter;
  filter.Feed(text, &out);
  filter.Finish(&out);
  return out;
}

template <typename Filter>
std::string ByteByByte(std::string_view text) {
  std::string out;
  Filter filter;
  for (const char& c : text) filter.Feed({&c, 1}, &out);
  filter.Finish(&out);
  return out;
}

std::string Repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// Expected: bytes.decode("utf-8", errors="replace") of CPython 3.11.
TEST(Utf8Repair, ReplacesMaximalSubparts) {
  const std::string r = "\xEF\xBF\xBD";
  for (const auto& [bytes, expected] : std::vector<std::pair<std::string, std::string>>{
           {"abc", "abc"},
           {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
           {"\x80", r},
           {"\xC3", r},
           {"\xC3(", r + "("},
           {"\xE2\x82", r},
           {"\xE2\x82z", r + "z"},
           {"\xF0\x9F\x98", r},
           {"\xF0\x9F\x98\xF0\x9F\x98\x80", r + "\xF0\x9F\x98\x80"},
           {"\xC0\xAF", r + r},
           {"\xE0\x80\xAF", Repeated(r, 3)},
           {"\xED\xA0\x80", Repeated(r, 3)},
           {"\xF4\x90\x80\x80", Repeated(r, 4)},
           {"\xF5\x80", r + r},
           {"\xFF\xFE", r + r},
           {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
            "A",
            Repeated(r, 4) + "A"}}) {
    EXPECT_EQ(Whole<Utf8Repair>(bytes), expected);
    EXPECT_EQ(ByteByByte<Utf8Repair>(bytes), expected);
  }
}

TEST(Utf8Repair, KeepsBackHalfACharacter) {
  Utf8Repair repair;
  std::string out;
  repair.Feed("a\xE2\x82", &out);
  EXPECT_EQ(out, "a");
  repair.Feed("\xAC", &out);
  EXPECT_EQ(out, "a\xE2\x82\xAC");
}

// Expected: transformers 4.46.2, PreTrainedTokenizerBase.clean_up_tokenization.
TEST(SpaceCleaner, ReplacesInTheOriginalsOrder) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"Hello , world ! It 's", "Hello, world! It's"},
           {"a . b ? c ! d , e", "a. b? c! d, e"},
           {"do n't I 'm he 's we 've you 're", "don't I'm he's we've you're"},
           {"a ' b", "a'b"},
           {"a ' ' b", "a'' b"},
           {"x '  s", "x' s"},
           {" ' .", " '."},
           {"a  .", "a ."},
           {" . . .", "..."},
           {"he 'll 'S", "he 'll 'S"},
           {"' 'm ", "''m "},
           {"", ""},
           {" ", " "},
           {"a '", "a '"},
           {"a ' ", "a'"},
           {" ' .", " '."},
           {" 'r 're", " 'r're"},
           {" n 't n't", " n 'tn't"}}) {
    EXPECT_EQ(Whole<SpaceCleaner>(text), expected) << text;
    EXPECT_EQ(ByteByByte<SpaceCleaner>(text), expected) << text;
  }
}

// All texts of up to six characters of those that matter.
TEST(MayNeedCleanUp, IsFalseOnlyWhereNothingChanges) {
  constexpr std::string_view kAlphabet = " .'nts";
  std::size_t unchanged = 0;
  for (std::size_t size = 0; size <= 6; ++size) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < size; ++i) count *= kAlphabet.size();
    for (std::size_t number = 0; number < count; ++number) {
      std::string text;
      for (std::size_t i = 0, rest = number; i < size; ++i, rest /= kAlphabet.size()) {
        text += kAlphabet[rest % kAlphabet.size()];
      }
      if (MayNeedCleanUp(text)) continue;
      ++unchanged;
      ASSERT_EQ(Whole<SpaceCleaner>(text), text);
    }
  }
  EXPECT_GT(unchanged, 10000U);
  for (const std::string text : {"a .", "a ?", "a !", "a ,", "a ' b", "a n't", "a 'm", "a 've"}) {
    EXPECT_TRUE(MayNeedCleanUp(text)) << text;
  }
}

}  // namespace
}  // namespace assay::tok
