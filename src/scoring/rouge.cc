#include "scoring/rouge.h"

#include <algorithm>
#include <array>
#include <bit>

namespace assay {
namespace {

// rouge_score's tokens are the runs of [a-z0-9] in text.lower(). This is the lower-case form of a
// byte in such a run, 0 for any other byte.
constexpr std::array<char, 256> MakeTokenBytes() {
  std::array<char, 256> bytes{};
  for (unsigned char c = '0'; c <= '9'; ++c) bytes[c] = static_cast<char>(c);
  for (unsigned char c = 'a'; c <= 'z'; ++c) bytes[c] = static_cast<char>(c);
  for (unsigned char c = 'A'; c <= 'Z'; ++c) bytes[c] = static_cast<char>(c - 'A' + 'a');
  return bytes;
}

constexpr std::array<char, 256> kTokenBytes = MakeTokenBytes();

// text.lower() as far as tokens are concerned, with one or more 0 bytes for whatever separates
// them. Of all characters beyond ASCII, two have ASCII letters in their lower-case form.
void LowerForTokens(std::string_view text, std::string& lowered) {
  constexpr std::string_view kKelvinSign = "\u212A";
  constexpr std::string_view kCapitalIWithDot = "\u0130";
  lowered.resize(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    lowered[i] = kTokenBytes[static_cast<unsigned char>(text[i])];
  }
  for (std::size_t at = 0; (at = text.find(kCapitalIWithDot, at)) != text.npos; at += 2) {
    lowered[at] = 'i';
  }
  if (text.find(kKelvinSign) == text.npos) return;
  // Three bytes become one, within a token.
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool kelvin = text.substr(i, kKelvinSign.size()) == kKelvinSign;
    lowered[end++] = kelvin ? 'k' : lowered[i];
    if (kelvin) i += kKelvinSign.size() - 1;
  }
  lowered.resize(end);
}

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
  vocabulary_.ClearIfLarge();
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
  LowerForTokens(line, lowered_);
  const std::string_view lowered = lowered_;
  for (std::size_t at = 0; at < lowered.size(); ++at) {
    if (lowered[at] == 0) continue;
    const std::size_t begin = at;
    while (at < lowered.size() && lowered[at] != 0) ++at;
    side.stems.push_back(vocabulary_.StemOf(lowered.substr(begin, at - begin)));
  }
  side.line_ends.push_back(side.stems.size());
}

void RougeScorer::CountPrediction() {
  count_.assign(vocabulary_.size(), 0);
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
    if (slot.round != bigram_round_ || slot.bigram == bigram) return slot;
  }
}

std::size_t RougeScorer::BigramOverlap() {
  const std::size_t slots = std::bit_ceil(2 * prediction_.stems.size() + 1);
  if (bigrams_.size() < slots) bigrams_.resize(slots);
  bigram_mask_ = slots - 1;
  if (++bigram_round_ == 0) {
    std::fill(bigrams_.begin(), bigrams_.end(), BigramSlot{});
    bigram_round_ = 1;
  }
  for (std::size_t i = 0; i < BigramCount(prediction_); ++i) {
    const std::uint64_t bigram = Bigram(prediction_, i);
    BigramSlot& slot = FindBigram(bigram);
    const bool is_new = slot.round != bigram_round_;
    slot = {bigram, is_new ? 1 : slot.count + 1, bigram_round_};
  }
  std::size_t hits = 0;
  for (std::size_t i = 0; i < BigramCount(reference_); ++i) {
    BigramSlot& slot = FindBigram(Bigram(reference_, i));
    if (slot.round != bigram_round_ || slot.count == 0) continue;
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
    lcs_.SetReference(line, vocabulary_.size());
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
  lcs_.SetReference(shorter, vocabulary_.size());
  score.rougeL = MakeScore(lcs_.Length(longer), prediction_size, reference_size);
  score.rougeLsum = MakeScore(UnionLcsHits(), prediction_size, reference_size);
  return score;
}

}  // namespace assay
