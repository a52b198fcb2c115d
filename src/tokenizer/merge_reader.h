// The merges of a Hugging Face tokenizer.json as ids.

#ifndef ASSAY_TOKENIZER_MERGE_READER_H_
#define ASSAY_TOKENIZER_MERGE_READER_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "assay/result.h"

#include "base/json_node.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/token_table.h"

namespace assay::tok {

struct MergeIds {
  TokenId left = -1;
  TokenId right = -1;
  TokenId merged = -1;
};

// Tokens outside the byte alphabet, by their text.
using UnspelledTokens = std::unordered_map<std::string, TokenId>;

// Merges that stand one behind the other.
struct MergePart {
  simdjson::dom::array::iterator begin;
  std::size_t index = 0;  // of the first in the array
  std::size_t count = 0;
};

// The whole array in parts of a few thousand.
[[nodiscard]] std::vector<MergePart> PartsOf(simdjson::dom::array merges);

// Not thread-safe; several may read parts of one array.
class MergeReader {
 public:
  // Both outlive the reader. `path`: of the array, for errors.
  MergeReader(const Vocabulary& vocabulary, const UnspelledTokens& unspelled, std::string path)
      : vocabulary_(vocabulary), unspelled_(unspelled), path_(std::move(path)) {}

  // The merges of `part`, in order; the header of a merges.txt, which may have come along, is left
  // out, as the original does. Errors: kParse with the path and the index.
  [[nodiscard]] Result<std::vector<MergeIds>> Read(const MergePart& part);

 private:
  struct Pending {
    std::size_t index = 0;
    std::string_view left{}, right{};
    // The bytes that both spell, one behind the other; in spelled_. `is_spelled`: they do.
    std::size_t begin = 0, middle = 0, end = 0;
    bool is_spelled = false;
    WordTable::Key left_key{}, right_key{};
  };

  [[nodiscard]] Status ReadTexts(simdjson::dom::element element, Pending* merge) const;
  // Looks some merges up together, so that their accesses to memory overlap.
  [[nodiscard]] Status Resolve(std::span<Pending> merges, std::vector<MergeIds>* ids);
  void Spell(Pending* merge);
  [[nodiscard]] MergeIds FindSpelled(const Pending& merge);
  [[nodiscard]] TokenId FindJoined(std::string_view joined) const;
  [[nodiscard]] TokenId FindUnspelled(std::string_view text) const;
  [[nodiscard]] Error Bad(std::size_t index, std::string_view what) const;

  const Vocabulary& vocabulary_;
  const UnspelledTokens& unspelled_;
  std::string path_;
  std::string spelled_;
  TokenId last_merged_ = -1;  // of the merge before
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_MERGE_READER_H_
