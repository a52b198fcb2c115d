// GPT-2's alphabet: 256 printable characters that stand for the 256 bytes in vocabulary files.

#ifndef ASSAY_TOKENIZER_BYTE_LEVEL_H_
#define ASSAY_TOKENIZER_BYTE_LEVEL_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::tok {

// Appends the bytes that `token` spells in the alphabet to `bytes`.
// Value: false, with `bytes` as it was, if some character of `token` is not in the alphabet.
// Source: bytes_to_unicode of GPT-2's encoder.py.
[[nodiscard]] bool AppendSpelledBytes(std::string_view token, std::string* bytes);

// The same for many tokens: writes to `to`, where there is room for kSpellingRoom bytes more than
// `token` has. As many bytes behind `token` can be read, whatever they are.
// Value: one behind the last byte spelled; nullptr where AppendSpelledBytes has false.
inline constexpr std::size_t kSpellingRoom = 8;
[[nodiscard]] char* SpellBytes(std::string_view token, char* to);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_BYTE_LEVEL_H_
