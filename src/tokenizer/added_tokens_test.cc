#include "tokenizer/added_tokens.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::tok {
namespace {

using ::testing::ElementsAre;

// "text" for a stretch, "<id>" for a token.
std::vector<std::string> Show(const std::vector<Segment>& segments) {
  std::vector<std::string> out;
  out.reserve(segments.size());
  for (const Segment& segment : segments) {
    out.push_back(segment.token ? "<" + std::to_string(*segment.token) + ">"
                                : std::string(segment.text));
  }
  return out;
}

std::vector<std::string> Split(const std::vector<AddedToken>& tokens, std::string_view text,
                               bool keep_special_as_text = false) {
  std::vector<std::string> contents;
  contents.reserve(tokens.size());
  for (const AddedToken& token : tokens) contents.push_back(token.content);
  std::vector<Segment> segments;
  AddedTokens(tokens, contents)
      .Split(text, AddedTokens::Pass::kRaw, keep_special_as_text, &segments);
  return Show(segments);
}

// Expected, in all of these: the Hugging Face tokenizers 0.20.3.
TEST(AddedTokens, TakesTheLeftmostThenTheLongest) {
  EXPECT_THAT(
      Split({{.id = 1, .content = "ab"}, {.id = 2, .content = "abc"}, {.id = 3, .content = "bcd"}},
            "xabcdab"),
      ElementsAre("x", "<2>", "d", "<1>"));
  EXPECT_THAT(Split({{.id = 1, .content = "abcd"}, {.id = 2, .content = "b"}}, "abc"),
              ElementsAre("a", "<2>", "c"));
}

TEST(AddedTokens, StripsWhiteSpaceOnlyOnce) {
  const std::vector<AddedToken> tokens = {{.id = 1, .content = "<a>", .rstrip = true},
                                          {.id = 2, .content = "<b>", .lstrip = true}};
  EXPECT_THAT(Split(tokens, "x <a> \u3000\n y <b> z"), ElementsAre("x ", "<1>", "y", "<2>", " z"));
  EXPECT_THAT(Split(tokens, "<a>  <b>"), ElementsAre("<1>", "<2>"));
  EXPECT_THAT(Split({tokens[0], {.id = 3, .content = "  ", .lstrip = true}}, "<a>  b"),
              ElementsAre("<1>", "b"));
}

TEST(AddedTokens, SingleWordsTouchNoWordCharacter) {
  const std::vector<AddedToken> tokens = {{.id = 1, .content = "cat", .single_word = true}};
  EXPECT_THAT(Split(tokens, "cat cats \u00E9cat (cat) _cat cat\u0301"),
              ElementsAre("<1>", " cats \u00E9cat (", "<1>", ") _cat cat\u0301"));
}

TEST(AddedTokens, SpecialOnesCanStayText) {
  const std::vector<AddedToken> tokens = {{.id = 1, .content = "<s>", .special = true},
                                          {.id = 2, .content = "<x>"}};
  EXPECT_THAT(Split(tokens, "<s><x>", true), ElementsAre("<s>", "<2>"));
  EXPECT_THAT(Split(tokens, "<s><x>"), ElementsAre("<1>", "<2>"));
}

TEST(AddedTokens, NormalizedOnesAreFoundInTheirOwnPass) {
  const AddedTokens added({{.id = 1, .content = "x", .normalized = true}}, {"y"});
  std::vector<Segment> raw;
  added.Split("xy", AddedTokens::Pass::kRaw, false, &raw);
  EXPECT_THAT(Show(raw), ElementsAre("xy"));
  std::vector<Segment> normalized;
  added.Split("xy", AddedTokens::Pass::kNormalized, false, &normalized);
  EXPECT_THAT(Show(normalized), ElementsAre("x", "<1>"));
}

// llama.cpp looks for the longest text everywhere before the next one.
TEST(PartitionTokens, TakesTheLongestFirst) {
  const PartitionTokens partition({{.id = 1, .content = "ab"},
                                   {.id = 2, .content = "bcd", .special = true},
                                   {.id = 3, .content = "c"}});
  std::vector<Segment> segments;
  partition.Split("abcdabc", false, &segments);
  EXPECT_THAT(Show(segments), ElementsAre("a", "<2>", "<1>", "<3>"));
  segments.clear();
  partition.Split("abcdabc", true, &segments);
  EXPECT_THAT(Show(segments), ElementsAre("<1>", "<3>", "d", "<1>", "<3>"));
}

}  // namespace
}  // namespace assay::tok
