#include "scoring/score_log.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "dataset/dataset.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One token a word.
class WordTokenizer : public Tokenizer {
 public:
  [[nodiscard]] std::vector<TokenId> Ids(std::string_view text) const {
    std::vector<TokenId> ids;
    while (!text.empty()) {
      const std::string_view word = text.substr(0, text.find(' '));
      const auto it = std::find(words_.begin(), words_.end(), word);
      ids.push_back(static_cast<TokenId>(it - words_.begin()));
      if (it == words_.end()) words_.emplace_back(word);
      text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return ids;
  }
  std::vector<TokenId> Encode(std::string_view text,
                              const EncodeOptions& /*options*/) const override {
    return Ids(text);
  }
  Result<std::string> Decode(std::span<const TokenId> ids,
                             const DecodeOptions& /*options*/) const override {
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] < 0 || static_cast<std::size_t>(ids[i]) >= words_.size()) {
        return MakeError(ErrorCode::kInvalidArgument, "id {} at position {} is outside", ids[i], i);
      }
      if (i > 0) text += ' ';
      text += words_[static_cast<std::size_t>(ids[i])];
    }
    return text;
  }
  std::string_view TokenBytes(TokenId id) const override {
    return words_[static_cast<std::size_t>(id)];
  }
  std::size_t VocabularySize() const override { return words_.size(); }
  bool IsSpecial(TokenId /*id*/) const override { return false; }
  std::optional<TokenId> Bos() const override { return std::nullopt; }
  std::span<const TokenId> EndTokens() const override { return {}; }
  const Identity& identity() const override { return identity_; }

 private:
  mutable std::vector<std::string> words_;
  Identity identity_;
};

constexpr std::array<std::string_view, 4> kTexts{
    "The harbour council voted to repair the northern pier before winter.",
    "A violin maker in Tallow Street sold her first instrument to a student.",
    "Heavy snow closed the mountain road for three days. Trains ran late.",
    "Researchers counted 412 owls in the valley, twice as many as last year."};

References ReferencesTo(std::size_t shift) {
  return [shift](std::uint64_t index) -> std::optional<std::string_view> {
    if (index >= kTexts.size()) return std::nullopt;
    return kTexts.at((index + shift) % kTexts.size());
  };
}

std::vector<Answer> PerfectAnswers(const WordTokenizer& tokenizer) {
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    answers.push_back({i, tokenizer.Ids(kTexts.at(i)), i + 2});
  }
  return answers;
}

TEST(ScoreAnswers, PerfectAnswersScoreAHundredAndShuffledReferencesDoNot) {
  const WordTokenizer tokenizer;
  const LogScore right = ScoreAnswers(PerfectAnswers(tokenizer), ReferencesTo(0), tokenizer);
  ASSERT_TRUE(right.corpus.has_value());
  EXPECT_EQ(right.corpus->rouge1, "100.0");
  EXPECT_EQ(right.corpus->rougeLsum, "100.0");
  std::size_t characters = 0;
  for (const std::string_view text : kTexts) characters += text.size();
  EXPECT_EQ(right.corpus->gen_len, characters);
  EXPECT_EQ(right.corpus->gen_num, 4U);
  EXPECT_EQ(right.tokens, 11U + 13U + 12U + 13U);
  const LogScore shuffled = ScoreAnswers(PerfectAnswers(tokenizer), ReferencesTo(1), tokenizer);
  EXPECT_LT(shuffled.corpus->rouge1_mean, 40.0);
  EXPECT_LT(shuffled.corpus->rouge2_mean, 15.0);
}

TEST(ScoreAnswers, TheFirstRecordOfASampleCounts) {
  const WordTokenizer tokenizer;
  std::vector<Answer> answers = PerfectAnswers(tokenizer);
  answers.push_back({2, tokenizer.Ids("Something else entirely"), 6});
  const LogScore score = ScoreAnswers(answers, ReferencesTo(0), tokenizer);
  EXPECT_EQ(score.corpus->rouge1, "100.0");
  EXPECT_EQ(score.corpus->gen_num, 4U);
  ASSERT_EQ(score.repeated.size(), 1U);
  EXPECT_EQ(score.repeated[0].line, 6U);
}

TEST(ScoreAnswers, WhatCannotBeScoredLeavesNoCorpusFigure) {
  const WordTokenizer tokenizer;
  std::vector<Answer> answers = PerfectAnswers(tokenizer);
  answers[1].index = 77;
  answers[2].tokens = {0, 1, 4711};
  const LogScore score = ScoreAnswers(answers, ReferencesTo(0), tokenizer);
  EXPECT_FALSE(score.corpus.has_value());
  EXPECT_EQ(score.answers.size(), 2U);
  ASSERT_EQ(score.unscored.size(), 2U);
  EXPECT_EQ(score.unscored[0].reason, UnscoredAnswer::Reason::kNoReference);
  EXPECT_EQ(score.unscored[0].index, 77U);
  EXPECT_EQ(score.unscored[1].reason, UnscoredAnswer::Reason::kOutsideVocabulary);
  EXPECT_EQ(score.unscored[1].line, 4U);
  EXPECT_THAT(score.unscored[1].detail, HasSubstr("id 4711 at position 2"));
  EXPECT_FALSE(ScoreAnswers({}, ReferencesTo(0), tokenizer).corpus.has_value());
}

TEST(ScoreAnswers, AnEmptyAnswerCountsAsASampleWithScoreZero) {
  const WordTokenizer tokenizer;
  std::vector<Answer> answers = PerfectAnswers(tokenizer);
  answers[0].tokens.clear();
  const LogScore score = ScoreAnswers(answers, ReferencesTo(0), tokenizer);
  EXPECT_EQ(score.corpus->rouge1, "75.0");
  EXPECT_EQ(score.corpus->gen_num, 4U);
  EXPECT_EQ(score.empty, 1U);
}

TEST(ScoreAnswers, TheValueDoesNotDependOnTheNumberOfThreads) {
  const WordTokenizer tokenizer;
  std::vector<Answer> answers;
  std::vector<std::string> references;
  for (std::uint64_t i = 0; i < 300; ++i) {
    references.push_back(
        fmt::format("{} {} {}", kTexts.at(i % 4), i * 7919 % 101, kTexts.at(i % 3)));
    answers.push_back({i, tokenizer.Ids(kTexts.at((i * i) % 4)), i + 2});
  }
  const References of = [&](std::uint64_t i) {
    return std::optional<std::string_view>(references[i]);
  };
  const LogScore one = ScoreAnswers(answers, of, tokenizer, 1);
  const LogScore many = ScoreAnswers(answers, of, tokenizer, 5);
  EXPECT_EQ(one.corpus->rougeLsum_mean, many.corpus->rougeLsum_mean);
  ASSERT_EQ(many.answers.size(), 300U);
  for (std::size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(one.answers[i].score.rougeL.fmeasure, many.answers[i].score.rougeL.fmeasure);
    EXPECT_EQ(many.answers[i].answer.index, i);
  }
}

TEST(AnswersOf, NamesTheLineThatHoldsNoTokens) {
  const auto log = ParseAccuracyLog(
      "[\n{\"seq_id\":0,\"qsl_idx\":3,\"data\":\"0100000002000000\"},\n"
      "{\"seq_id\":1,\"qsl_idx\":4,\"data\":\"01000000\"}\n]",
      "a.json");
  const auto narrow = AnswersOf(*log, TokenWidth::kInt32, "a.json");
  ASSERT_TRUE(narrow.has_value());
  EXPECT_THAT((*narrow)[0].tokens, ElementsAre(1, 2));
  EXPECT_EQ((*narrow)[1].index, 4U);
  const auto wide = AnswersOf(*log, TokenWidth::kInt64, "a.json");
  ASSERT_FALSE(wide.has_value());
  EXPECT_THAT(wide.error().message, HasSubstr("a.json:2: token 0"));
}

TEST(ScoreOutput, IsTheReferencesDictionaryAndOurLines) {
  CorpusScore score;
  score.rouge1 = "38.7792";
  score.rouge2 = "15.9075";
  score.rougeL = "24.4957";
  score.rougeLsum = "35.793";
  score.gen_len = 8167644;
  score.gen_num = 13368;
  EXPECT_EQ(ReferenceDict(score),
            "{'rouge1': '38.7792', 'rouge2': '15.9075', 'rougeL': '24.4957', 'rougeLsum': "
            "'35.793', 'gen_len': 8167644, 'gen_num': 13368}");
  EXPECT_EQ(ToJsonLine(ReferenceJson(score)),
            R"({"rouge1":"38.7792","rouge2":"15.9075","rougeL":"24.4957","rougeLsum":"35.793",)"
            R"("gen_len":8167644,"gen_num":13368})");
  ScoredAnswer answer{{9, {1, 2, 3}, 4}, "a b", {}};
  answer.score.rouge1.fmeasure = 0.1 + 0.2;
  answer.score.gen_len = 3;
  const std::string line = ToJsonLine(SampleJson(answer));
  EXPECT_THAT(line, HasSubstr("\"rouge1\":0.30000000000000004,"));
  EXPECT_THAT(line, HasSubstr("\"index\":9,"));
  EXPECT_THAT(line, HasSubstr("\"tokens\":3,\"prediction\":\"a b\""));
}

// A published accuracy run: what the reference stack printed for it, to the last digit.
TEST(ScoreAnswers, ReproducesTheSeedReport) {
  const fs::path data = fs::path(ASSAY_SHARED_DIR) / "data";
  const fs::path report = data / "seed-report";
  if (!fs::exists(report)) GTEST_SKIP() << report << " is missing";
  const auto tokenizer = LoadTokenizer(data / "llama-3.1-tokenizer");
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().message;
  const auto dataset = LoadDataset(report / "cnn_eval.json");
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  const auto log = ReadAccuracyLog(report / "mlperf_log_accuracy.json");
  ASSERT_TRUE(log.has_value()) << log.error().message;
  const auto width = InferTokenWidth(*log, "log");
  ASSERT_TRUE(width.has_value()) << width.error().message;
  const auto answers = AnswersOf(*log, *width, "log");
  const References references = [&](std::uint64_t i) -> std::optional<std::string_view> {
    if (i >= dataset->samples.size()) return std::nullopt;
    return dataset->samples[i].reference;
  };
  const LogScore score = ScoreAnswers(*answers, references, **tokenizer);
  ASSERT_TRUE(score.corpus.has_value());
  const auto expected = ParseJson(ReadFile(report / "expected.json").value(), "expected.json");
  EXPECT_EQ(ReferenceJson(*score.corpus), *expected);
  EXPECT_EQ(score.tokens, 1280U);

  const References shuffled = [&](std::uint64_t i) {
    return std::optional<std::string_view>(dataset->samples[(i + 37) % 100].reference);
  };
  EXPECT_LT(ScoreAnswers(*answers, shuffled, **tokenizer).corpus->rouge1_mean,
            score.corpus->rouge1_mean);
}

}  // namespace
}  // namespace assay
