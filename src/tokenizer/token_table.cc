#include "tokenizer/token_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "tokenizer/load_bytes.h"

namespace assay::tok {
namespace {

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}
constexpr std::uint64_t kSeedA = 0x9E3779B97F4A7C15;
constexpr std::uint64_t kSeedB = 0xE7037ED1A0B428DB;
constexpr std::size_t kInSlot = sizeof(std::uint64_t);  // bytes of a word that its slot holds

WordTable::Key KeyOfShort(std::uint64_t bits, std::size_t size) {
  return {bits, Mix(bits ^ kSeedA, size ^ kSeedB)};
}

WordTable::Key KeyOfLong(std::string_view word) {
  const std::uint64_t hash = HashBytes(word);
  return {hash, hash};
}

}  // namespace

std::uint64_t HashBytes(std::string_view bytes) {
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t hash = left * kSeedB;
  for (; left > 16; p += 16, left -= 16) {
    hash = Mix(Load64(p) ^ kSeedA ^ hash, Load64(p + 8) ^ kSeedB);
  }
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (left >= 8) {
    a = Load64(p);
    b = Load64(p + left - 8);
  } else if (left >= 4) {
    a = Load32(p);
    b = Load32(p + left - 4);
  } else if (left > 0) {
    const auto byte = [p](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(p[i])};
    };
    a = byte(0) | byte(left / 2) << 8U | byte(left - 1) << 16U;
  }
  return Mix(a ^ kSeedA ^ hash, b ^ kSeedB);
}

bool TokenBytesTable::Add(TokenId id, std::string_view bytes) {
  ASSAY_CHECK(id >= 0 && static_cast<std::size_t>(id) < kMaxVocabulary);
  ASSAY_CHECK(bytes_.size() + bytes.size() < kAbsent);
  const auto i = static_cast<std::size_t>(id);
  if (i >= spans_.size()) spans_.resize(i + 1);
  if (spans_[i].begin != kAbsent) return false;
  spans_[i] = {static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(bytes.size())};
  bytes_ += bytes;
  return true;
}

void TokenBytesTable::Reserve(std::size_t tokens, std::size_t bytes) {
  spans_.reserve(tokens);
  bytes_.reserve(bytes);
}

WordTable::Key WordTable::KeyOf(std::string_view word) {
  if (word.size() > kInSlot) return KeyOfLong(word);
  return KeyOfShort(LoadUpTo8(word.data(), word.size()), word.size());
}

WordTable::Key WordTable::KeyOfReadable(std::string_view word) {
  if (word.size() > kInSlot) return KeyOfLong(word);
  return KeyOfShort(LoadOf8(word.data(), word.size()), word.size());
}

void WordTable::Reserve(std::size_t words) {
  const std::size_t slots = std::bit_ceil(words * 2 + 16);
  if (slots > slots_.size()) Grow(slots);
}

void WordTable::Grow(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.size == 0) continue;
    std::size_t at = KeyOf((*bytes_)[static_cast<TokenId>(slot.id)]).hash & (slots - 1);
    while (slots_[at].size != 0) at = (at + 1) & (slots - 1);
    slots_[at] = slot;
  }
}

bool WordTable::Holds(const Slot& slot, std::string_view word, const Key& key) const {
  if (slot.bits != key.bits || slot.size != std::min<std::size_t>(word.size(), kLongSize)) {
    return false;
  }
  if (word.size() <= kInSlot) return true;
  if (slot.size == kLongSize) return (*bytes_)[static_cast<TokenId>(slot.id)] == word;
  return std::memcmp(bytes_->PointerTo(slot.begin), word.data(), word.size()) == 0;
}

std::optional<TokenId> WordTable::Insert(TokenId id, const Key& key) {
  if ((used_ + 1) * 2 > slots_.size()) Grow(std::max<std::size_t>(16, slots_.size() * 2));
  const std::string_view word = (*bytes_)[id];
  if (word.empty()) return std::nullopt;
  std::size_t at = key.hash & (slots_.size() - 1);
  for (; slots_[at].size != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (Holds(slots_[at], word, key)) return static_cast<TokenId>(slots_[at].id);
  }
  Slot& slot = slots_[at];
  slot.bits = key.bits;
  slot.begin = bytes_->BeginOf(id);
  slot.id = static_cast<std::uint32_t>(id) & 0xFFFFFFU;
  slot.size = static_cast<std::uint32_t>(std::min<std::size_t>(word.size(), kLongSize)) & 0xFFU;
  ++used_;
  return std::nullopt;
}

TokenId WordTable::Find(std::string_view word, const Key& key) const {
  if (slots_.empty()) return -1;
  for (std::size_t at = key.hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.size == 0) return -1;
    if (Holds(slot, word, key)) return static_cast<TokenId>(slot.id);
  }
}

}  // namespace assay::tok
