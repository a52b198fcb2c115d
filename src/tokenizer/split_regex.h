// Any split pattern for which there is no hand-made scanner, matched by PCRE2.
//
// tokenizer.json files are written for Oniguruma with Ruby's syntax. The constructs that mean the
// same to both are passed on; character classes are spelled out as code points of the Unicode
// version of record, so that the PCRE2 at hand does not matter; whatever else there is, is refused.

#ifndef ASSAY_TOKENIZER_SPLIT_REGEX_H_
#define ASSAY_TOKENIZER_SPLIT_REGEX_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "tokenizer/unicode.h"

namespace assay::tok {

// The expression in PCRE2's syntax. `where` names it in errors.
// Errors: kUnsupported, naming the construct and its offset in the pattern.
[[nodiscard]] Result<std::string> ToPcre2(std::string_view oniguruma, UnicodeVersion version,
                                          std::string_view where);

class SplitRegex {
 public:
  // Errors: kUnsupported as ToPcre2, or for a pattern that matches the empty string; kParse for one
  // that is no regular expression.
  static Result<SplitRegex> Compile(std::string_view oniguruma, UnicodeVersion version,
                                    std::string_view where);

  // Appends the successive matches in `text`, views into it. A byte that is no UTF-8 counts as a
  // character that is neither letter, number nor white space. Thread-safe.
  void FindMatches(std::string_view text, std::vector<std::string_view>* matches) const;

 private:
  struct Code;
  explicit SplitRegex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  void FindInUtf8(std::string_view text, std::vector<std::string_view>* matches) const;

  std::shared_ptr<const Code> code_;
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_SPLIT_REGEX_H_
