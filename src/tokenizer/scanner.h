// Hand-made scanners for the split patterns that byte-level tokenizers use.
//
// Each cuts a text into the successive matches of one regular expression; the expressions match at
// every position, so that the pieces cover the text. A byte that is no UTF-8 counts as a character
// that is neither letter, number nor white space.

#ifndef ASSAY_TOKENIZER_SCANNER_H_
#define ASSAY_TOKENIZER_SCANNER_H_

#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/unicode.h"

namespace assay::tok {

enum class ScanPattern {
  kGpt2,    // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  kLlama3,  // (?i:'s|...|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|...
  kQwen2,   // as kLlama3 with \p{N}
  kQwen35,  // as kQwen2, and marks are letters
};

// How far (?i:'s) goes: Oniguruma folds U+017F (long s) to s, llama.cpp only ASCII letters.
enum class CaseFolding { kUnicode, kAscii };

// The pattern whose regular expression, as tokenizer.json files spell it, is `regex`.
[[nodiscard]] std::optional<ScanPattern> ScanPatternOf(std::string_view regex);
// That regular expression.
[[nodiscard]] std::string_view RegexOf(ScanPattern pattern);

// Appends the pieces of `text` to `pieces`. They are views into it, in order, none empty.
void Scan(ScanPattern pattern, const CharClasses& classes, CaseFolding folding,
          std::string_view text, std::vector<std::string_view>* pieces);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_SCANNER_H_
