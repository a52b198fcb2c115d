// A vocabulary of the 256 bytes, for tests of what stands above the tokenizer.

#ifndef ASSAY_ENGINE_OPENAI_TESTING_BYTE_TOKENIZER_H_
#define ASSAY_ENGINE_OPENAI_TESTING_BYTE_TOKENIZER_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/tokenizer.h"

namespace assay::testing_support {

// The id of a byte is its value; 256 ends a generation.
class ByteTokenizer final : public Tokenizer {
 public:
  [[nodiscard]] std::vector<TokenId> Encode(std::string_view text,
                                            const EncodeOptions& /*options*/) const override {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }
  [[nodiscard]] Result<std::string> Decode(std::span<const TokenId> ids,
                                           const DecodeOptions& /*options*/) const override {
    std::string text;
    for (const TokenId id : ids) {
      if (id < 256) text += static_cast<char>(id);
    }
    return text;
  }
  [[nodiscard]] std::string_view TokenBytes(TokenId /*id*/) const override { return {}; }
  [[nodiscard]] std::size_t VocabularySize() const override { return 257; }
  [[nodiscard]] bool IsSpecial(TokenId id) const override { return id == 256; }
  [[nodiscard]] std::optional<TokenId> Bos() const override { return std::nullopt; }
  [[nodiscard]] std::span<const TokenId> EndTokens() const override { return ends_; }
  [[nodiscard]] const Identity& identity() const override { return identity_; }

 private:
  std::vector<TokenId> ends_{256};
  Identity identity_;
};

}  // namespace assay::testing_support

#endif  // ASSAY_ENGINE_OPENAI_TESTING_BYTE_TOKENIZER_H_
