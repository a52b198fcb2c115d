#include "scoring/rouge.h"

#include <algorithm>
#include <bit>

#include "scoring/rouge_tokens.h"

namespace assay {
namespace {

RougeScore MakeScore(std::size_t hits, std::size_t prediction_size, std::size_t reference_size) {
  RougeScore score;
  if (prediction_size == 0 || reference_size == 0) return score;
  score.precision = static_cast<double>(hits) / static_cast<double>(prediction_size);
  score.recall = static_cast<double>(hits) / static_cast<double>(reference_size);
  const double sum = score.precision + score.recall;
  // In rouge_score's order of operations, so that it rounds alike.
  if (sum > 0) score.fmeasure = 2 * score.precision * score.recall / sum;
  return score;
}

std::size_t BigramCount(const StemmedText& text) {
  return text.stems.empty() ? 0 : text.stems.size() - 1;
}

std::uint64_t Bigram(const StemmedText& text, std::size_t i) {
  return (std::uint64_t{text.stems[i]} << 32U) | text.stems[i + 1];
}

}  // namespace

void RougeScorer::StartPair() {
  prediction_.Clear();
  reference_.Clear();
  stem_count_ = 0;
  vocabulary_.ClearIfLarge();
  if (++round_ != 0) return;
  std::fill(pair_numbers_.begin(), pair_numbers_.end(), PairNumber{});
  std::fill(bigrams_.begin(), bigrams_.end(), BigramSlot{});
  round_ = 1;
}

void RougeScorer::AppendLines(std::string_view text, StemmedText& side) {
  for (;;) {
    const std::size_t end = text.find('\n');
    AppendLine(text.substr(0, end), side);
    if (end == text.npos) return;
    text.remove_prefix(end + 1);
  }
}

void RougeScorer::AppendLine(std::string_view line, StemmedText& side) {
  FindRougeTokens(line, lowered_, tokens_);
  for (const std::string_view token : tokens_) {
    side.stems.push_back(NumberInPair(vocabulary_.StemOf(token)));
  }
  side.line_ends.push_back(side.stems.size());
}

std::uint32_t RougeScorer::NumberInPair(std::uint32_t stem) {
  if (pair_numbers_.size() < vocabulary_.size()) pair_numbers_.resize(vocabulary_.size());
  PairNumber& entry = pair_numbers_[stem];
  if (entry.round != round_) entry = {stem_count_++, round_};
  return entry.number;
}

void RougeScorer::CountPrediction() {
  count_.assign(stem_count_, 0);
  for (const std::uint32_t stem : prediction_.stems) ++count_[stem];
}

// The sum over all stems of the smaller of their two counts.
std::size_t RougeScorer::UnigramOverlap() {
  CountPrediction();
  std::size_t hits = 0;
  for (const std::uint32_t stem : reference_.stems) {
    if (count_[stem] == 0) continue;
    --count_[stem];
    ++hits;
  }
  return hits;
}

RougeScorer::BigramSlot& RougeScorer::FindBigram(std::uint64_t bigram) {
  constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15U;
  std::size_t at = (bigram * kGoldenRatio) >> 32U;
  for (;; ++at) {
    BigramSlot& slot = bigrams_[at & bigram_mask_];
    if (slot.round != round_ || slot.bigram == bigram) return slot;
  }
}

std::size_t RougeScorer::BigramOverlap() {
  const std::size_t slots = std::bit_ceil(2 * prediction_.stems.size() + 1);
  if (bigrams_.size() < slots) bigrams_.resize(slots);
  bigram_mask_ = slots - 1;
  for (std::size_t i = 0; i < BigramCount(prediction_); ++i) {
    const std::uint64_t bigram = Bigram(prediction_, i);
    BigramSlot& slot = FindBigram(bigram);
    const bool is_new = slot.round != round_;
    slot = {bigram, is_new ? 1 : slot.count + 1, round_};
  }
  std::size_t hits = 0;
  for (std::size_t i = 0; i < BigramCount(reference_); ++i) {
    BigramSlot& slot = FindBigram(Bigram(reference_, i));
    if (slot.round != round_ || slot.count == 0) continue;
    --slot.count;
    ++hits;
  }
  return hits;
}

// ROUGE-Lsum: each reference line's union of its longest common subsequences with all lines of the
// prediction, a stem counted no more often than the prediction has it. (rouge_score also counts
// down the reference's own stems, which cannot run out: each of its positions is visited once.)
std::size_t RougeScorer::UnionLcsHits() {
  CountPrediction();
  std::size_t hits = 0;
  for (std::size_t r = 0; r < reference_.line_ends.size(); ++r) {
    const auto line = reference_.Line(r);
    lcs_.SetReference(line, stem_count_);
    in_union_.assign(line.size() / 64 + 1, 0);
    for (std::size_t p = 0; p < prediction_.line_ends.size(); ++p) {
      lcs_.MarkPositions(prediction_.Line(p), in_union_);
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
      if ((in_union_[i / 64] >> (i % 64) & 1U) == 0 || count_[line[i]] == 0) continue;
      --count_[line[i]];
      ++hits;
    }
  }
  return hits;
}

SampleScore RougeScorer::Score() {
  const std::size_t prediction_size = prediction_.stems.size();
  const std::size_t reference_size = reference_.stems.size();
  SampleScore score;
  if (prediction_size == 0 || reference_size == 0) return score;
  score.rouge1 = MakeScore(UnigramOverlap(), prediction_size, reference_size);
  score.rouge2 = MakeScore(BigramOverlap(), BigramCount(prediction_), BigramCount(reference_));
  const bool reference_is_shorter = reference_size < prediction_size;
  const auto& shorter = reference_is_shorter ? reference_.stems : prediction_.stems;
  const auto& longer = reference_is_shorter ? prediction_.stems : reference_.stems;
  lcs_.SetReference(shorter, stem_count_);
  score.rougeL = MakeScore(lcs_.Length(longer), prediction_size, reference_size);
  score.rougeLsum = MakeScore(UnionLcsHits(), prediction_size, reference_size);
  return score;
}

}  // namespace assay
