// The one implementation of Tokenizer; each kind of file fills in its parts.

#ifndef ASSAY_TOKENIZER_BPE_TOKENIZER_H_
#define ASSAY_TOKENIZER_BPE_TOKENIZER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "assay/tokenizer.h"

#include "tokenizer/added_tokens.h"
#include "tokenizer/bpe.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/token_table.h"

namespace assay::tok {

// Tokens with the words that text can spell among them.
struct Vocabulary {
  TokenBytesTable bytes;
  WordTable words{&bytes};

  Vocabulary() = default;
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;
  ~Vocabulary() = default;
};

struct TokenizerParts {
  Tokenizer::Identity identity;
  std::unique_ptr<Vocabulary> vocabulary = std::make_unique<Vocabulary>();
  std::unique_ptr<const Bpe> bpe;  // over *vocabulary
  std::variant<AddedTokens, PartitionTokens> added;
  bool normalize = false;  // texts are brought into NFC
  std::optional<PreTokenizer> pre_tokenizer;
  std::vector<TokenId> prefix;      // what add_special_tokens puts before a text
  std::vector<TokenId> suffix;      // and after it
  std::vector<TokenId> special;     // ids that decoding skips
  std::vector<TokenId> end_tokens;  // any order, repetitions allowed
};

class BpeTokenizer final : public Tokenizer {
 public:
  explicit BpeTokenizer(TokenizerParts parts);

  [[nodiscard]] std::vector<TokenId> Encode(std::string_view text,
                                            const EncodeOptions& options) const override;
  [[nodiscard]] std::size_t Count(std::string_view text,
                                  const EncodeOptions& options) const override;
  [[nodiscard]] Result<std::string> Decode(std::span<const TokenId> ids,
                                           const DecodeOptions& options) const override;
  [[nodiscard]] std::string_view TokenBytes(TokenId id) const override;
  [[nodiscard]] std::size_t VocabularySize() const override;
  [[nodiscard]] bool HasToken(TokenId id) const override;
  [[nodiscard]] bool IsSpecial(TokenId id) const override;
  [[nodiscard]] std::optional<TokenId> Bos() const override;
  [[nodiscard]] std::span<const TokenId> EndTokens() const override;
  [[nodiscard]] const Identity& identity() const override;

 private:
  // The segments of `text`, normalized. They are views into it or into `normalized`.
  [[nodiscard]] std::vector<Segment> Cut(std::string_view text, bool keep_special_as_text,
                                         std::deque<std::string>* normalized) const;
  // `on_token(id)` and `on_words(span of words)` get the parts of `text`, in order.
  template <typename OnToken, typename OnWords>
  void ForEachPart(std::string_view text, const EncodeOptions& options, const OnToken& on_token,
                   const OnWords& on_words) const;
  // The ids that are added at both ends.
  [[nodiscard]] std::size_t AddedCount() const {
    return parts_.prefix.size() + parts_.suffix.size();
  }

  TokenizerParts parts_;
  std::vector<bool> is_special_;
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_BPE_TOKENIZER_H_
