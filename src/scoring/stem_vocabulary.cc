#include "scoring/stem_vocabulary.h"

#include <algorithm>
#include <cstring>

#include "text/porter.h"

namespace assay {
namespace {

constexpr std::size_t kSlotsAtStart = 1024;  // a power of two, as all sizes are

constexpr std::size_t kHeadSize = 8;

std::uint64_t Load32(const char* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

// Up to eight bytes as a number, different ones for different bytes of one size.
std::uint64_t PackBytes(std::string_view bytes) {
  const char* const p = bytes.data();
  const std::size_t size = bytes.size();
  // Two loads that overlap instead of one load for each byte.
  if (size >= 4) return Load32(p) | Load32(p + size - 4) << 32U;
  std::uint64_t packed = 0;
  for (std::size_t i = 0; i < size; ++i) packed = packed << 8U | static_cast<unsigned char>(p[i]);
  return packed;
}

std::size_t HashOf(std::string_view text, std::uint64_t head) {
  constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15U;
  std::uint64_t hash = (head + text.size()) * kGoldenRatio;
  while (text.size() > kHeadSize) {
    text.remove_prefix(kHeadSize);
    hash = ((hash ^ (hash >> 32U)) + PackBytes(text.substr(0, kHeadSize))) * kGoldenRatio;
  }
  return hash >> 32U;
}

}  // namespace

StringTable::StringTable() : slots_(kSlotsAtStart) {}

bool StringTable::Holds(const Slot& slot, std::string_view text, std::uint64_t head) const {
  if (slot.head != head || slot.size != text.size()) return false;
  return text.size() <= kHeadSize ||
         std::string_view(pool_).substr(begins_[slot.number_plus_1 - 1], text.size()) == text;
}

std::uint32_t StringTable::NumberOf(std::string_view text) {
  const std::uint64_t head = PackBytes(text.substr(0, kHeadSize));
  std::size_t at = HashOf(text, head) & (slots_.size() - 1);
  for (; slots_[at].number_plus_1 != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (Holds(slots_[at], text, head)) return slots_[at].number_plus_1 - 1;
  }
  begins_.push_back(pool_.size());
  pool_ += text;
  slots_[at] = {head, static_cast<std::uint32_t>(text.size()),
                static_cast<std::uint32_t>(begins_.size())};
  if (begins_.size() * 2 > slots_.size()) Grow();
  return static_cast<std::uint32_t>(begins_.size() - 1);
}

void StringTable::Grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  for (const Slot& slot : slots_) {
    if (slot.number_plus_1 == 0) continue;
    const auto text = std::string_view(pool_).substr(begins_[slot.number_plus_1 - 1], slot.size);
    std::size_t at = HashOf(text, slot.head) & (larger.size() - 1);
    while (larger[at].number_plus_1 != 0) at = (at + 1) & (larger.size() - 1);
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

void StringTable::Clear() {
  std::fill(slots_.begin(), slots_.end(), Slot{});
  begins_.clear();
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
