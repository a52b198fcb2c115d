// What ROUGE counts as a word.

#ifndef ASSAY_SCORING_ROUGE_TOKENS_H_
#define ASSAY_SCORING_ROUGE_TOKENS_H_

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Replaces `tokens` by the tokens of `text`, not stemmed: the runs of [a-z0-9] in its lower-case
// form. They are views into `lowered`, which is overwritten.
//
// `text`  UTF-8.
// Source: rouge_score 0.1.2, tokenize.py, on CPython 3.11.
void FindRougeTokens(std::string_view text, std::string& lowered,
                     std::vector<std::string_view>& tokens);

}  // namespace assay

#endif  // ASSAY_SCORING_ROUGE_TOKENS_H_
