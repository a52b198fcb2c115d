#include "tokenizer/scanner.h"

#include <cstddef>
#include <iterator>

namespace assay::tok {
namespace {

constexpr std::string_view kRegexes[] = {
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}|)"
    R"( ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
};

// One character: where it ends and what it is.
struct Char {
  const char* end;
  std::uint8_t classes;
};

class Scanner {
 public:
  Scanner(const CharClasses& classes, CaseFolding folding, std::string_view text)
      : classes_(classes),
        ascii_(classes.latin()),
        folding_(folding),
        begin_(text.data()),
        end_(text.data() + text.size()) {}

  template <typename Next>
  void Run(Next next, std::vector<std::string_view>* pieces) const {
    for (const char* p = begin_; p != end_;) {
      const char* const piece_end = next(*this, p);
      pieces->emplace_back(p, static_cast<std::size_t>(piece_end - p));
      p = piece_end;
    }
  }

  // The end of the match of kGpt2's expression at p.
  [[nodiscard]] const char* NextGpt2(const char* p) const {
    if (*p == '\'') {
      if (const char* end = Contraction(p, /*any_case=*/false)) return end;
    }
    const char* const q = *p == ' ' && p + 1 != end_ ? p + 1 : p;
    const Char first = At(q);
    if ((first.classes & kLetter) != 0) return SkipAll(first.end, kLetter);
    if ((first.classes & kNumber) != 0) return SkipAll(first.end, kNumber);
    if ((first.classes & kSpace) == 0) return SkipNone(first.end, kSpace | kLetter | kNumber);
    return WhiteSpace(p);
  }

  // The end of the match of kLlama3's expression, or one of its relatives', at p.
  template <int kMaxDigits, std::uint8_t kWord>
  [[nodiscard]] const char* NextLlama3(const char* p) const {
    if (*p == '\'') {
      if (const char* end = Contraction(p, /*any_case=*/true)) return end;
    }
    const Char first = At(p);
    if ((first.classes & kWord) != 0) return SkipAll(first.end, kWord);
    if ((first.classes & kNumber) != 0) return Digits(first.end, kMaxDigits - 1);
    const bool newline = *p == '\r' || *p == '\n';
    if (!newline && first.end != end_) {
      const Char second = At(first.end);
      if ((second.classes & kWord) != 0) return SkipAll(second.end, kWord);
      constexpr std::uint8_t kNoSymbol = kSpace | kWord | kNumber;
      if (*p == ' ' && (second.classes & kNoSymbol) == 0) {
        return Newlines(SkipNone(second.end, kNoSymbol));
      }
    }
    if ((first.classes & kSpace) == 0) {
      return Newlines(SkipNone(first.end, kSpace | kWord | kNumber));
    }
    return WhiteSpaceOrLineEnds(p);
  }

 private:
  [[nodiscard]] Char At(const char* p) const {
    const auto byte = static_cast<unsigned char>(*p);
    if (byte < 0x80) return {p + 1, ascii_[byte]};
    const DecodedChar c = DecodeUtf8(p, end_);
    return {p + c.size, classes_[c.code_point]};
  }

  // Past the characters from p on that are of one of `classes`.
  [[nodiscard]] const char* SkipAll(const char* p, std::uint8_t classes) const {
    while (p != end_) {
      const Char c = At(p);
      if ((c.classes & classes) == 0) break;
      p = c.end;
    }
    return p;
  }

  // Past the characters from p on that are of none of `classes`.
  [[nodiscard]] const char* SkipNone(const char* p, std::uint8_t classes) const {
    while (p != end_) {
      const Char c = At(p);
      if ((c.classes & classes) != 0) break;
      p = c.end;
    }
    return p;
  }

  [[nodiscard]] const char* Digits(const char* p, int at_most) const {
    for (; at_most > 0 && p != end_; --at_most) {
      const Char c = At(p);
      if ((c.classes & kNumber) == 0) break;
      p = c.end;
    }
    return p;
  }

  [[nodiscard]] const char* Newlines(const char* p) const {
    while (p != end_ && (*p == '\r' || *p == '\n')) ++p;
    return p;
  }

  // \s+(?!\S)|\s+ : a run of white space without its last character, unless it ends the text or is
  // that character alone.
  [[nodiscard]] const char* WhiteSpace(const char* p) const {
    const char* last = p;
    const char* q = p;
    while (q != end_) {
      const Char c = At(q);
      if ((c.classes & kSpace) == 0) return last == p ? q : last;
      last = q;
      q = c.end;
    }
    return end_;
  }

  // \s*[\r\n]+|\s+(?!\S)|\s+
  [[nodiscard]] const char* WhiteSpaceOrLineEnds(const char* p) const {
    const char* after_newline = nullptr;
    for (const char* q = p; q != end_;) {
      const Char c = At(q);
      if ((c.classes & kSpace) == 0) break;
      if (*q == '\r' || *q == '\n') after_newline = c.end;
      q = c.end;
    }
    return after_newline != nullptr ? after_newline : WhiteSpace(p);
  }

  // The end of 's|'t|'re|'ve|'m|'ll|'d at p, which holds the apostrophe; nullptr if there is none.
  [[nodiscard]] const char* Contraction(const char* p, bool any_case) const {
    const auto letter = [&](std::ptrdiff_t i) {
      if (end_ - p <= i) return '\0';
      const char c = p[i];
      return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    switch (letter(1)) {
      case 's':
      case 't':
      case 'm':
      case 'd':
        return p + 2;
      case 'r':
      case 'v':
        return letter(2) == 'e' ? p + 3 : nullptr;
      case 'l':
        return letter(2) == 'l' ? p + 3 : nullptr;
      case '\xC5':  // U+017F, which folds to s
        return any_case && folding_ == CaseFolding::kUnicode && letter(2) == '\xBF' ? p + 3
                                                                                    : nullptr;
      default:
        return nullptr;
    }
  }

  const CharClasses& classes_;
  const std::uint8_t* ascii_;
  CaseFolding folding_;
  const char* begin_;
  const char* end_;
};

}  // namespace

std::optional<ScanPattern> ScanPatternOf(std::string_view regex) {
  for (std::size_t i = 0; i < std::size(kRegexes); ++i) {
    if (kRegexes[i] == regex) return static_cast<ScanPattern>(i);
  }
  return std::nullopt;
}

std::string_view RegexOf(ScanPattern pattern) {
  return kRegexes[static_cast<std::size_t>(pattern)];
}

void Scan(ScanPattern pattern, const CharClasses& classes, CaseFolding folding,
          std::string_view text, std::vector<std::string_view>* pieces) {
  const Scanner scanner(classes, folding, text);
  switch (pattern) {
    case ScanPattern::kGpt2:
      scanner.Run([](const Scanner& s, const char* p) { return s.NextGpt2(p); }, pieces);
      return;
    case ScanPattern::kLlama3:
      scanner.Run([](const Scanner& s, const char* p) { return s.NextLlama3<3, kLetter>(p); },
                  pieces);
      return;
    case ScanPattern::kQwen2:
      scanner.Run([](const Scanner& s, const char* p) { return s.NextLlama3<1, kLetter>(p); },
                  pieces);
      return;
    case ScanPattern::kQwen35:
      scanner.Run(
          [](const Scanner& s, const char* p) { return s.NextLlama3<1, kLetter | kMark>(p); },
          pieces);
      return;
  }
}

}  // namespace assay::tok
