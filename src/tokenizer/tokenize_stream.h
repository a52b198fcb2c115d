// The verb `assay tokenize`: JSON lines in, JSON lines out.

#ifndef ASSAY_TOKENIZER_TOKENIZE_STREAM_H_
#define ASSAY_TOKENIZER_TOKENIZE_STREAM_H_

#include <iosfwd>
#include <optional>
#include <string_view>

#include "assay/result.h"
#include "assay/tokenizer.h"

namespace assay {

enum class TokenizeMode {
  kEncode,  // {"text":"..."} -> {"ids":[...]}
  kCount,   // {"text":"..."} -> {"count":N}
  kDecode,  // {"ids":[...]} -> {"text":"..."}
};

struct TokenizeStreamOptions {
  TokenizeMode mode = TokenizeMode::kEncode;
  EncodeOptions encode{};
  DecodeOptions decode{};
  // kEncode: padded, and "attention_mask" tells ids (1) from padding (0).
  std::optional<Padding> padding = std::nullopt;
};

// Answers each line of `in` by one line on `out` until `in` ends. A line is answered before the
// next one is waited for. Other members of a line's object are not looked at.
//
// `where` names the input in errors.
// Errors: kParse with the number of the line: no JSON object, a member missing or of another type;
// kInvalidArgument for an id that is no token; kIo if `out` cannot be written. The lines before it
// have been answered then.
[[nodiscard]] Status TokenizeStream(const Tokenizer& tokenizer, std::istream& in, std::ostream& out,
                                    const TokenizeStreamOptions& options, std::string_view where);

}  // namespace assay

#endif  // ASSAY_TOKENIZER_TOKENIZE_STREAM_H_
