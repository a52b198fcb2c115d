#include "tokenizer/split_regex.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::tok {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string_view> Find(std::string_view pattern, std::string_view text) {
  std::vector<std::string_view> matches;
  const auto regex = SplitRegex::Compile(pattern, UnicodeVersion::kV14, "p");
  if (!regex) {
    ADD_FAILURE() << regex.error().message;
    return matches;
  }
  regex->FindMatches(text, &matches);
  return matches;
}

// Expected: Oniguruma in the Hugging Face tokenizers 0.20.3.
TEST(SplitRegex, ReadsRubysSyntax) {
  EXPECT_THAT(Find(R"(\v)", "a\vb\n"), ElementsAre("\v"));  // not: vertical space
  EXPECT_THAT(Find(R"(\s+)", "a \u0085\u180E b"), ElementsAre(" \u0085", " "));
  EXPECT_THAT(Find("^a.|b$", "ab\nab"), ElementsAre("ab", "ab"));     // lines
  EXPECT_THAT(Find("(?i:k)+", "kK\u212A"), ElementsAre("kK\u212A"));  // the Kelvin sign
  EXPECT_THAT(Find(R"([^\S\n]+)", "a \t\nb"), ElementsAre(" \t"));
  EXPECT_THAT(Find(R"(\p{^L}+|\P{N})", "a1 b"), ElementsAre("a", "1 ", "b"));
  EXPECT_THAT(Find(R"(\x{1F642}|\u0041|\x42)", "AB\U0001F642"),
              ElementsAre("A", "B", "\U0001F642"));
  EXPECT_THAT(Find("(?<=a)b|(?<!a)c", "abcac"), ElementsAre("b", "c"));
  EXPECT_THAT(Find("[a-c-]+", "a-d"), ElementsAre("a-"));
}

// U+11F02 is a letter since Unicode 15.
TEST(SplitRegex, HasTheVersionOfUnicodeThatIsAskedFor) {
  for (const auto& [version, count] :
       {std::pair(UnicodeVersion::kV14, 0U), std::pair(UnicodeVersion::kV15, 1U)}) {
    std::vector<std::string_view> matches;
    SplitRegex::Compile(R"(\p{L})", version, "p")->FindMatches("\U00011F02", &matches);
    EXPECT_EQ(matches.size(), count);
  }
}

TEST(SplitRegex, IllFormedBytesAreOtherCharacters) {
  EXPECT_THAT(Find(R"([^\s\p{L}]+)", "a\xF0\x9F\xFF b"), ElementsAre("\xF0\x9F\xFF"));
}

TEST(SplitRegex, RefusesByName) {
  for (const auto& [pattern, message] : std::vector<std::pair<std::string, std::string>>{
           {R"(a\w)", "p: the regular expression has \"\\w\" at offset 1, which is not supported"},
           {R"(\h)", "has \"\\h\" at offset 0"},
           {R"((a)\1)", "has \"\\1\" at offset 3"},
           {R"(\p{Han})", "has the property \"Han\""},
           {R"(\p{Lx})", "has the property \"Lx\""},
           {R"(\pL)", "has \\p without braces"},
           {"a{2}?", "has a \"{\" that is no plain quantifier at offset 1"},
           {"a{2}+", "has a \"{\" that is no plain quantifier"},
           {"a{,2}", "has a \"{\" that is no plain quantifier"},
           {"(?m:a)", "has \"(?m\" at offset 0"},
           {"(?<n>a)", "has \"(?<\" at offset 0"},
           {"[a[b]]", "has a class within a class"},
           {"[a&&b]", "has a class within a class"},
           {"[]a]", "has a class that begins with ]"},
           {"[a", "has a class without an end"},
           {"[c-a]", "has a range without two ends"},
           {R"([\s-a])", "has a range without two ends"},
           {"(?i:ss)", "has two letters under (?i) that fold to one"},
           {"(?i:\u00E9)", "has a letter beyond ASCII under (?i)"},
           {R"((?i:\p{L}))", "has an escape under (?i)"},
           {R"(\x80)", "has a character number"},
           {R"(\uD800)", "has a character number"},
           {"a*", "that matches the empty string is not supported"},
           {"(a", "the regular expression is not supported: missing closing parenthesis"},
           {"a\xFF", "not UTF-8 at offset 1"}}) {
    const auto regex = SplitRegex::Compile(pattern, UnicodeVersion::kV14, "p");
    ASSERT_FALSE(regex.has_value()) << pattern;
    EXPECT_THAT(regex.error().message, HasSubstr(message)) << pattern;
  }
}

}  // namespace
}  // namespace assay::tok
