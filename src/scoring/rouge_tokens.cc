#include "scoring/rouge_tokens.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace assay {
namespace {

// The lower-case form of a byte that belongs to a token, 0 for any other byte. Without branches, so
// that a block of bytes is one vector.
unsigned char TokenByte(unsigned char c) {
  const auto lower = static_cast<unsigned char>(c | 0x20U);
  const bool letter = static_cast<unsigned char>(lower - 'a') < 26;
  const bool digit = static_cast<unsigned char>(c - '0') < 10;
  return static_cast<unsigned char>((letter ? lower : 0) | (digit ? c : 0));
}

// Value: whether all of `text` is ASCII.
bool TakeTokenBytes(std::string_view text, std::string& lowered) {
  constexpr std::size_t kBlock = 16;
  lowered.resize(text.size());
  std::array<unsigned char, kBlock> seen{};
  std::array<unsigned char, kBlock> block{};
  std::size_t i = 0;
  for (; i + kBlock <= text.size(); i += kBlock) {
    std::memcpy(block.data(), text.data() + i, kBlock);
    for (std::size_t k = 0; k < kBlock; ++k) seen[k] |= block[k];
    for (std::size_t k = 0; k < kBlock; ++k) block[k] = TokenByte(block[k]);
    std::memcpy(lowered.data() + i, block.data(), kBlock);
  }
  for (; i < text.size(); ++i) {
    seen[0] |= static_cast<unsigned char>(text[i]);
    lowered[i] = static_cast<char>(TokenByte(static_cast<unsigned char>(text[i])));
  }
  unsigned any = 0;
  for (const unsigned char bits : seen) any |= bits;
  return any < 0x80;
}

// text.lower() as far as tokens are concerned, with one or more 0 bytes for whatever separates
// them. Of all characters beyond ASCII, two have ASCII letters in their lower-case form.
void LowerForTokens(std::string_view text, std::string& lowered) {
  constexpr std::string_view kKelvinSign = "\u212A";
  constexpr std::string_view kCapitalIWithDot = "\u0130";
  if (TakeTokenBytes(text, lowered)) return;
  for (std::size_t at = 0; (at = text.find(kCapitalIWithDot, at)) != text.npos; at += 2) {
    lowered[at] = 'i';
  }
  if (text.find(kKelvinSign) == text.npos) return;
  // Three bytes become one, within a token.
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool kelvin = text.substr(i, kKelvinSign.size()) == kKelvinSign;
    lowered[end++] = kelvin ? 'k' : lowered[i];
    if (kelvin) i += kKelvinSign.size() - 1;
  }
  lowered.resize(end);
}

}  // namespace

void FindRougeTokens(std::string_view text, std::string& lowered,
                     std::vector<std::string_view>& tokens) {
  LowerForTokens(text, lowered);
  tokens.clear();
  const std::string_view bytes = lowered;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == 0) continue;
    const std::size_t begin = at;
    while (at < bytes.size() && bytes[at] != 0) ++at;
    tokens.push_back(bytes.substr(begin, at - begin));
  }
}

}  // namespace assay
