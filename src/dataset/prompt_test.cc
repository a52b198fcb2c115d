#include "dataset/prompt.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace assay {
namespace {

TEST(PromptTemplate, IsTheBenchmarks) {
  EXPECT_EQ(kPromptTemplate.size(), 135U);
  EXPECT_EQ(Sha256Hex(kPromptTemplate),
            "071129ffafe15ad2525f2f96af87eea5e17887187b8ea452ffdf33840e96ef2c");
}

TEST(BuildPrompt, PutsTheArticleInAndLeavesItAlone) {
  EXPECT_EQ(BuildPrompt("A {input} \n in {braces} stays."),
            "Summarize the following news article in 128 tokens. Please output the summary only, "
            "without any other text.\n\nArticle:\nA {input} \n in {braces} stays.\n\nSummary:");
}

}  // namespace
}  // namespace assay
