// The model of a Hugging Face tokenizer.json: vocabulary and merges.

#ifndef ASSAY_TOKENIZER_HF_MODEL_H_
#define ASSAY_TOKENIZER_HF_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <future>
#include <span>
#include <string>
#include <string_view>

#include "assay/result.h"

#include "base/json_node.h"
#include "tokenizer/bpe.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/merge_reader.h"

namespace assay::tok {

class HfModelReader {
 public:
  // Both outlive the reader.
  HfModelReader(const JsonNode& model, TokenizerParts* parts)
      : model_(model), vocabulary_(*parts->vocabulary), parts_(parts) {}

  // Fills in the vocabulary and the merges. Errors: kParse, kUnsupported, with the JSON path.
  [[nodiscard]] Status Read();

  // The id of a token by its text in the file; negative if there is none.
  [[nodiscard]] TokenId Find(std::string_view text);
  // Tokens that were read.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct NewWord {
    TokenId id = -1;
    std::string_view text;  // in the file
    WordTable::Key key;
  };
  Status CheckKind() const;
  Status ReadVocabulary();
  // The table is not to be used before the result is there.
  [[nodiscard]] std::future<void> ReserveMerges();
  Status ReadMerges();
  void InsertMerges(std::span<const MergeIds> ids);
  Status AddWords(std::span<const NewWord> words, std::string_view path);
  Status ReadUnknown();

  const JsonNode& model_;
  Vocabulary& vocabulary_;
  TokenizerParts* parts_;
  MergeTable merges_;
  std::uint32_t rank_ = 0;  // of the next merge
  BpeSettings settings_;
  std::size_t size_ = 0;
  UnspelledTokens unspelled_;
  std::string spelled_;
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_HF_MODEL_H_
