#include "tokenizer/byte_level.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tokenizer/load_bytes.h"

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

// Are these eight bytes all printable ASCII, 0x21 to 0x7E? Those stand for themselves.
constexpr bool StandForThemselves(std::uint64_t eight) {
  return ((eight | (eight + kEachByte) | (eight - 0x21 * kEachByte)) & 0x80 * kEachByte) == 0;
}

// Of `token` from `i` on, what stands for itself, up to eight bytes at a time. Value: where it
// ends.
std::size_t CopyPlain(std::string_view token, std::size_t i, char** to) {
  while (i < token.size()) {
    const std::size_t size = std::min(token.size() - i, kSpellingRoom);
    const std::uint64_t bytes = LoadOf8(token.data() + i, size);
    const std::uint64_t plain = 0x21 * kEachByte;
    if (!StandForThemselves(size == kSpellingRoom ? bytes : bytes | plain << (8 * size))) break;
    std::memcpy(*to, &bytes, sizeof(bytes));
    *to += size;
    i += size;
  }
  return i;
}

}  // namespace

char* SpellBytes(std::string_view token, char* to) {
  // Most tokens are a space and ASCII letters, or these alone.
  constexpr std::string_view kSpace = "\xC4\xA0";
  std::size_t i = 0;
  if (token.starts_with(kSpace)) {
    *to++ = ' ';
    i = kSpace.size();
  }
  for (i = CopyPlain(token, i, &to); i < token.size(); ++i) {
    // All of the alphabet is one or two bytes in UTF-8.
    auto code = static_cast<unsigned char>(token[i]) + 0U;
    if (code >= 0x80) {
      const bool two = code >= 0xC2 && code <= 0xDF && i + 1 < token.size() &&
                       (static_cast<unsigned char>(token[i + 1]) & 0xC0U) == 0x80;
      code = two ? (code & 0x1FU) << 6U | (static_cast<unsigned char>(token[++i]) & 0x3FU)
                 : kAlphabetEnd;
    }
    const std::int16_t byte = code < kAlphabetEnd ? kByteOf[code] : kNoByte;
    if (byte == kNoByte) return nullptr;
    *to++ = static_cast<char>(byte);
  }
  return to;
}

bool AppendSpelledBytes(std::string_view token, std::string* bytes) {
  const std::size_t before = bytes->size();
  const std::size_t room = token.size() + kSpellingRoom;
  std::string readable(token);
  readable.resize(room);
  bytes->resize(before + room);
  const char* const end =
      SpellBytes(std::string_view(readable).substr(0, token.size()), bytes->data() + before);
  bytes->resize(end == nullptr ? before : static_cast<std::size_t>(end - bytes->data()));
  return end != nullptr;
}

}  // namespace assay::tok
