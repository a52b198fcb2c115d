// Byte-pair encoding of one word.

#ifndef ASSAY_TOKENIZER_BPE_H_
#define ASSAY_TOKENIZER_BPE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "assay/tokenizer.h"

#include "tokenizer/token_table.h"

namespace assay::tok {

// What a pair of neighbours merges to, and how early.
struct Merge {
  std::uint32_t rank = 0xFFFFFFFF;  // lower merges first; the highest value: no merge
  TokenId id = -1;
};

// Merges of pairs of ids: a hash table with open addressing.
class MergeTable {
 public:
  static constexpr std::uint32_t kNoMerge = 0xFFFFFFFF;

  void Reserve(std::size_t merges);
  // A later merge of the same pair replaces an earlier one if `replace`, else is ignored.
  void Insert(TokenId left, TokenId right, Merge merge, bool replace);
  // Value: rank kNoMerge if the pair does not merge. Negative ids never do.
  [[nodiscard]] Merge Find(TokenId left, TokenId right) const;
  // Asks the memory for what Insert will look at first; as WordTable::Prefetch.
  [[gnu::always_inline]] void Prefetch(TokenId left, TokenId right) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[HomeOf(PairOf(left, right))], 1);
  }

 private:
  struct Slot {
    std::uint64_t pair = kEmpty;
    Merge merge;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  static std::uint64_t PairOf(TokenId left, TokenId right) {
    return std::uint64_t{static_cast<std::uint32_t>(left)} << 32U |
           static_cast<std::uint32_t>(right);
  }
  // Where the search for a pair begins. REQUIRES: there are slots.
  [[nodiscard]] std::size_t HomeOf(std::uint64_t pair) const {
    const std::uint64_t hash = pair * 0x9E3779B97F4A7C15U;
    return (hash ^ hash >> 32U) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t SlotOf(std::uint64_t pair) const;
  void Grow(std::size_t slots);

  std::vector<Slot> slots_;  // a power of two of them
  std::size_t used_ = 0;
};

// What happens to a byte that the vocabulary has no token for.
struct MissingByte {
  enum class Policy {
    kDropBefore,  // as if it were not there: its neighbours may merge (Hugging Face)
    kDropAfter,   // it keeps its neighbours apart and yields no token (llama.cpp)
    kUnknown,     // it becomes the unknown token (Hugging Face with unk_token)
  };
  Policy policy = Policy::kDropBefore;
  TokenId unknown = -1;  // of kUnknown
  bool fuse = false;     // kUnknown: successive missing bytes become one unknown token
};

struct BpeSettings {
  // A word that is a token becomes that token, whatever the merges say.
  bool ignore_merges = false;
  MissingByte missing{};
};

class Bpe {
 public:
  // `words`: the words that a byte-level text can spell; `tokens`: their bytes. Both outlive this.
  Bpe(const TokenBytesTable* tokens, const WordTable* words, MergeTable merges,
      BpeSettings settings);

  // Thread-safe, all of them. Words are any bytes.

  // Appends the tokens of each of `words`.
  void Encode(std::span<const std::string_view> words, std::vector<TokenId>* ids) const;
  void Encode(std::string_view word, std::vector<TokenId>* ids) const { Encode({&word, 1}, ids); }
  // How many tokens Encode would append.
  [[nodiscard]] std::size_t Count(std::span<const std::string_view> words) const;
  // The same without any shortcut; to check Encode against.
  void EncodeByMerging(std::string_view word, std::vector<TokenId>* ids) const;

 private:
  enum class Shortcut : std::uint8_t { kUntried, kHolds, kFails };

  // `emit` gets the tokens, one after the other. `symbols`: room for those of `word`.
  template <typename Emit>
  void EncodeWords(std::span<const std::string_view> words, const Emit& emit) const;
  template <typename Emit>
  void MergeWord(std::string_view word, std::vector<TokenId>* symbols, const Emit& emit) const;
  template <typename Emit>
  void MergeShort(std::span<TokenId> symbols, const Emit& emit) const;
  template <typename Emit>
  void MergeLong(std::span<const TokenId> symbols, const Emit& emit) const;
  void AppendSymbols(std::string_view word, std::vector<TokenId>* symbols) const;
  // Do the merges make `id` out of its own bytes? Found out once for each token.
  [[nodiscard]] bool MergesToItself(TokenId id) const;

  const TokenBytesTable* tokens_;
  const WordTable* words_;
  MergeTable merges_;
  BpeSettings settings_;
  std::array<TokenId, 256> byte_ids_{};
  std::unique_ptr<std::atomic<Shortcut>[]> shortcuts_;  // by id
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_BPE_H_
