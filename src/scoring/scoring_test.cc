#include "assay/scoring.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

// rouge_score's own example; the fractions can be counted by hand.
TEST(Scoring, CountsOverlapsAndSubsequences) {
  const SampleScore score = ScoreLines("The quick brown dog jumps on the log.",
                                       "The quick brown fox jumps over the lazy dog");
  EXPECT_EQ(score.rouge1.precision, 6.0 / 8);
  EXPECT_EQ(score.rouge1.recall, 6.0 / 9);
  EXPECT_EQ(score.rouge2.precision, 2.0 / 7);
  EXPECT_EQ(score.rouge2.recall, 2.0 / 8);
  EXPECT_EQ(score.rougeL.precision, 5.0 / 8);
  EXPECT_EQ(score.rougeL.recall, 5.0 / 9);
  EXPECT_EQ(score.rougeLsum.recall, 5.0 / 9);
  EXPECT_EQ(score.gen_len, 37U);
}

TEST(Scoring, FMeasureRoundsInTheOrderOfRougeScore) {
  const double precision = 1.0 / 3;
  const double recall = 1.0 / 7;
  const SampleScore score = ScoreLines("a b c", "a d e f g h i");
  EXPECT_EQ(score.rouge1.fmeasure, 2 * precision * recall / (precision + recall));
}

// The paper's example, section 3.2: the union of the two subsequences is w1 w2 w3 w5.
TEST(Scoring, RougeLsumTakesTheUnionOverLines) {
  const SampleScore score = ScoreLines("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5");
  EXPECT_EQ(score.rougeLsum.recall, 4.0 / 5);
  EXPECT_EQ(score.rougeLsum.precision, 4.0 / 10);
}

TEST(Scoring, RougeLsumCountsAWordNoMoreOftenThanThePredictionHasIt) {
  const SampleScore score = ScoreLines("a", "a a\na");
  EXPECT_EQ(score.rougeLsum.recall, 1.0 / 3);
  EXPECT_EQ(score.rougeLsum.precision, 1.0);
}

TEST(Scoring, TokensAreLowerCaseAsciiRunsAndStemmedFromFourLettersOn) {
  EXPECT_EQ(ScoreLines("RUNNING, its!", "runs it").rouge1.fmeasure, 0.5);
  EXPECT_EQ(ScoreLines("caf\u00E9-bar", "caf bar").rouge1.fmeasure, 1.0);
  EXPECT_EQ(ScoreLines("\u212Aelvin \u0130stanbul", "kelvin i stanbul").rouge1.fmeasure, 1.0);
  EXPECT_EQ(ScoreLines("\u212B \u01C5", "a dz").rouge1.fmeasure, 0.0);
}

TEST(Scoring, NothingInCommonWithNothingIsZero) {
  for (const char* prediction : {"", "word", "...", "\n\n"}) {
    const SampleScore score = ScoreSample(prediction, "\u4E2D\u6587");
    EXPECT_EQ(score.rouge1.fmeasure, 0.0);
    EXPECT_EQ(score.rougeLsum.precision, 0.0);
  }
  EXPECT_EQ(ScoreSample("", "").gen_len, 0U);
}

TEST(Scoring, OneWordHasNoBigram) {
  const SampleScore score = ScoreSample("word", "word word");
  EXPECT_EQ(score.rouge1.precision, 1.0);
  EXPECT_EQ(score.rouge2.precision, 0.0);
  EXPECT_EQ(score.rouge2.fmeasure, 0.0);
}

TEST(Scoring, SamplesAreStrippedAndSplit) {
  // "One. Two." becomes "One.\nTwo.": nine characters, and two sentences for ROUGE-Lsum.
  const SampleScore score = ScoreSample("\u00A0 One.   Two.\u3000", "Two. One.");
  EXPECT_EQ(score.gen_len, 9U);
  EXPECT_EQ(score.rougeL.fmeasure, 0.5);
  EXPECT_EQ(score.rougeLsum.fmeasure, 1.0);
  EXPECT_EQ(ScoreSample("\U0001F600\u00E9", "x").gen_len, 2U);
}

TEST(Scoring, ManyWordsAreForgottenWithoutHarm) {
  std::string words;
  for (int i = 0; i < 140000; ++i) words += "w" + std::to_string(i) + "\n";
  EXPECT_EQ(ScoreLines(words, "w7 w9").rouge1.recall, 1.0);
  EXPECT_EQ(ScoreLines("w7 w8", "w7 w9").rouge1.recall, 0.5);
}

std::vector<SampleScore> WithFMeasures(const std::vector<double>& values) {
  std::vector<SampleScore> samples(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) samples[i].rouge1.fmeasure = values[i];
  return samples;
}

TEST(Aggregate, PrintsAsTheReferenceDoes) {
  EXPECT_EQ(Aggregate(WithFMeasures({0.4})).rouge1, "40.0");
  EXPECT_EQ(Aggregate(WithFMeasures({1.0})).rouge1, "100.0");
  EXPECT_EQ(Aggregate(WithFMeasures({1e-6})).rouge1, "0.0001");
  EXPECT_EQ(Aggregate(WithFMeasures({1.0 / 3})).rouge1, "33.3333");
  EXPECT_EQ(Aggregate(WithFMeasures({0.0})).rouge1, "0.0");
}

// The double next to 38.70055 is a little less than that: round() of a Python float gives 38.7005,
// that of a numpy.float64 38.7006.
TEST(Aggregate, RoundsAsNumpyDoes) {
  EXPECT_EQ(Aggregate(WithFMeasures({0.3870055})).rouge1, "38.7006");
}

TEST(Aggregate, CountsCharactersAndSamples) {
  std::vector<SampleScore> samples(2);
  samples[0].gen_len = 3;
  samples[1].gen_len = 4;
  EXPECT_EQ(Aggregate(samples).gen_len, 7U);
  EXPECT_EQ(Aggregate(samples).gen_num, 2U);
}

TEST(Aggregate, WithoutSamplesThereIsNoFigure) {
  EXPECT_EQ(Aggregate({}).gen_num, 0U);
  EXPECT_EQ(Aggregate({}).rouge1, "");
}

}  // namespace
}  // namespace assay
