// Llama 3's tokenizer.model: lines of a token in base64 and its rank.

#ifndef ASSAY_TOKENIZER_TIKTOKEN_FILE_H_
#define ASSAY_TOKENIZER_TIKTOKEN_FILE_H_

#include <string_view>

#include "assay/result.h"

#include "tokenizer/bpe_tokenizer.h"

namespace assay::tok {

// The file says neither how texts are split nor what the special tokens are. Both are those of
// Llama 3.1, and only a file with as many tokens as Llama 3's has is taken.
//
// `where` names the file in errors.
// Errors: kParse with the line; kUnsupported for another number of tokens.
// Source: meta-llama/llama-models, models/llama3/tokenizer.py.
[[nodiscard]] Result<TokenizerParts> ParseTiktokenFile(std::string_view text,
                                                       std::string_view where);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_TIKTOKEN_FILE_H_
