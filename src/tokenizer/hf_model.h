// The model of a Hugging Face tokenizer.json: vocabulary and merges.

#ifndef ASSAY_TOKENIZER_HF_MODEL_H_
#define ASSAY_TOKENIZER_HF_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "base/json_node.h"
#include "base/worker_threads.h"
#include "tokenizer/bpe.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/hf_document.h"
#include "tokenizer/merge_reader.h"

namespace assay::tok {

class HfModelReader {
 public:
  // All outlive the reader. `model`: the document's.
  HfModelReader(HfDocument* document, const JsonNode& model, WorkerThreads* helper,
                TokenizerParts* parts)
      : document_(*document),
        model_(model),
        helper_(*helper),
        vocabulary_(*parts->vocabulary),
        parts_(parts) {}

  // Is it byte-level BPE's model? Errors: kUnsupported, which names what it is; kParse.
  [[nodiscard]] Status CheckKind() const;
  // Fills in the vocabulary and the merges. REQUIRES: CheckKind. Errors: kParse, kUnsupported, with
  // the JSON path.
  [[nodiscard]] Status Read();

  // The id of a token by its text in the file; negative if there is none.
  [[nodiscard]] TokenId Find(std::string_view text) const {
    return FindToken(vocabulary_, unspelled_, text);
  }
  // Tokens that were read.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct NewWord {
    TokenId id = -1;
    WordTable::Key key;
  };
  Status ReadVocabulary();
  Status AddToken(std::string_view text, std::optional<std::uint64_t> id, std::string_view path);
  Status FindMerges();
  Status ReadMerges();
  void InsertMerges(std::span<const MergeIds> ids);
  Status InsertWords(std::string_view path);
  Status ReadUnknown();

  HfDocument& document_;
  const JsonNode& model_;
  WorkerThreads& helper_;
  Vocabulary& vocabulary_;
  TokenizerParts* parts_;
  std::vector<NewWord> new_words_;  // not yet in the table
  MergeTable merges_;
  std::uint32_t rank_ = 0;  // of the next merge
  BpeSettings settings_;
  std::size_t size_ = 0;
  UnspelledTokens unspelled_;
  std::string spelled_;  // room for what a token spells
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_HF_MODEL_H_
