// A Hugging Face tokenizer.json, and the settings that stand beside it.

#ifndef ASSAY_TOKENIZER_HF_TOKENIZER_H_
#define ASSAY_TOKENIZER_HF_TOKENIZER_H_

#include <string_view>

#include <simdjson.h>

#include "assay/result.h"

#include "base/worker_threads.h"
#include "tokenizer/bpe_tokenizer.h"
#include "tokenizer/tokenizer_settings.h"

namespace assay::tok {

// `json`: the file's bytes. `settings`: what stands beside it; its added tokens and special tokens
// are added to those of the file, and change their flags, as transformers does. `where` names the
// file in errors. The truncation and padding that the file may hold are not applied: they are the
// caller's, as in transformers. Value: everything but the end tokens. Errors: kParse for damage;
// kUnsupported, naming the JSON path and what stands there. `helper` does a part of the work; what
// it was given before comes first, nothing is left to it.
[[nodiscard]] Result<TokenizerParts> ParseHfTokenizer(const simdjson::padded_string& json,
                                                      const TokenizerSettings& settings,
                                                      std::string_view where,
                                                      WorkerThreads* helper);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_HF_TOKENIZER_H_
