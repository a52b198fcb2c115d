// How good are the texts: ROUGE as the MLCommons llama3.1-8b reference computes it.

#ifndef ASSAY_SCORING_H_
#define ASSAY_SCORING_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct RougeScore {
  double precision = 0.0;  // each in [0, 1]
  double recall = 0.0;
  double fmeasure = 0.0;
};

struct SampleScore {
  RougeScore rouge1;
  RougeScore rouge2;
  RougeScore rougeL;  // the field's name
  RougeScore rougeLsum;
  // Unicode characters of the prediction after stripping and joining its sentences with line feeds.
  // Characters, not tokens: the benchmark's gen_len is their sum.
  std::uint64_t gen_len = 0;
};

// Scores one prediction against one reference: both stripped, split into sentences (English Punkt),
// sentences joined by single line feeds, ROUGE with the stemmer.
//
// `prediction`, `reference`  UTF-8, any length.
// Value: the doubles that rouge_score 0.1.2 gives on CPython 3.11 with NLTK 3.8.1's Punkt.
// Thread-safe.
[[nodiscard]] SampleScore ScoreSample(std::string_view prediction, std::string_view reference);

// The same of texts taken as they are: neither stripped nor split, each line is a sentence.
// Value: what rouge_score's RougeScorer.score(reference, prediction) gives with use_stemmer.
[[nodiscard]] SampleScore ScoreLines(std::string_view prediction, std::string_view reference);

// The reference's six figures over all samples. Without samples gen_num is 0, the strings are empty
// and the means mean nothing.
struct CorpusScore {
  // Mean F-measure * 100, rounded to 4 decimals and printed as the reference does ("38.7792",
  // "40.0"). The reference rounds with numpy, not with Python.
  std::string rouge1, rouge2, rougeL, rougeLsum;
  // The same means before rounding, in percent.
  double rouge1_mean = 0.0, rouge2_mean = 0.0, rougeL_mean = 0.0, rougeLsum_mean = 0.0;
  std::uint64_t gen_len = 0;  // characters
  std::uint64_t gen_num = 0;  // samples
};

// Value: means summed in the order in which numpy 1.26's mean() sums, so that the strings agree.
[[nodiscard]] CorpusScore Aggregate(std::span<const SampleScore> samples);

// Value: the sentences of NLTK 3.8.1's English Punkt as views into `text`; white space between
// them is left out. Thread-safe.
[[nodiscard]] std::vector<std::string_view> SplitSentences(std::string_view text);

}  // namespace assay

#endif  // ASSAY_SCORING_H_
