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
    bool is_spelled = false;
    // If it is: the bytes that both spell, one behind the other, and how many are the left one's.
    std::string_view spelled{};
    std::size_t left_size = 0;
    WordTable::Key left_key{}, right_key{};
  };

  [[nodiscard]] Status ReadTexts(simdjson::dom::element element, Pending* merge) const;
  // Looks some merges up together, so that their accesses to memory overlap.
  [[nodiscard]] Status Resolve(std::span<Pending> merges, std::vector<MergeIds>* ids);
  // Value: where the next one may write.
  [[nodiscard]] static char* Spell(Pending* merge, char* to);
  [[nodiscard]] MergeIds FindSpelled(const Pending& merge);
  [[nodiscard]] TokenId FindJoined(std::string_view joined) const;
  [[nodiscard]] MergeIds FindUnspelled(const Pending& merge) const;
  [[nodiscard]] TokenId FindText(std::string_view text) const;
  [[nodiscard]] Error Bad(std::size_t index, std::string_view what) const;

  const Vocabulary& vocabulary_;
  const UnspelledTokens& unspelled_;
  std::string path_;
  std::string spelled_;       // room for what some merges spell
  TokenId last_merged_ = -1;  // of the merge before
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_MERGE_READER_H_
