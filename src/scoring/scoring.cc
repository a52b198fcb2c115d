#include "assay/scoring.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "base/utf8.h"
#include "scoring/rouge.h"
#include "text/punkt.h"
#include "text/unicode.h"

namespace assay {
namespace {

// Working memory for scoring, kept for the life of its thread: a pair is scored in microseconds,
// less than allocating all of this takes.
struct Workspace {
  RougeScorer scorer;
  std::vector<std::string_view> sentences;
};

Workspace& ThreadWorkspace() {
  thread_local Workspace workspace;
  return workspace;
}

void SplitStripped(std::string_view text, std::vector<std::string_view>& sentences) {
  sentences.clear();
  AppendSentences(Strip(text), sentences);
}

// numpy's pairwise summation of up to 8192 values.
// Source: numpy 1.26, DOUBLE_pairwise_sum in loops_utils.h.src.
double PairwiseSum(std::span<const double> values) {
  constexpr std::size_t kLanes = 8;
  constexpr std::size_t kBlock = 128;
  const std::size_t size = values.size();
  if (size > kBlock) {
    const std::size_t half = size / 2 / kLanes * kLanes;
    return PairwiseSum(values.first(half)) + PairwiseSum(values.subspan(half));
  }
  double sum = 0.0;
  std::size_t i = 0;
  if (size >= kLanes) {
    double lane[kLanes];
    for (; i < kLanes; ++i) lane[i] = values[i];
    for (; i < size - size % kLanes; i += kLanes) {
      for (std::size_t k = 0; k < kLanes; ++k) lane[k] += values[i + k];
    }
    sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
  for (; i < size; ++i) sum += values[i];
  return sum;
}

// numpy.mean of a float64 array. numpy reduces an array in buffers of 8192 values; each is summed
// pairwise, and the sums one after the other. REQUIRES: not empty.
double NumpyMean(std::span<const double> values) {
  constexpr std::size_t kBufferSize = 8192;
  double sum = 0.0;
  for (std::size_t at = 0; at < values.size(); at += kBufferSize) {
    sum += PairwiseSum(values.subspan(at, std::min(kBufferSize, values.size() - at)));
  }
  return sum / static_cast<double>(values.size());
}

// f"{round(percent, 4)}" for a numpy.float64, whose round() is not Python's: it scales, rounds half
// to even and scales back, so that 38.70055 gives 38.7006 and not 38.7005.
std::string RoundedAsNumpyPrints(double percent) {
  constexpr double kScale = 1e4;
  const double rounded = std::nearbyint(percent * kScale) / kScale;
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), rounded,
                                 std::chars_format::fixed);
  std::string text(digits.data(), end.ptr);
  if (text.find('.') == text.npos) text += ".0";
  return text;
}

double MeanPercent(std::span<const SampleScore> samples, RougeScore SampleScore::*type) {
  std::vector<double> fmeasures;
  fmeasures.reserve(samples.size());
  for (const SampleScore& sample : samples) fmeasures.push_back((sample.*type).fmeasure);
  return NumpyMean(fmeasures) * 100;
}

}  // namespace

SampleScore ScoreSample(std::string_view prediction, std::string_view reference) {
  auto& [scorer, sentences] = ThreadWorkspace();
  scorer.StartPair();
  SplitStripped(reference, sentences);
  for (const std::string_view sentence : sentences) scorer.AddToReference(sentence);
  SplitStripped(prediction, sentences);
  for (const std::string_view sentence : sentences) scorer.AddToPrediction(sentence);

  SampleScore score = scorer.Score();
  for (const std::string_view sentence : sentences) score.gen_len += CountCodePoints(sentence);
  if (!sentences.empty()) score.gen_len += sentences.size() - 1;
  return score;
}

SampleScore ScoreLines(std::string_view prediction, std::string_view reference) {
  RougeScorer& scorer = ThreadWorkspace().scorer;
  scorer.StartPair();
  scorer.AddToReference(reference);
  scorer.AddToPrediction(prediction);
  SampleScore score = scorer.Score();
  score.gen_len = CountCodePoints(prediction);
  return score;
}

CorpusScore Aggregate(std::span<const SampleScore> samples) {
  CorpusScore corpus;
  if (samples.empty()) return corpus;
  corpus.rouge1_mean = MeanPercent(samples, &SampleScore::rouge1);
  corpus.rouge2_mean = MeanPercent(samples, &SampleScore::rouge2);
  corpus.rougeL_mean = MeanPercent(samples, &SampleScore::rougeL);
  corpus.rougeLsum_mean = MeanPercent(samples, &SampleScore::rougeLsum);
  corpus.rouge1 = RoundedAsNumpyPrints(corpus.rouge1_mean);
  corpus.rouge2 = RoundedAsNumpyPrints(corpus.rouge2_mean);
  corpus.rougeL = RoundedAsNumpyPrints(corpus.rougeL_mean);
  corpus.rougeLsum = RoundedAsNumpyPrints(corpus.rougeLsum_mean);
  for (const SampleScore& sample : samples) corpus.gen_len += sample.gen_len;
  corpus.gen_num = samples.size();
  return corpus;
}

std::vector<std::string_view> SplitSentences(std::string_view text) {
  std::vector<std::string_view> sentences;
  AppendSentences(text, sentences);
  return sentences;
}

}  // namespace assay
