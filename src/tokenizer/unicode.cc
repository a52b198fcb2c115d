#include "tokenizer/unicode.h"

#include <algorithm>
#include <iterator>

namespace assay::tok {
namespace {

struct Run {
  std::uint32_t first;
  std::uint8_t entry;
};
constexpr std::uint32_t kCodePoints = 0x110000;
constexpr std::uint8_t kAssignedAfter14 = 0x20;
constexpr std::uint8_t kCategoryMask = 0x1F;

constexpr Run kRuns[] = {
#include "tokenizer/unicode_categories.inc"
};

constexpr std::string_view kCategories[] = {
    "Cn", "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl",
    "No", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs"};

// The property White_Space, the same in both versions.
constexpr std::pair<char32_t, char32_t> kWhiteSpace[] = {
    {0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
    {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};
constexpr Range kWordCharacters[] = {
#include "tokenizer/word_characters.inc"
};

std::string_view CategoryOf(std::uint8_t entry, UnicodeVersion version) {
  const bool unassigned = version == UnicodeVersion::kV14 && (entry & kAssignedAfter14) != 0;
  return kCategories[unassigned ? 0 : entry & kCategoryMask];
}

std::uint8_t ClassOf(std::string_view category) {
  switch (category[0]) {
    case 'L':
      return kLetter;
    case 'M':
      return kMark;
    case 'N':
      return kNumber;
    case 'P':
      return kPunctuation;
    case 'S':
      return kSymbol;
    default:
      return 0;
  }
}

// Calls fn(first, end, category) for each run of one category.
template <typename Fn>
void ForEachRun(UnicodeVersion version, Fn fn) {
  for (std::size_t i = 0; i < std::size(kRuns); ++i) {
    const std::uint32_t end = i + 1 < std::size(kRuns) ? kRuns[i + 1].first : kCodePoints;
    fn(kRuns[i].first, end, CategoryOf(kRuns[i].entry, version));
  }
}

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80;
}

}  // namespace

const CharClasses& CharClasses::Of(UnicodeVersion version) {
  static const CharClasses v14(UnicodeVersion::kV14);
  static const CharClasses v15(UnicodeVersion::kV15);
  return version == UnicodeVersion::kV14 ? v14 : v15;
}

CharClasses::CharClasses(UnicodeVersion version) {
  std::vector<std::uint8_t> flat(kCodePoints);
  ForEachRun(version, [&](std::uint32_t first, std::uint32_t end, std::string_view category) {
    std::fill(flat.begin() + first, flat.begin() + end, ClassOf(category));
  });
  for (const auto& [first, last] : kWhiteSpace) {
    for (char32_t c = first; c <= last; ++c) flat[c] |= kSpace;
  }
  // Most blocks are uniform and equal to the one before them.
  for (std::size_t block = 0; block < block_of_.size(); ++block) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(block << 8U);
    const bool same =
        entries_.size() >= 256 && std::equal(begin, begin + 256, entries_.end() - 256);
    if (!same) entries_.insert(entries_.end(), begin, begin + 256);
    block_of_[block] = static_cast<std::uint16_t>(entries_.size() / 256 - 1);
  }
}

std::optional<CodePointRanges> RangesOfCategory(std::string_view name, UnicodeVersion version) {
  if (name == "space") return CodePointRanges(std::begin(kWhiteSpace), std::end(kWhiteSpace));
  const auto belongs = [name](std::string_view category) { return category.starts_with(name); };
  if (name.empty() || std::none_of(std::begin(kCategories), std::end(kCategories), belongs)) {
    return std::nullopt;
  }
  CodePointRanges ranges;
  ForEachRun(version, [&](std::uint32_t first, std::uint32_t end, std::string_view category) {
    if (!belongs(category)) return;
    if (!ranges.empty() && ranges.back().second + 1 == first) {
      ranges.back().second = end - 1;
    } else {
      ranges.emplace_back(first, end - 1);
    }
  });
  return ranges;
}

bool IsWordCharacter(char32_t code_point) {
  const auto* const range =
      std::lower_bound(std::begin(kWordCharacters), std::end(kWordCharacters), code_point,
                       [](const Range& r, char32_t c) { return r.last < c; });
  return range != std::end(kWordCharacters) && range->first <= code_point;
}

DecodedChar DecodeUtf8(const char* p, const char* end) {
  const auto byte = [p](int i) { return static_cast<unsigned char>(p[i]); };
  const std::ptrdiff_t left = end - p;
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xC2 && lead <= 0xDF && left >= 2 && IsContinuation(p[1])) {
    return {((lead & 0x1FU) << 6U) | (byte(1) & 0x3FU), 2};
  }
  if (lead >= 0xE0 && lead <= 0xEF && left >= 3 && IsContinuation(p[1]) && IsContinuation(p[2])) {
    const char32_t c = ((lead & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
    if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) return {c, 3};
  }
  if (lead >= 0xF0 && lead <= 0xF4 && left >= 4 && IsContinuation(p[1]) && IsContinuation(p[2]) &&
      IsContinuation(p[3])) {
    const char32_t c = ((lead & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) |
                       ((byte(2) & 0x3FU) << 6U) | (byte(3) & 0x3FU);
    if (c >= 0x10000 && c < kCodePoints) return {c, 4};
  }
  return {};
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto put = [out](char32_t value) { out->push_back(static_cast<char>(value)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0U | (code_point >> 6U));
    put(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    put(0xE0U | (code_point >> 12U));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  } else {
    put(0xF0U | (code_point >> 18U));
    put(0x80U | ((code_point >> 12U) & 0x3FU));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  }
}

}  // namespace assay::tok
