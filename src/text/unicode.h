// Python's str: white space, case and the classes of its regular expressions, on UTF-8.

#ifndef ASSAY_TEXT_UNICODE_H_
#define ASSAY_TEXT_UNICODE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

struct CodePoint {
  char32_t value = 0;
  std::size_t size_bytes = 0;
};

// The code point that begins at `utf8[at]`. REQUIRES: at < utf8.size().
// Value: {U+FFFD, 1} where no well-formed sequence begins.
[[nodiscard]] CodePoint DecodeAt(std::string_view utf8, std::size_t at);

// Value: str.isspace() of the character, which is also the \s of Python's regular expressions.
// Source: CPython 3.11, Unicode 14.0; so for all of this file.
[[nodiscard]] bool IsSpace(char32_t c);
// Value: \d, \w, str.isupper(), str.islower().
[[nodiscard]] bool IsDecimal(char32_t c);
[[nodiscard]] bool IsWord(char32_t c);
[[nodiscard]] bool IsUpper(char32_t c);
[[nodiscard]] bool IsLower(char32_t c);

// Value: str.lower(): context-free but for U+0130, which becomes two code points, and for a capital
// sigma, which becomes the final form at the end of a word. Ill-formed bytes stay as they are.
[[nodiscard]] std::string Lower(std::string_view utf8);

// Value: the size in bytes of the white-space character at `utf8[at]`, 0 if there is none.
// REQUIRES: at < utf8.size().
[[nodiscard]] std::size_t SpaceSize(std::string_view utf8, std::size_t at);

// Value: str.rstrip() and str.strip(), as a view into `utf8`.
[[nodiscard]] std::string_view StripRight(std::string_view utf8);
[[nodiscard]] std::string_view Strip(std::string_view utf8);

}  // namespace assay

#endif  // ASSAY_TEXT_UNICODE_H_
