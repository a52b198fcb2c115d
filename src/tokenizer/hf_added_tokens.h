// The added tokens of a tokenizer.json, and of the settings beside it.

#ifndef ASSAY_TOKENIZER_HF_ADDED_TOKENS_H_
#define ASSAY_TOKENIZER_HF_ADDED_TOKENS_H_

#include "assay/result.h"

#include "base/json_node.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/hf_model.h"
#include "tokenizer/tokenizer_settings.h"

namespace assay::tok {

// `root`: the file. `model` has read its own part. Writes the added and the special tokens of
// `parts`, and the bytes of those that the model does not have.
// Errors: kParse, kUnsupported; naming what the file or the settings ask for.
// Source: tokenizers 0.20.3, AddedVocabulary; transformers 4.46.2, PreTrainedTokenizerFast.
[[nodiscard]] Status ReadAddedTokens(const JsonNode& root, const TokenizerSettings& settings,
                                     HfModelReader* model, TokenizerParts* parts);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_HF_ADDED_TOKENS_H_
