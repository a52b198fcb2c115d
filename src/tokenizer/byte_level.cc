#include "tokenizer/byte_level.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace assay::tok {
namespace {

constexpr std::size_t kAlphabetEnd = 0x144;  // the alphabet's code points are below
constexpr std::int16_t kNoByte = -1;

// Printable Latin-1 characters stand for themselves, the other bytes follow from U+0100 on.
constexpr std::array<std::int16_t, kAlphabetEnd> MakeAlphabet() {
  std::array<std::int16_t, kAlphabetEnd> byte_of{};
  byte_of.fill(kNoByte);
  std::size_t next = 0x100;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const bool itself = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    byte_of[itself ? byte : next++] = static_cast<std::int16_t>(byte);
  }
  return byte_of;
}
constexpr std::array<std::int16_t, kAlphabetEnd> kByteOf = MakeAlphabet();

}  // namespace

bool AppendSpelledBytes(std::string_view token, std::string* bytes) {
  const std::size_t before = bytes->size();
  bytes->resize(before + token.size());  // each byte is spelled by at least one
  char* end = bytes->data() + before;
  for (std::size_t i = 0; i < token.size(); ++i) {
    // All of the alphabet is one or two bytes in UTF-8.
    auto code = static_cast<unsigned char>(token[i]) + 0U;
    if (code >= 0x80) {
      const bool two = code >= 0xC2 && code <= 0xDF && i + 1 < token.size() &&
                       (static_cast<unsigned char>(token[i + 1]) & 0xC0U) == 0x80;
      code = two ? (code & 0x1FU) << 6U | (static_cast<unsigned char>(token[++i]) & 0x3FU)
                 : kAlphabetEnd;
    }
    const std::int16_t byte = code < kAlphabetEnd ? kByteOf[code] : kNoByte;
    if (byte == kNoByte) {
      bytes->resize(before);
      return false;
    }
    *end++ = static_cast<char>(byte);
  }
  bytes->resize(static_cast<std::size_t>(end - bytes->data()));
  return true;
}

}  // namespace assay::tok
