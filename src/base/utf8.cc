#include "base/utf8.h"

#include <algorithm>
#include <cstdint>

namespace assay {
namespace {

struct Lead {
  std::size_t length;          // of the sequence; 0 if no sequence starts with this byte
  std::uint8_t second_lowest;  // bounds of the second byte
  std::uint8_t second_highest;
};

Lead LeadOf(std::uint8_t b) {
  if (b < 0x80) return {1, 0, 0};
  if (b >= 0xC2 && b <= 0xDF) return {2, 0x80, 0xBF};
  if (b == 0xE0) return {3, 0xA0, 0xBF};
  if (b == 0xED) return {3, 0x80, 0x9F};
  if (b >= 0xE1 && b <= 0xEF) return {3, 0x80, 0xBF};
  if (b == 0xF0) return {4, 0x90, 0xBF};
  if (b >= 0xF1 && b <= 0xF3) return {4, 0x80, 0xBF};
  if (b == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

std::optional<std::size_t> FirstInvalidUtf8(std::string_view bytes) {
  const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  std::size_t i = 0;
  while (i < bytes.size()) {
    const Lead lead = LeadOf(at(i));
    if (lead.length == 0 || i + lead.length > bytes.size()) return i;
    if (lead.length > 1 && (at(i + 1) < lead.second_lowest || at(i + 1) > lead.second_highest)) {
      return i;
    }
    for (std::size_t k = 2; k < lead.length; ++k) {
      if ((at(i + k) & 0xC0U) != 0x80U) return i;
    }
    i += lead.length;
  }
  return std::nullopt;
}

std::size_t CountCodePoints(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace assay
