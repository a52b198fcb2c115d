// What stands beside a tokenizer: tokenizer_config.json and generation_config.json.

#ifndef ASSAY_TOKENIZER_TOKENIZER_SETTINGS_H_
#define ASSAY_TOKENIZER_TOKENIZER_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/result.h"

#include "base/file.h"
#include "tokenizer/added_tokens.h"

namespace assay::tok {

struct TokenizerSettings {
  // clean_up_tokenization_spaces of tokenizer_config.json; false if that file does not say it, as
  // in transformers 4.46.2 (whatever its documentation says); nullopt if there is no such file.
  std::optional<bool> clean_up_spaces;
  std::optional<std::string> eos_token;    // its text
  std::vector<AddedToken> added_tokens;    // added_tokens_decoder, ascending by id
  std::vector<std::string> special_texts;  // bos_token, eos_token, ..., additional_special_tokens
  std::vector<std::uint64_t> end_ids;      // generation_config.json's eos_token_id
};

// Absent files and members are absent settings. Errors: kIo, kParse naming file and member.
[[nodiscard]] Result<TokenizerSettings> ReadTokenizerSettings(const fs::path& folder);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_TOKENIZER_SETTINGS_H_
