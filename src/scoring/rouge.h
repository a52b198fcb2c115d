// ROUGE-1, -2, -L and -Lsum of one pair of texts, as rouge_score 0.1.2 computes them.

#ifndef ASSAY_SCORING_ROUGE_H_
#define ASSAY_SCORING_ROUGE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/scoring.h"

#include "scoring/lcs.h"
#include "scoring/stem_vocabulary.h"

namespace assay {

// A text as the numbers of its stems, line by line. The stems of a pair are numbered from 0 in the
// order in which they first occur, so that whatever is kept for each of them is little memory.
struct StemmedText {
  std::vector<std::uint32_t> stems;
  std::vector<std::size_t> line_ends;  // in `stems`

  [[nodiscard]] std::span<const std::uint32_t> Line(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : line_ends[i - 1];
    return std::span(stems).subspan(begin, line_ends[i] - begin);
  }
  void Clear() {
    stems.clear();
    line_ends.clear();
  }
};

// Scores pairs one after the other; keeps its working memory and the stems of the words it has met.
// Not thread-safe.
class RougeScorer {
 public:
  // Forgets the pair before.
  void StartPair();
  // Appends text to a side of the pair. A line ends at each line feed and at the end of `text`.
  void AddToPrediction(std::string_view text) { AppendLines(text, prediction_); }
  void AddToReference(std::string_view text) { AppendLines(text, reference_); }
  // Value: the four scores; gen_len is left 0.
  [[nodiscard]] SampleScore Score();

 private:
  struct BigramSlot {
    std::uint64_t bigram = 0;
    std::uint32_t count = 0;
    std::uint32_t round = 0;  // the slot is in use if it is of the current round
  };

  void AppendLines(std::string_view text, StemmedText& side);
  void AppendLine(std::string_view line, StemmedText& side);
  [[nodiscard]] std::uint32_t NumberInPair(std::uint32_t stem);
  void CountPrediction();
  [[nodiscard]] std::size_t UnigramOverlap();
  [[nodiscard]] std::size_t BigramOverlap();
  [[nodiscard]] BigramSlot& FindBigram(std::uint64_t bigram);
  [[nodiscard]] std::size_t UnionLcsHits();

  struct PairNumber {
    std::uint32_t number = 0;
    std::uint32_t round = 0;  // the number is of this round
  };

  StemVocabulary vocabulary_;
  std::vector<PairNumber> pair_numbers_;  // by the vocabulary's numbers
  std::uint32_t stem_count_ = 0;          // of the pair
  StemmedText prediction_;
  StemmedText reference_;
  std::string lowered_;
  std::vector<std::string_view> tokens_;  // of one line, in lowered_
  LcsTable lcs_;
  std::vector<std::uint32_t> count_;  // of each stem in the prediction, used up while matching
  std::vector<BigramSlot> bigrams_;
  std::size_t bigram_mask_ = 0;
  std::uint32_t round_ = 0;  // counts pairs; what is kept from earlier rounds is void
  std::vector<std::uint64_t> in_union_;
};

}  // namespace assay

#endif  // ASSAY_SCORING_ROUGE_H_
