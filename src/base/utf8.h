// UTF-8 validation, for the border where bytes become text.

#ifndef ASSAY_BASE_UTF8_H_
#define ASSAY_BASE_UTF8_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace assay {

// Value: the byte offset of the first ill-formed sequence, or nullopt if `bytes` is well-formed
// UTF-8. Overlong forms, surrogates and values above U+10FFFF are ill-formed.
// Source: The Unicode Standard 14.0, table 3-7.
[[nodiscard]] std::optional<std::size_t> FirstInvalidUtf8(std::string_view bytes);

// Value: the number of code points. REQUIRES: well-formed UTF-8 (each byte that is no continuation
// byte counts otherwise).
[[nodiscard]] std::size_t CountCodePoints(std::string_view utf8);

}  // namespace assay

#endif  // ASSAY_BASE_UTF8_H_
