// The vocabulary inside a GGUF file, used as llama.cpp uses it.

#ifndef ASSAY_TOKENIZER_GGUF_TOKENIZER_H_
#define ASSAY_TOKENIZER_GGUF_TOKENIZER_H_

#include <string_view>

#include "assay/result.h"

#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/gguf.h"

namespace assay::tok {

// Is this metadata key one that BuildGgufTokenizer looks at or that identifies the vocabulary?
[[nodiscard]] bool IsTokenizerKey(std::string_view key);

// `metadata` holds the values of IsTokenizerKey's keys. `where` names the file in errors.
// Value: tokens, end tokens and settings as llama.cpp derives them from the same keys.
// Errors: kParse: a key is absent, of another type or contradicts another; kUnsupported: a
// vocabulary that is no byte-level BPE, a pre type without a known pattern.
// Source: llama.cpp src/llama-vocab.cpp as in llama-cpp-python 0.3.36.
[[nodiscard]] Result<TokenizerParts> BuildGgufTokenizer(const GgufMetadata& metadata,
                                                        std::string_view where);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_GGUF_TOKENIZER_H_
