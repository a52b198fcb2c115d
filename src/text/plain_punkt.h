// Punkt once more, for tests: NLTK's own regular expressions and passes, one after the other, slow.

#ifndef ASSAY_TEXT_PLAIN_PUNKT_H_
#define ASSAY_TEXT_PLAIN_PUNKT_H_

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Value: as AppendSentences, by other means. REQUIRES: well-formed UTF-8 of at most some kilobytes:
// std::regex recurses by character.
[[nodiscard]] std::vector<std::string> PlainSentences(std::string_view utf8);

}  // namespace assay

#endif  // ASSAY_TEXT_PLAIN_PUNKT_H_
