// Cutting a text into the words that BPE merges within: a list of steps, as a tokenizer.json's
// pre_tokenizer or a GGUF's pre type asks for.

#ifndef ASSAY_TOKENIZER_PRE_TOKENIZER_H_
#define ASSAY_TOKENIZER_PRE_TOKENIZER_H_

#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tokenizer/scanner.h"
#include "tokenizer/split_regex.h"
#include "tokenizer/unicode.h"

namespace assay::tok {

// What becomes of the matches of a pattern (the Hugging Face tokenizers' SplitDelimiterBehavior).
enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

struct ScanStep {  // a hand-made scanner; every match is a piece
  ScanPattern pattern = ScanPattern::kGpt2;
  CaseFolding folding = CaseFolding::kUnicode;
};
struct NumberStep {  // \p{N} is a match
};
struct LiteralStep {  // each occurrence of a string is a match
  std::string text;
};
struct RegexStep {
  SplitRegex regex;
};
struct PrefixSpaceStep {};  // a piece that does not begin with a space gets one

struct SplitStep {
  std::variant<ScanStep, NumberStep, LiteralStep, RegexStep, PrefixSpaceStep> what;
  UnicodeVersion unicode = UnicodeVersion::kV14;
  SplitBehavior behavior = SplitBehavior::kIsolated;
  bool invert = false;  // what does not match counts as match and the other way round
};

// The words of one text. They are views into the text or into `storage`.
struct Words {
  std::vector<std::string_view> pieces;
  std::deque<std::string> storage;
};

class PreTokenizer {
 public:
  explicit PreTokenizer(std::vector<SplitStep> steps) : steps_(std::move(steps)) {}

  // Puts the words of `text` into `words`, in order, none empty. The concatenation is the text,
  // but for what a step removes and for added spaces. Thread-safe.
  void Split(std::string_view text, Words* words) const;

 private:
  std::vector<SplitStep> steps_;
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_PRE_TOKENIZER_H_
