#include "dataset/prompt.h"

namespace assay {
namespace {

constexpr std::string_view kSlot = "{input}";
constexpr std::size_t kAt = kPromptTemplate.find(kSlot);
static_assert(kAt != std::string_view::npos);

}  // namespace

std::string BuildPrompt(std::string_view article) {
  std::string prompt;
  prompt.reserve(kPromptTemplate.size() - kSlot.size() + article.size());
  prompt += kPromptTemplate.substr(0, kAt);
  prompt += article;
  prompt += kPromptTemplate.substr(kAt + kSlot.size());
  return prompt;
}

}  // namespace assay
