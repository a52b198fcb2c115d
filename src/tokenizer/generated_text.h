// Hostile texts for tests, made from tests/data/tokenizer/fragments.json item by item from their
// index; tools/parity/make_tokenizer_vectors.py has the same generator.

#ifndef ASSAY_TOKENIZER_GENERATED_TEXT_H_
#define ASSAY_TOKENIZER_GENERATED_TEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/split_mix64.h"
#include "tokenizer/unicode.h"

namespace assay::tok {

template <typename Values>
const auto& Of(SplitMix64& random, const Values& values) {
  return values[random.Below(values.size())];
}

class TextGenerator {
 public:
  // `folder` holds fragments.json.
  explicit TextGenerator(const std::string& folder) {
    const Json json =
        ParseJson(ReadFile(folder + "/fragments.json").value(), "fragments.json").value();
    words_ = json["words"].get<std::vector<std::string>>();
    marks_ = json["marks"].get<std::vector<std::string>>();
    specials_ = json["specials"].get<std::vector<std::string>>();
  }

  // Every 512th: long, and one word longer than what is merged in one go.
  [[nodiscard]] std::string Text(SplitMix64& random, std::size_t index) const {
    std::size_t pieces = random.Below(40);
    const bool is_long = index % 512 == 511;
    if (is_long) pieces = 1500;
    std::string text;
    for (std::size_t i = 0; i < pieces; ++i) text += Piece(random);
    for (int i = 0; is_long && i < 60; ++i) text += "lorem";
    return text;
  }

 private:
  [[nodiscard]] std::string Piece(SplitMix64& random) const {
    const std::size_t kind = random.Below(32);
    if (kind < 14) return Of(random, words_);
    if (kind < 24) return Of(random, marks_);
    switch (kind) {
      case 24:
        return Of(random, specials_);
      case 25:
        return CodePoint(random, 0x110000);
      case 26:
        return CodePoint(random, 0x3100);
      case 27:
        return Run(random, 'a', 26, 20);
      case 28:
        return Run(random, '0', 10, 12);
      case 29:
        return Repeated(random);
      default:
        return " ";
    }
  }

  static std::string CodePoint(SplitMix64& random, std::uint64_t limit) {
    const std::size_t c = random.Below(limit);
    std::string text;
    AppendUtf8(c >= 0xD800 && c <= 0xDFFF ? char32_t{0xFFFD} : static_cast<char32_t>(c), &text);
    return text;
  }

  static std::string Run(SplitMix64& random, char first, std::uint64_t letters,
                         std::uint64_t at_most) {
    std::string text(1 + random.Below(at_most), first);
    for (char& c : text) c = static_cast<char>(c + static_cast<char>(random.Below(letters)));
    return text;
  }

  static std::string Repeated(SplitMix64& random) {
    constexpr std::array<std::string_view, 7> kThings = {" ",  "a", "\n",    "\u00E9",
                                                         "ab", ".", "\u4F60"};
    const std::string_view thing = Of(random, kThings);
    std::string text;
    for (std::size_t left = random.Below(40); left > 0; --left) text += thing;
    return text;
  }

  std::vector<std::string> words_;
  std::vector<std::string> marks_;
  std::vector<std::string> specials_;
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_GENERATED_TEXT_H_
