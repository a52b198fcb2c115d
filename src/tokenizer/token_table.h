// The tokens of a vocabulary: from ids to bytes and from bytes to ids.

#ifndef ASSAY_TOKENIZER_TOKEN_TABLE_H_
#define ASSAY_TOKENIZER_TOKEN_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/tokenizer.h"

namespace assay::tok {

// Largest number of ids that a vocabulary may have: ids of pairs are packed into 64 bits.
inline constexpr std::size_t kMaxVocabulary = std::size_t{1} << 24U;

// Bytes of tokens by id. Ids may have gaps.
class TokenBytesTable {
 public:
  // The first token of an id stays. Value: false if the id was taken.
  // REQUIRES: 0 <= id < kMaxVocabulary.
  [[nodiscard]] bool Add(TokenId id, std::string_view bytes);
  [[nodiscard]] bool Has(TokenId id) const {
    return id >= 0 && static_cast<std::size_t>(id) < spans_.size() &&
           spans_[static_cast<std::size_t>(id)].begin != kAbsent;
  }
  // Empty for an id without a token. Valid until the next Add.
  [[nodiscard]] std::string_view operator[](TokenId id) const {
    if (!Has(id)) return {};
    const Span span = spans_[static_cast<std::size_t>(id)];
    return {bytes_.data() + span.begin, span.size};
  }
  // One above the highest id.
  [[nodiscard]] std::size_t size() const { return spans_.size(); }
  void Reserve(std::size_t tokens, std::size_t bytes);

  // Where the bytes of a token begin among those of all. REQUIRES: Has(id).
  [[nodiscard]] std::uint32_t BeginOf(TokenId id) const {
    return spans_[static_cast<std::size_t>(id)].begin;
  }
  [[nodiscard]] const char* PointerTo(std::uint32_t begin) const { return bytes_.data() + begin; }

 private:
  static constexpr std::uint32_t kAbsent = 0xFFFFFFFF;
  struct Span {
    std::uint32_t begin = kAbsent;
    std::uint32_t size = 0;
  };
  std::vector<Span> spans_;
  std::string bytes_;
};

// Ids of byte strings: a hash table with open addressing over the bytes of a TokenBytesTable. A
// word of up to eight bytes stands in its slot: it is found with one access to memory that no
// cache may hold, a longer one with two.
class WordTable {
 public:
  // `bytes` outlives the table and holds all ids that are inserted.
  explicit WordTable(const TokenBytesTable* bytes) : bytes_(bytes) {}

  // A word as the table looks for it.
  struct Key {
    std::uint64_t bits = 0;  // the word itself up to eight bytes, else a hash of it
    std::uint64_t hash = 0;
  };
  [[nodiscard]] static Key KeyOf(std::string_view word);
  // The same, faster. REQUIRES: eight bytes can be read from the word's first on.
  [[nodiscard]] static Key KeyOfReadable(std::string_view word);

  void Reserve(std::size_t words);
  // Value: the id that already has these bytes, which stays; else nullopt. An empty word is never
  // inserted.
  std::optional<TokenId> Insert(TokenId id) { return Insert(id, KeyOf((*bytes_)[id])); }
  // REQUIRES: `key` is that of the token's bytes.
  std::optional<TokenId> Insert(TokenId id, const Key& key);
  // Value: a negative number if there is no such word.
  [[nodiscard]] TokenId Find(std::string_view word) const { return Find(word, KeyOf(word)); }
  [[nodiscard]] TokenId Find(std::string_view word, const Key& key) const;
  // Asks the memory for what Find will look at first. (Inlined always: GCC takes a function that
  // only does this for one that does nothing, and leaves calls of it out.)
  [[gnu::always_inline]] void Prefetch(const Key& key) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[key.hash & (slots_.size() - 1)]);
  }

 private:
  struct Slot {
    std::uint64_t bits = 0;
    std::uint32_t begin = 0;    // of the word in the bytes of all
    std::uint32_t id : 24 = 0;  // below kMaxVocabulary
    std::uint32_t size : 8 =
        0;  // at most kLongSize, which stands for all sizes from there on; 0: free
  };
  static constexpr std::uint32_t kLongSize = 255;
  [[nodiscard]] bool Holds(const Slot& slot, std::string_view word, const Key& key) const;
  void Grow(std::size_t slots);

  const TokenBytesTable* bytes_;
  std::vector<Slot> slots_;  // a power of two of them
  std::size_t used_ = 0;
};

// A hash of short strings; not stable between versions, never stored.
[[nodiscard]] std::uint64_t HashBytes(std::string_view bytes);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_TOKEN_TABLE_H_
