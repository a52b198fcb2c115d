// The fast path against the plain one.

#include "scoring/rouge.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "scoring/plain_rouge.h"
#include "scoring/rouge_tokens.h"
#include "text/plain_punkt.h"

namespace assay {
namespace {

std::vector<double> Values(const SampleScore& score) {
  std::vector<double> values;
  for (const RougeScore* type : {&score.rouge1, &score.rouge2, &score.rougeL, &score.rougeLsum}) {
    values.insert(values.end(), {type->precision, type->recall, type->fmeasure});
  }
  return values;
}

// The `index`-th text over these pieces: "", "a", "b ", " ", "\n", "aa", ...
std::string SmallText(std::size_t index) {
  constexpr std::string_view kPieces[] = {"a", "b ", " ", "\n"};
  std::string text;
  for (; index > 0; index = (index - 1) / 4) text += kPieces[(index - 1) % 4];
  return text;
}

TEST(Rouge, EqualsThePlainPathOnAllPairsOfShortTexts) {
  constexpr std::size_t kUpToThreePieces = 1 + 4 + 16 + 64;
  for (std::size_t a = 0; a < kUpToThreePieces; ++a) {
    for (std::size_t b = 0; b < kUpToThreePieces; ++b) {
      const std::string prediction = SmallText(a);
      const std::string reference = SmallText(b);
      ASSERT_EQ(Values(ScoreLines(prediction, reference)),
                Values(PlainScoreLines(prediction, reference)))
          << testing::PrintToString(prediction) << testing::PrintToString(reference);
    }
  }
}

TEST(Rouge, TokensAreViewsThatSurviveKelvinSigns) {
  std::string lowered;
  std::vector<std::string_view> tokens;
  FindRougeTokens("\u212Aa\u212A \u0130\u0130x caf\u00E9s", lowered, tokens);
  EXPECT_EQ(tokens, (std::vector<std::string_view>{"kak", "i", "i", "x", "caf", "s"}));
}

TEST(Rouge, EqualsThePlainPathOnRealArticles) {
  const std::string path =
      std::string(ASSAY_SHARED_DIR) + "/data/cnndm-validation-50/cnndm-validation-50.jsonl";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing";
  const std::string lines = ReadFile(path).value();
  std::size_t articles = 0;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    const Json sample = ParseJson(std::string_view(lines).substr(begin, end - begin), path).value();
    begin = end + 1;
    const auto article = sample["article"].get<std::string>();
    const auto highlights = sample["highlights"].get<std::string>();
    const auto sentences = SplitSentences(article);
    ASSERT_EQ(std::vector<std::string>(sentences.begin(), sentences.end()),
              PlainSentences(article));
    std::string joined;
    for (const std::string_view sentence : sentences) joined.append(sentence).append("\n");
    ASSERT_EQ(Values(ScoreLines(joined, highlights)), Values(PlainScoreLines(joined, highlights)));
    ASSERT_EQ(Values(ScoreLines(highlights, article)),
              Values(PlainScoreLines(highlights, article)));
    ++articles;
  }
  EXPECT_EQ(articles, 50U);
}

}  // namespace
}  // namespace assay
