// A vocabulary small enough to read, for tests of what stands above the tokenizer.

#ifndef ASSAY_ENGINE_TESTING_LETTER_TOKENIZER_H_
#define ASSAY_ENGINE_TESTING_LETTER_TOKENIZER_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/tokenizer.h"

namespace assay {

// Ids 0 to 25 stand for the letters of the alphabet, 98 and 99 are special, 99 ends.
class LetterTokenizer final : public Tokenizer {
 public:
  [[nodiscard]] std::vector<TokenId> Encode(std::string_view text,
                                            const EncodeOptions& /*options*/) const override {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(c - 'a');
    return ids;
  }
  [[nodiscard]] Result<std::string> Decode(std::span<const TokenId> /*ids*/,
                                           const DecodeOptions& /*options*/) const override {
    return std::string();
  }
  [[nodiscard]] std::string_view TokenBytes(TokenId /*id*/) const override { return {}; }
  [[nodiscard]] std::size_t VocabularySize() const override { return 100; }
  [[nodiscard]] bool IsSpecial(TokenId id) const override { return id >= 98; }
  [[nodiscard]] std::optional<TokenId> Bos() const override { return std::nullopt; }
  [[nodiscard]] std::span<const TokenId> EndTokens() const override { return ends_; }
  [[nodiscard]] const Identity& identity() const override { return identity_; }

 private:
  std::vector<TokenId> ends_{99};
  Identity identity_;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_TESTING_LETTER_TOKENIZER_H_
