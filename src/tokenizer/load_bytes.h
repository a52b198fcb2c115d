// Bytes of a text as numbers, the first byte lowest.

#ifndef ASSAY_TOKENIZER_LOAD_BYTES_H_
#define ASSAY_TOKENIZER_LOAD_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace assay::tok {

static_assert(std::endian::native == std::endian::little);

[[nodiscard]] inline std::uint64_t Load64(const char* p) {
  std::uint64_t v = 0;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

[[nodiscard]] inline std::uint64_t Load32(const char* p) {
  std::uint32_t v = 0;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

// The `size` bytes from `p` on, at most eight, zeros behind them. Reads no other byte.
[[nodiscard]] inline std::uint64_t LoadUpTo8(const char* p, std::size_t size) {
  if (size == 8) return Load64(p);
  if (size >= 4) return Load32(p) | Load32(p + size - 4) << (8 * (size - 4));
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < size; ++i) {
    bits |= std::uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
  }
  return bits;
}

// LoadUpTo8 where eight bytes can be read from `p` on.
[[nodiscard]] inline std::uint64_t LoadOf8(const char* p, std::size_t size) {
  return size == 8 ? Load64(p) : Load64(p) & ~(~std::uint64_t{0} << (8 * size));
}

// A byte that is 1, eight times: times another byte, that one eight times.
inline constexpr std::uint64_t kEachByte = 0x0101010101010101;

// The first bit that is set is the highest of the first byte of the eight that is `byte`; 0 if none
// is. Source: Warren, Hacker's Delight, "Find First 0-Byte".
[[nodiscard]] constexpr std::uint64_t MarkFirst(std::uint64_t eight, char byte) {
  const std::uint64_t differences = eight ^ (kEachByte * static_cast<unsigned char>(byte));
  return (differences - kEachByte) & ~differences & 0x80 * kEachByte;
}

// The same as a == b, without a call where they are as short as most tokens.
[[nodiscard]] inline bool AreEqual(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() > 8) return std::memcmp(a.data(), b.data(), a.size()) == 0;
  return LoadUpTo8(a.data(), a.size()) == LoadUpTo8(b.data(), b.size());
}

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_LOAD_BYTES_H_
