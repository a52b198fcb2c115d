#include "scoring/stem_vocabulary.h"

#include <algorithm>

#include "text/porter.h"

namespace assay {
namespace {

constexpr std::size_t kSlotsAtStart = 1024;  // a power of two, as all sizes are

std::uint32_t HashOf(std::string_view text) {
  std::uint32_t hash = 0x811C9DC5U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
  return hash;
}

}  // namespace

StringTable::StringTable() : slots_(kSlotsAtStart) {}

std::string_view StringTable::TextOf(std::uint32_t number) const {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(pool_).substr(begin, ends_[number] - begin);
}

std::uint32_t StringTable::NumberOf(std::string_view text) {
  const std::uint32_t hash = HashOf(text);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].number_plus_1 != 0; at = (at + 1) & (slots_.size() - 1)) {
    const std::uint32_t number = slots_[at].number_plus_1 - 1;
    if (slots_[at].hash == hash && TextOf(number) == text) return number;
  }
  pool_ += text;
  ends_.push_back(pool_.size());
  slots_[at] = {hash, static_cast<std::uint32_t>(ends_.size())};
  if (ends_.size() * 2 > slots_.size()) Grow();
  return static_cast<std::uint32_t>(ends_.size() - 1);
}

void StringTable::Grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  for (const Slot& slot : slots_) {
    if (slot.number_plus_1 == 0) continue;
    std::size_t at = slot.hash & (larger.size() - 1);
    while (larger[at].number_plus_1 != 0) at = (at + 1) & (larger.size() - 1);
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

void StringTable::Clear() {
  std::fill(slots_.begin(), slots_.end(), Slot{});
  ends_.clear();
  pool_.clear();
}

std::uint32_t StemVocabulary::StemOf(std::string_view word) {
  constexpr std::size_t kLongestUnstemmed = 3;
  const std::uint32_t number = words_.NumberOf(word);
  if (number < stem_of_word_.size()) return stem_of_word_[number];
  stem_.assign(word);
  if (word.size() > kLongestUnstemmed) PorterStem(stem_);
  stem_of_word_.push_back(stems_.NumberOf(stem_));
  return stem_of_word_.back();
}

void StemVocabulary::ClearIfLarge() {
  constexpr std::size_t kManyWords = 1U << 17U;
  if (words_.size() < kManyWords) return;
  words_.Clear();
  stems_.Clear();
  stem_of_word_.clear();
}

}  // namespace assay
