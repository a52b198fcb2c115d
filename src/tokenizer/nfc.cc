#include "tokenizer/nfc.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "tokenizer/unicode.h"

namespace assay::tok {
namespace {

struct Decomposition {
  char32_t code_point;
  std::array<char32_t, 4> parts;  // the rest are zeros
};
struct CombiningRange {
  char32_t first;
  char32_t last;
  std::uint8_t combining_class;
};
struct Composition {
  char32_t first;
  char32_t second;
  char32_t composed;
};
#include "tokenizer/nfc_tables.inc"

// Hangul syllables follow from arithmetic. Source: The Unicode Standard 9.0, 3.12.
constexpr char32_t kSyllableBase = 0xAC00;
constexpr char32_t kLeadBase = 0x1100;
constexpr char32_t kVowelBase = 0x1161;
constexpr char32_t kTailBase = 0x11A7;  // one before the first tail
constexpr char32_t kLeads = 19;
constexpr char32_t kVowels = 21;
constexpr char32_t kTails = 28;
constexpr char32_t kSyllables = kLeads * kVowels * kTails;

struct Part {
  char32_t code_point = 0;  // kIllFormed: the byte `raw`
  std::uint8_t combining_class = 0;
  char raw = 0;
};

std::uint8_t CombiningClass(char32_t c) {
  const auto* const range =
      std::lower_bound(std::begin(kCombining), std::end(kCombining), c,
                       [](const CombiningRange& r, char32_t value) { return r.last < value; });
  return range != std::end(kCombining) && range->first <= c ? range->combining_class
                                                            : std::uint8_t{0};
}

const Decomposition* FindDecomposition(char32_t c) {
  const auto* const entry =
      std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), c,
                       [](const Decomposition& d, char32_t value) { return d.code_point < value; });
  return entry != std::end(kDecompositions) && entry->code_point == c ? entry : nullptr;
}

std::optional<char32_t> Compose(char32_t first, char32_t second) {
  if (first - kLeadBase < kLeads && second - kVowelBase < kVowels) {
    return kSyllableBase + ((first - kLeadBase) * kVowels + (second - kVowelBase)) * kTails;
  }
  if (first - kSyllableBase < kSyllables && (first - kSyllableBase) % kTails == 0 &&
      second > kTailBase && second - kTailBase < kTails) {
    return first + (second - kTailBase);
  }
  const auto* const entry = std::lower_bound(
      std::begin(kCompositions), std::end(kCompositions), Composition{first, second, 0},
      [](const Composition& a, const Composition& b) {
        return a.first != b.first ? a.first < b.first : a.second < b.second;
      });
  const bool found =
      entry != std::end(kCompositions) && entry->first == first && entry->second == second;
  return found ? std::optional(entry->composed) : std::nullopt;
}

// Code points at which a text may not be in NFC.
using Suspects = std::bitset<0x30000>;

const Suspects& SuspectCodePoints() {
  static const Suspects suspects = [] {
    Suspects set;
    for (const Decomposition& d : kDecompositions) set.set(d.code_point);
    for (const Composition& c : kCompositions) set.reset(c.composed);
    for (const Composition& c : kCompositions) set.set(c.second);
    for (const CombiningRange& r : kCombining) {
      for (char32_t c = r.first; c <= r.last; ++c) set.set(c);
    }
    for (char32_t v = 0; v < kVowels; ++v) set.set(kVowelBase + v);
    for (char32_t t = 1; t < kTails; ++t) set.set(kTailBase + t);
    return set;
  }();
  return suspects;
}

bool IsSurelyNfc(std::string_view text) {
  const Suspects& suspects = SuspectCodePoints();
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    // Below U+0300, whose first byte is 0xCC, nothing combines.
    if (static_cast<unsigned char>(*p) < 0xCC) {
      ++p;
      continue;
    }
    const DecodedChar c = DecodeUtf8(p, end);
    if (c.code_point < suspects.size() && suspects[c.code_point]) return false;
    p += c.size;
  }
  return true;
}

void AppendDecomposed(char32_t c, std::vector<Part>* parts) {
  if (c - kSyllableBase < kSyllables) {
    const char32_t s = c - kSyllableBase;
    parts->push_back({kLeadBase + s / (kVowels * kTails)});
    parts->push_back({kVowelBase + s % (kVowels * kTails) / kTails});
    if (s % kTails != 0) parts->push_back({kTailBase + s % kTails});
  } else if (const Decomposition* d = FindDecomposition(c)) {
    for (const char32_t part : d->parts) {
      if (part != 0) parts->push_back({part, CombiningClass(part)});
    }
  } else {
    parts->push_back({c, CombiningClass(c)});
  }
}

std::vector<Part> Decompose(std::string_view text) {
  std::vector<Part> parts;
  parts.reserve(text.size());
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const DecodedChar c = DecodeUtf8(p, end);
    if (c.code_point == kIllFormed) {
      parts.push_back({kIllFormed, 0, *p});
    } else {
      AppendDecomposed(c.code_point, &parts);
    }
    p += c.size;
  }
  return parts;
}

// Runs of combining marks in the order of their classes.
void Order(std::vector<Part>* parts) {
  for (auto begin = parts->begin(); begin != parts->end();) {
    if (begin->combining_class == 0) {
      ++begin;
      continue;
    }
    const auto end = std::find_if(begin, parts->end(),
                                  [](const Part& part) { return part.combining_class == 0; });
    std::stable_sort(begin, end, [](const Part& a, const Part& b) {
      return a.combining_class < b.combining_class;
    });
    begin = end;
  }
}

// Composes in place: each mark with the last starter before it, unless a mark between them that
// stays has the same class or a higher one.
void ComposeAll(std::vector<Part>* parts) {
  std::optional<std::size_t> starter;
  std::size_t kept = 0;
  std::uint8_t last_class = 0;  // of the parts kept since the starter; 0 if there are none
  for (const Part part : *parts) {
    const bool adjacent = starter && kept == *starter + 1;
    if (starter && (adjacent || (last_class != 0 && last_class < part.combining_class))) {
      if (const auto composed = Compose((*parts)[*starter].code_point, part.code_point)) {
        (*parts)[*starter].code_point = *composed;
        continue;
      }
    }
    if (part.combining_class == 0) starter = kept;
    last_class = part.combining_class;
    (*parts)[kept++] = part;
  }
  parts->resize(kept);
}

}  // namespace

std::optional<std::string> ToNfc(std::string_view text) {
  if (IsSurelyNfc(text)) return std::nullopt;
  std::vector<Part> parts = Decompose(text);
  Order(&parts);
  ComposeAll(&parts);
  std::string out;
  out.reserve(text.size());
  for (const Part& part : parts) {
    if (part.code_point == kIllFormed) {
      out.push_back(part.raw);
    } else {
      AppendUtf8(part.code_point, &out);
    }
  }
  return out;
}

}  // namespace assay::tok
