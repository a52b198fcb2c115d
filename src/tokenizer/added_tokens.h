// Tokens that are cut out of a text before it is split into words: special ones and others.

#ifndef ASSAY_TOKENIZER_ADDED_TOKENS_H_
#define ASSAY_TOKENIZER_ADDED_TOKENS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/tokenizer.h"

namespace assay::tok {

struct AddedToken {
  TokenId id = -1;
  std::string content;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // and after it
  bool normalized = false;   // is looked for in the normalized text
  bool special = false;
};

// A part of a text: a stretch of it, or the token that it is.
struct Segment {
  std::string_view text;
  std::optional<TokenId> token;
};

// Finds the longest of a set of strings that begins at each place, from left to right.
class StringMatcher {
 public:
  // The first of equal strings wins. REQUIRES: not empty.
  void Add(std::string_view text, std::size_t value);

  struct Match {
    std::size_t begin;
    std::size_t size;
    std::size_t value;
  };
  // The leftmost match in text[from..], and of those that begin there the longest.
  [[nodiscard]] std::optional<Match> Find(std::string_view text, std::size_t from) const;

 private:
  struct Node {
    std::vector<std::pair<char, std::uint32_t>> children;
    std::optional<std::size_t> value;
  };
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<bool, 256> begins_{};  // bytes that some string begins with
};

// The rule of the Hugging Face tokenizers.
class AddedTokens {
 public:
  AddedTokens() = default;
  // `matched_contents[i]`: what to look for in place of tokens[i].content, for normalized ones.
  AddedTokens(std::vector<AddedToken> tokens, const std::vector<std::string>& matched_contents);

  // Which of the two passes over a text: before or after normalization.
  enum class Pass { kRaw, kNormalized };
  // Appends the segments of `text`, in order. Special tokens stay text if `keep_special_as_text`.
  void Split(std::string_view text, Pass pass, bool keep_special_as_text,
             std::vector<Segment>* segments) const;

 private:
  std::vector<AddedToken> tokens_;
  StringMatcher raw_;
  StringMatcher normalized_;
};

// The rule of llama.cpp: token after token, the longest text first, in what earlier ones left over.
class PartitionTokens {
 public:
  PartitionTokens() = default;
  // `tokens` in order of id; single_word, lstrip, rstrip and normalized are not looked at.
  explicit PartitionTokens(std::vector<AddedToken> tokens);

  void Split(std::string_view text, bool keep_special_as_text,
             std::vector<Segment>* segments) const;

 private:
  std::vector<AddedToken> tokens_;
  StringMatcher any_;
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_ADDED_TOKENS_H_
