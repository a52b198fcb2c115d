#include "tokenizer/bpe.h"

#include <algorithm>
#include <bit>
#include <queue>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace assay::tok {
namespace {

constexpr TokenId kMissing = -1;
// Words of up to this many bytes are merged by scanning for the lowest rank each time.
constexpr std::size_t kShortWord = 64;

// A merge that was possible when it was queued.
struct Candidate {
  std::uint32_t rank;
  std::uint32_t left;  // position
  std::uint32_t right;
  TokenId left_id;
  TokenId right_id;
  TokenId merged;
  // For a queue that yields the lowest rank first, and of these the leftmost.
  bool operator<(const Candidate& other) const {
    return std::tie(rank, left) > std::tie(other.rank, other.left);
  }
};

}  // namespace

std::size_t MergeTable::SlotOf(std::uint64_t pair) const {
  std::size_t at = HomeOf(pair);
  while (slots_[at].pair != kEmpty && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
  return at;
}

void MergeTable::Reserve(std::size_t merges) {
  const std::size_t slots = std::bit_ceil(merges + merges / 2 + 16);
  if (slots > slots_.size()) Grow(slots);
}

void MergeTable::Grow(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.pair != kEmpty) slots_[SlotOf(slot.pair)] = slot;
  }
}

void MergeTable::Insert(TokenId left, TokenId right, Merge merge, bool replace) {
  ASSAY_CHECK(left >= 0 && right >= 0);
  if ((used_ + 1) * 3 > slots_.size() * 2) Grow(std::max<std::size_t>(16, slots_.size() * 2));
  const std::uint64_t pair = PairOf(left, right);
  Slot& slot = slots_[SlotOf(pair)];
  if (slot.pair == kEmpty) {
    slot = {pair, merge};
    ++used_;
  } else if (replace) {
    slot.merge = merge;
  }
}

Merge MergeTable::Find(TokenId left, TokenId right) const {
  if (left < 0 || right < 0 || slots_.empty()) return {};
  const Slot& slot = slots_[SlotOf(PairOf(left, right))];
  return slot.pair == kEmpty ? Merge{} : slot.merge;
}

Bpe::Bpe(const TokenBytesTable* tokens, const WordTable* words, MergeTable merges,
         BpeSettings settings)
    : tokens_(tokens),
      words_(words),
      merges_(std::move(merges)),
      settings_(settings),
      shortcuts_(std::make_unique<std::atomic<Shortcut>[]>(tokens->size())) {
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    byte_ids_[byte] = words_->Find({&c, 1});
  }
}

void Bpe::AppendSymbols(std::string_view word, std::vector<TokenId>* symbols) const {
  bool after_missing = false;
  for (const char c : word) {
    const TokenId id = byte_ids_[static_cast<unsigned char>(c)];
    const bool missing = id < 0;
    if (!missing) {
      symbols->push_back(id);
    } else if (settings_.missing.policy == MissingByte::Policy::kDropAfter) {
      symbols->push_back(kMissing);
    } else if (settings_.missing.policy == MissingByte::Policy::kUnknown &&
               !(settings_.missing.fuse && after_missing)) {
      symbols->push_back(settings_.missing.unknown);
    }
    after_missing = missing;
  }
}

template <typename Emit>
void Bpe::MergeShort(std::span<TokenId> symbols, const Emit& emit) const {
  ASSAY_CHECK(symbols.size() <= kShortWord);
  std::array<Merge, kShortWord> merges;  // of symbol i and i + 1
  std::size_t n = symbols.size();
  for (std::size_t i = 0; i + 1 < n; ++i) merges[i] = merges_.Find(symbols[i], symbols[i + 1]);
  while (n > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < n; ++i) {
      if (merges[i].rank < merges[best].rank) best = i;
    }
    if (merges[best].rank == MergeTable::kNoMerge) break;
    symbols[best] = merges[best].id;
    for (std::size_t i = best + 1; i + 1 < n; ++i) {
      symbols[i] = symbols[i + 1];
      merges[i - 1] = merges[i];
    }
    --n;
    if (best > 0) merges[best - 1] = merges_.Find(symbols[best - 1], symbols[best]);
    if (best + 1 < n) merges[best] = merges_.Find(symbols[best], symbols[best + 1]);
  }
  for (const TokenId id : symbols.first(n)) {
    if (id >= 0) emit(id);
  }
}

// O(n log n): a queue of candidates over a linked list of symbols.
template <typename Emit>
void Bpe::MergeLong(std::span<const TokenId> symbols, const Emit& emit) const {
  struct Node {
    TokenId id;
    std::uint32_t previous;
    std::uint32_t next;
    bool gone;
  };
  const auto n = static_cast<std::uint32_t>(symbols.size());
  ASSAY_CHECK(n == symbols.size());
  std::vector<Node> nodes(n);
  std::priority_queue<Candidate> queue;
  const auto offer = [&](std::uint32_t left, std::uint32_t right) {
    const Merge merge = merges_.Find(nodes[left].id, nodes[right].id);
    if (merge.rank == MergeTable::kNoMerge) return;
    queue.push({merge.rank, left, right, nodes[left].id, nodes[right].id, merge.id});
  };
  for (std::uint32_t i = 0; i < n; ++i) nodes[i] = {symbols[i], i - 1, i + 1, false};
  for (std::uint32_t i = 0; i + 1 < n; ++i) offer(i, i + 1);
  while (!queue.empty()) {
    const Candidate c = queue.top();
    queue.pop();
    Node& left = nodes[c.left];
    Node& right = nodes[c.right];
    if (left.gone || right.gone || left.id != c.left_id || right.id != c.right_id) continue;
    left.id = c.merged;
    right.gone = true;
    left.next = right.next;
    if (left.next < n) {
      nodes[left.next].previous = c.left;
      offer(c.left, left.next);
    }
    if (c.left > 0) offer(left.previous, c.left);
  }
  for (std::uint32_t i = 0; i < n; i = nodes[i].next) {
    if (nodes[i].id >= 0) emit(nodes[i].id);
  }
}

template <typename Emit>
void Bpe::MergeWord(std::string_view word, std::vector<TokenId>* symbols, const Emit& emit) const {
  symbols->clear();
  AppendSymbols(word, symbols);
  if (symbols->size() <= kShortWord) {
    MergeShort(std::span<TokenId>(*symbols), emit);
  } else {
    MergeLong(*symbols, emit);
  }
}

bool Bpe::MergesToItself(TokenId id) const {
  std::atomic<Shortcut>& known = shortcuts_[static_cast<std::size_t>(id)];
  Shortcut shortcut = known.load(std::memory_order_relaxed);
  if (shortcut == Shortcut::kUntried) {
    std::vector<TokenId> symbols;
    std::vector<TokenId> ids;
    MergeWord((*tokens_)[id], &symbols, [&ids](TokenId merged) { ids.push_back(merged); });
    shortcut = ids.size() == 1 && ids[0] == id ? Shortcut::kHolds : Shortcut::kFails;
    known.store(shortcut, std::memory_order_relaxed);
  }
  return shortcut == Shortcut::kHolds;
}

// The table of words is larger than most caches: it is asked for some words ahead.
template <typename Emit>
void Bpe::EncodeWords(std::span<const std::string_view> words, const Emit& emit) const {
  constexpr std::size_t kAhead = 8;
  std::array<WordTable::Key, kAhead> keys;
  const auto ask = [&](std::size_t i) {
    if (i >= words.size()) return;
    keys[i % kAhead] = WordTable::KeyOf(words[i]);
    words_->Prefetch(keys[i % kAhead]);
  };
  for (std::size_t i = 0; i < kAhead; ++i) ask(i);
  std::vector<TokenId> symbols;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const TokenId whole = words_->Find(words[i], keys[i % kAhead]);
    ask(i + kAhead);
    if (whole >= 0 && (settings_.ignore_merges || MergesToItself(whole))) {
      emit(whole);
    } else {
      MergeWord(words[i], &symbols, emit);
    }
  }
}

void Bpe::Encode(std::span<const std::string_view> words, std::vector<TokenId>* ids) const {
  EncodeWords(words, [ids](TokenId id) { ids->push_back(id); });
}

std::size_t Bpe::Count(std::span<const std::string_view> words) const {
  std::size_t count = 0;
  EncodeWords(words, [&count](TokenId) { ++count; });
  return count;
}

void Bpe::EncodeByMerging(std::string_view word, std::vector<TokenId>* ids) const {
  if (settings_.ignore_merges) {
    if (const TokenId whole = words_->Find(word); whole >= 0) {
      ids->push_back(whole);
      return;
    }
  }
  std::vector<TokenId> symbols;
  AppendSymbols(word, &symbols);
  MergeLong(symbols, [ids](TokenId id) { ids->push_back(id); });
}

}  // namespace assay::tok
