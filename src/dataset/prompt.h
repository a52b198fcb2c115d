// The prompt that the benchmark puts around an article.

#ifndef ASSAY_DATASET_PROMPT_H_
#define ASSAY_DATASET_PROMPT_H_

#include <string>
#include <string_view>

namespace assay {

// "{input}" stands for the article. A fixed part of the benchmark: plain completion, no chat
// template; a BOS token is the tokenizer's business.
//
// Source: mlcommons/inference, language/llama3.1-8b/download_cnndm.py; 135 characters, SHA-256
// 071129ffafe15ad2525f2f96af87eea5e17887187b8ea452ffdf33840e96ef2c.
inline constexpr std::string_view kPromptTemplate =
    "Summarize the following news article in 128 tokens. Please output the summary only, without "
    "any other text.\n\nArticle:\n{input}\n\nSummary:";

// Value: the template with `article` (UTF-8) in place of "{input}", nothing else changed: braces
// inside the article mean nothing.
[[nodiscard]] std::string BuildPrompt(std::string_view article);

}  // namespace assay

#endif  // ASSAY_DATASET_PROMPT_H_
