// The merges of a Hugging Face tokenizer.json as ids.

#ifndef ASSAY_TOKENIZER_MERGE_READER_H_
#define ASSAY_TOKENIZER_MERGE_READER_H_

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "assay/result.h"

#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/hf_document.h"
#include "tokenizer/token_table.h"

namespace assay::tok {

struct MergeIds {
  TokenId left = -1;
  TokenId right = -1;
  TokenId merged = -1;
};

// Tokens outside the byte alphabet, by their text.
using UnspelledTokens = std::unordered_map<std::string, TokenId>;

// The id of a token by its text in the file; negative if there is none.
[[nodiscard]] TokenId FindToken(const Vocabulary& vocabulary, const UnspelledTokens& unspelled,
                                std::string_view text);

// Not thread-safe; several may read parts of one document's merges.
class MergeReader {
 public:
  // All outlive the reader. `path`: of the array, for errors.
  MergeReader(const HfDocument& document, const Vocabulary& vocabulary,
              const UnspelledTokens& unspelled, std::string path)
      : document_(document),
        vocabulary_(vocabulary),
        unspelled_(unspelled),
        path_(std::move(path)) {}

  // As many merges as `ids` has room for, from the one at `first` on, in order; the header of a
  // merges.txt, which may have come along, is left out, as the original does. Value: how many ids
  // were written, from the beginning on. Errors: kParse with the path and the index.
  [[nodiscard]] Result<std::size_t> Read(std::size_t first, std::span<MergeIds> ids);

 private:
  struct Pending {
    std::size_t index = 0;
    std::string_view left{}, right{};
    std::string left_room, right_room;  // for what HfDocument::TextAt cannot show as it stands
    bool is_line = false;               // both stood in one string
    bool is_spelled = false;
    // If it is: the bytes that both spell, one behind the other, and how many are the left one's.
    std::string_view spelled{};
    std::size_t left_size = 0;
    WordTable::Key left_key{}, right_key{};
  };

  [[nodiscard]] Status ReadTexts(Pending* merge) const;
  [[nodiscard]] Status Resolve(std::span<Pending> merges, std::span<MergeIds> ids);
  // Value: where the next one may write.
  [[nodiscard]] static char* Spell(Pending* merge, char* to);
  [[nodiscard]] static bool HasTwoTokens(const Pending& merge);
  [[nodiscard]] MergeIds FindSpelled(const Pending& merge);
  [[nodiscard]] TokenId FindJoined(std::string_view joined) const;
  [[nodiscard]] MergeIds FindUnspelled(const Pending& merge) const;
  [[nodiscard]] Error Bad(std::size_t index, std::string_view what) const;

  const HfDocument& document_;
  const Vocabulary& vocabulary_;
  const UnspelledTokens& unspelled_;
  std::string path_;
  // Looked up together, so that their accesses to memory overlap.
  std::array<Pending, 64> pending_;
  std::string spelled_;       // room for what some merges spell
  TokenId last_merged_ = -1;  // of the merge before
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_MERGE_READER_H_
