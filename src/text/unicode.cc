#include "text/unicode.h"

#include <algorithm>
#include <iterator>

#include "text/unicode_tables.h"

namespace assay {
namespace {

constexpr char32_t kCapitalIWithDot = 0x130;
constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kSmallSigma = 0x3C3;
constexpr char32_t kFinalSigma = 0x3C2;

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

template <typename Run, std::size_t kSize>
const Run* FindRun(const Run (&runs)[kSize], char32_t c) {
  const Run* after = std::upper_bound(std::begin(runs), std::end(runs), c,
                                      [](char32_t value, const Run& r) { return value < r.first; });
  if (after == std::begin(runs)) return nullptr;
  const Run* run = after - 1;
  return c <= run->last && (c - run->first) % run->step == 0 ? run : nullptr;
}

void AppendUtf8(char32_t c, std::string& out) {
  const auto trail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80U | ((c >> shift) & 0x3FU)));
  };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (c >> 6U)));
    trail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (c >> 12U)));
    trail(6);
    trail(0);
  } else {
    out.push_back(static_cast<char>(0xF0U | (c >> 18U)));
    trail(12);
    trail(6);
    trail(0);
  }
}

// The code point that ends at `utf8[end - 1]`.
CodePoint DecodeBefore(std::string_view utf8, std::size_t end) {
  std::size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && IsContinuation(utf8[begin])) --begin;
  const CodePoint c = DecodeAt(utf8, begin);
  return begin + c.size_bytes == end ? c : CodePoint{0xFFFD, 1};
}

// Is the capital sigma in utf8[begin, end) the last letter of a word?
// Source: The Unicode Standard, table 3-17, Final_Sigma.
bool IsFinalSigma(std::string_view utf8, std::size_t begin, std::size_t end) {
  bool cased_before = false;
  for (std::size_t at = begin; at > 0;) {
    const CodePoint c = DecodeBefore(utf8, at);
    at -= c.size_bytes;
    if (FindRun(kCaseIgnorableRuns, c.value) == nullptr) {
      cased_before = FindRun(kCasedNotIgnorableRuns, c.value) != nullptr;
      break;
    }
  }
  if (!cased_before) return false;
  for (std::size_t at = end; at < utf8.size();) {
    const CodePoint c = DecodeAt(utf8, at);
    at += c.size_bytes;
    if (FindRun(kCaseIgnorableRuns, c.value) == nullptr) {
      return FindRun(kCasedNotIgnorableRuns, c.value) == nullptr;
    }
  }
  return true;
}

}  // namespace

CodePoint DecodeAt(std::string_view utf8, std::size_t at) {
  constexpr CodePoint kIllFormed{0xFFFD, 1};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[at + i]); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || utf8.size() - at < size) return kIllFormed;
  char32_t value = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!IsContinuation(utf8[at + i])) return kIllFormed;
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  constexpr char32_t kSmallestOfSize[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallestOfSize[size] || value > 0x10FFFF || surrogate) return kIllFormed;
  return {value, size};
}

bool IsSpace(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x9 && c <= 0xD) || (c >= 0x1C && c <= 0x1F);
  return FindRun(kSpaceRuns, c) != nullptr;
}

bool IsDecimal(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return FindRun(kDecimalRuns, c) != nullptr;
}

bool IsWord(char32_t c) {
  return FindRun(kWordRuns, c) != nullptr;
}
bool IsUpper(char32_t c) {
  return FindRun(kUpperRuns, c) != nullptr;
}
bool IsLower(char32_t c) {
  return FindRun(kLowerCaseRuns, c) != nullptr;
}

std::string Lower(std::string_view utf8) {
  std::string lower;
  lower.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const CodePoint c = DecodeAt(utf8, at);
    const std::size_t end = at + c.size_bytes;
    if (c.value == kCapitalIWithDot) {
      lower += "i\u0307";
    } else if (c.value == kCapitalSigma) {
      AppendUtf8(IsFinalSigma(utf8, at, end) ? kFinalSigma : kSmallSigma, lower);
    } else if (const LowerRun* run = FindRun(kLowerRuns, c.value); run != nullptr) {
      AppendUtf8(static_cast<char32_t>(static_cast<std::int32_t>(c.value) + run->distance), lower);
    } else {
      lower += utf8.substr(at, c.size_bytes);
    }
    at = end;
  }
  return lower;
}

std::size_t SpaceSize(std::string_view utf8, std::size_t at) {
  const auto byte = static_cast<unsigned char>(utf8[at]);
  if (byte < 0x80) {
    const bool space =
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F);
    return space ? 1 : 0;
  }
  const CodePoint c = DecodeAt(utf8, at);
  return IsSpace(c.value) ? c.size_bytes : 0;
}

std::string_view StripRight(std::string_view utf8) {
  while (!utf8.empty()) {
    const CodePoint c = DecodeBefore(utf8, utf8.size());
    if (!IsSpace(c.value)) break;
    utf8.remove_suffix(c.size_bytes);
  }
  return utf8;
}

std::string_view Strip(std::string_view utf8) {
  while (!utf8.empty()) {
    const std::size_t size = SpaceSize(utf8, 0);
    if (size == 0) break;
    utf8.remove_prefix(size);
  }
  return StripRight(utf8);
}

}  // namespace assay
