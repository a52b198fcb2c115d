// What stands beside a tokenizer: tokenizer_config.json, generation_config.json and, as older
// folders have them, special_tokens_map.json and added_tokens.json; config.json, where it decides
// on the class.

#ifndef ASSAY_TOKENIZER_TOKENIZER_SETTINGS_H_
#define ASSAY_TOKENIZER_TOKENIZER_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "base/file.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/tokenizer_class.h"

namespace assay::tok {

// bos_token, eos_token, ..., or one of additional_special_tokens.
struct SpecialToken {
  AddedToken token;        // without an id
  bool has_flags = false;  // it stood there as an object
  bool is_additional = false;
  bool is_default = false;  // no settings name it
};

// One that no settings name.
[[nodiscard]] SpecialToken UnnamedToken(std::string_view text);

struct TokenizerSettings {
  // clean_up_tokenization_spaces of tokenizer_config.json; false if that file does not say it, as
  // in transformers 4.46.2 (whatever its documentation says); nullopt if there is no such file.
  std::optional<bool> clean_up_spaces;
  std::optional<std::string> eos_token;  // its text
  bool eos_is_named = false;             // by a file, not only by the class
  std::optional<std::string> bos_token;
  // There is an added_tokens_decoder. Then the two older files do not count.
  bool lists_added_tokens = false;
  // added_tokens_decoder, or else added_tokens.json, ascending by id; special too where one of
  // special_tokens names them.
  std::vector<AddedToken> added_tokens;
  std::vector<SpecialToken> special_tokens;
  // Where among these the padding token stands that a tokenizer.json itself names; nullopt: that
  // one does not count.
  std::optional<std::size_t> padding_place;
  const TokenizerClass* tokenizer_class = nullptr;  // nullptr: no file names one
  std::string unsupported;  // why a tokenizer.json beside them is not read; empty: it is
  std::optional<bool> add_bos_token, add_eos_token, add_prefix_space;
  std::vector<std::uint64_t> end_ids;        // generation_config.json's eos_token_id
  std::map<std::string, std::string> files;  // that were there and read: SHA-256 by name
};

// Absent files and members are absent settings. Errors: kIo, kParse naming file and member.
[[nodiscard]] Result<TokenizerSettings> ReadTokenizerSettings(const fs::path& folder);

// Only tokenizer_config.json's own settings of decoding: a GGUF knows the rest. Errors: the same.
[[nodiscard]] Result<TokenizerSettings> ReadDecodingSettings(const fs::path& folder);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_TOKENIZER_SETTINGS_H_
