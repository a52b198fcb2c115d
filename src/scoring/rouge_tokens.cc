#include "scoring/rouge_tokens.h"

#include <array>
#include <cstddef>

namespace assay {
namespace {

// The lower-case form of a byte that belongs to a token, 0 for any other byte.
constexpr std::array<char, 256> MakeTokenBytes() {
  std::array<char, 256> bytes{};
  for (unsigned char c = '0'; c <= '9'; ++c) bytes[c] = static_cast<char>(c);
  for (unsigned char c = 'a'; c <= 'z'; ++c) bytes[c] = static_cast<char>(c);
  for (unsigned char c = 'A'; c <= 'Z'; ++c) bytes[c] = static_cast<char>(c - 'A' + 'a');
  return bytes;
}

constexpr std::array<char, 256> kTokenBytes = MakeTokenBytes();

// text.lower() as far as tokens are concerned, with one or more 0 bytes for whatever separates
// them. Of all characters beyond ASCII, two have ASCII letters in their lower-case form.
void LowerForTokens(std::string_view text, std::string& lowered) {
  constexpr std::string_view kKelvinSign = "\u212A";
  constexpr std::string_view kCapitalIWithDot = "\u0130";
  lowered.resize(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    lowered[i] = kTokenBytes[static_cast<unsigned char>(text[i])];
  }
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
