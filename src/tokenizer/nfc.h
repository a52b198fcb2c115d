// Unicode Normalization Form C, as the Hugging Face tokenizers do it.

#ifndef ASSAY_TOKENIZER_NFC_H_
#define ASSAY_TOKENIZER_NFC_H_

#include <optional>
#include <string>
#include <string_view>

namespace assay::tok {

// Value: `text` in NFC; nullopt if it is in NFC already. A byte that is no UTF-8 stays as it is and
// combines with nothing. Thread-safe.
// Source: Unicode Standard Annex #15 with the data of Unicode 9.0, which the Hugging Face
// tokenizers 0.20.3 carry.
[[nodiscard]] std::optional<std::string> ToNfc(std::string_view text);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_NFC_H_
