// Code points: out of UTF-8, and what kind they are to a pre-tokenizer.

#ifndef ASSAY_TOKENIZER_UNICODE_H_
#define ASSAY_TOKENIZER_UNICODE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::tok {

// The Unicode versions that the tokenizers of record were built with: 14.0 is Oniguruma's in the
// Hugging Face tokenizers, 15.1 is llama.cpp's and (as far as numbers go) Rust's.
enum class UnicodeVersion { kV14, kV15 };

// What a code point is; a code point can be several of these.
inline constexpr std::uint8_t kLetter = 1;        // \p{L}
inline constexpr std::uint8_t kNumber = 2;        // \p{N}
inline constexpr std::uint8_t kSpace = 4;         // \s: the property White_Space
inline constexpr std::uint8_t kMark = 8;          // \p{M}
inline constexpr std::uint8_t kPunctuation = 16;  // \p{P}
inline constexpr std::uint8_t kSymbol = 32;       // \p{S}

// The classes above for every code point.
class CharClasses {
 public:
  // Lives until exit. Thread-safe.
  static const CharClasses& Of(UnicodeVersion version);

  [[nodiscard]] std::uint8_t operator[](char32_t code_point) const {
    return code_point < 0x110000
               ? entries_[(std::size_t{block_of_[code_point >> 8U]} << 8U) | (code_point & 0xFFU)]
               : std::uint8_t{0};
  }
  // The classes of the first 256 code points.
  [[nodiscard]] const std::uint8_t* latin() const { return entries_.data(); }

 private:
  explicit CharClasses(UnicodeVersion version);

  std::array<std::uint16_t, 0x1100> block_of_{};
  std::vector<std::uint8_t> entries_;
};

// The code points of a general category ("Lu"), of a group of them ("L") or White_Space ("space"),
// as ascending inclusive ranges; nullopt if there is no category of that name.
using CodePointRanges = std::vector<std::pair<char32_t, char32_t>>;
[[nodiscard]] std::optional<CodePointRanges> RangesOfCategory(std::string_view name,
                                                              UnicodeVersion version);

// \w of the Hugging Face tokenizers, which decides whether an added token is a word of its own.
[[nodiscard]] bool IsWordCharacter(char32_t code_point);

// Stands for a byte that begins no well-formed UTF-8 sequence; it is above every code point.
inline constexpr char32_t kIllFormed = 0xFFFFFFFF;

struct DecodedChar {
  char32_t code_point = kIllFormed;
  std::uint32_t size = 1;  // bytes
};

// The character at p. REQUIRES: p < end.
// Value: kIllFormed with size 1 where no well-formed sequence begins.
[[nodiscard]] DecodedChar DecodeUtf8(const char* p, const char* end);

void AppendUtf8(char32_t code_point, std::string* out);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_UNICODE_H_
