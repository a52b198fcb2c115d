// From the bytes of tokens to text, piece by piece.

#ifndef ASSAY_TOKENIZER_DECODE_H_
#define ASSAY_TOKENIZER_DECODE_H_

#include <string>
#include <string_view>
#include <vector>

namespace assay::tok {

// Makes UTF-8 of bytes: each maximal part of an ill-formed sequence becomes one U+FFFD.
// Source: The Unicode Standard 14.0, 3.9 "U+FFFD Substitution of Maximal Subparts"; CPython's
// bytes.decode("utf-8", errors="replace").
class Utf8Repair {
 public:
  // Appends to `out` the characters that are certain; the start of one more may be kept back.
  void Feed(std::string_view bytes, std::string* out);
  // No more bytes follow.
  void Finish(std::string* out);

 private:
  std::string held_;  // the start of a well-formed sequence
};

// transformers' clean_up_tokenization: ten replacements, one after the other over the whole text.
// Source: transformers 4.46.2, PreTrainedTokenizerBase.clean_up_tokenization.
class SpaceCleaner {
 public:
  SpaceCleaner();
  // Appends to `out` what no later text can change.
  void Feed(std::string_view text, std::string* out);
  void Finish(std::string* out);

 private:
  // Python's str.replace over a text that comes in pieces.
  struct Replacement {
    std::string_view from;
    std::string_view to;
    std::string held;  // the end of the text so far, where it may begin `from`
    void Feed(std::string_view text, std::string* out);
  };
  std::vector<Replacement> chain_;
};

// The same for a text that is all there.
[[nodiscard]] std::string CleanUp(std::string_view text);

// Value: false only for a text that SpaceCleaner leaves as it is, which most are.
[[nodiscard]] bool MayNeedCleanUp(std::string_view text);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_DECODE_H_
