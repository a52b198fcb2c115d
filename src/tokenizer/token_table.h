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
  [[nodiscard]] std::string_view operator[](TokenId id) const;
  // One above the highest id.
  [[nodiscard]] std::size_t size() const { return spans_.size(); }
  void Reserve(std::size_t tokens, std::size_t bytes);

 private:
  static constexpr std::uint32_t kAbsent = 0xFFFFFFFF;
  struct Span {
    std::uint32_t begin = kAbsent;
    std::uint32_t size = 0;
  };
  std::vector<Span> spans_;
  std::string bytes_;
};

// Ids of byte strings: a hash table with open addressing over the bytes of a TokenBytesTable.
class WordTable {
 public:
  // `bytes` outlives the table and holds all ids that are inserted.
  explicit WordTable(const TokenBytesTable* bytes) : bytes_(bytes) {}

  void Reserve(std::size_t words);
  // Value: the id that already has these bytes, which stays; else nullopt.
  std::optional<TokenId> Insert(TokenId id);
  // Value: a negative number if there is no such word.
  [[nodiscard]] TokenId Find(std::string_view word) const;

 private:
  struct Slot {
    std::uint32_t tag = 0;  // of the hash
    TokenId id = -1;
  };
  void Grow(std::size_t slots);

  const TokenBytesTable* bytes_;
  std::vector<Slot> slots_;  // a power of two of them
  std::size_t used_ = 0;
};

// A hash of short strings; not stable between versions, never stored.
[[nodiscard]] std::uint64_t HashBytes(std::string_view bytes);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_TOKEN_TABLE_H_
