#include "tokenizer/byte_level.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "tokenizer/unicode.h"

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
  const char* const end = token.data() + token.size();
  for (const char* p = token.data(); p != end;) {
    const DecodedChar c = DecodeUtf8(p, end);
    const std::int16_t byte = c.code_point < kAlphabetEnd ? kByteOf[c.code_point] : kNoByte;
    if (byte == kNoByte) {
      bytes->resize(before);
      return false;
    }
    bytes->push_back(static_cast<char>(byte));
    p += c.size;
  }
  return true;
}

}  // namespace assay::tok
