// Our tokenizer of a GGUF against llama.cpp's own, on generated texts, for the packaged vocabulary.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "assay/tokenizer.h"

#include "base/file.h"
#include "llama.h"
#include "tokenizer/generated_text.h"

namespace assay {
namespace {

constexpr std::size_t kTexts = 20480;
constexpr std::size_t kParts = 4;  // each a test of its own, so that they run side by side

using Model = std::unique_ptr<llama_model, decltype(&llama_model_free)>;

Model LoadVocabulary(const fs::path& path) {
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  llama_model_params params = llama_model_default_params();
  params.vocab_only = true;
  return {llama_model_load_from_file(path.c_str(), params), &llama_model_free};
}

std::vector<TokenId> TokenizeByLlama(const llama_vocab* vocabulary, const std::string& text,
                                     bool special) {
  std::vector<TokenId> ids(text.size() + 8);
  const int count = llama_tokenize(vocabulary, text.data(), static_cast<int>(text.size()),
                                   ids.data(), static_cast<int>(ids.size()), special, special);
  EXPECT_GE(count, 0);
  ids.resize(static_cast<std::size_t>(std::max(count, 0)));
  return ids;
}

class GgufTokenizerParity : public ::testing::TestWithParam<std::size_t> {};

TEST_P(GgufTokenizerParity, EncodesAsLlamaCppDoes) {
  const fs::path path = fs::path(ASSAY_CACHE) / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf";
  const Model model = LoadVocabulary(path);
  ASSERT_NE(model, nullptr) << path;
  const llama_vocab* const vocabulary = llama_model_get_vocab(model.get());
  const auto tokenizer = LoadTokenizer(path).value();
  const tok::TextGenerator generator(ASSAY_TOKENIZER_TEST_DATA);
  for (std::size_t i = GetParam(); i < kTexts; i += kParts) {
    SplitMix64 random(i);
    const std::string text = generator.Text(random, i);
    for (const bool special : {false, true}) {
      const EncodeOptions options{.add_special_tokens = special, .parse_special_tokens = special};
      ASSERT_EQ(tokenizer->Encode(text, options), TokenizeByLlama(vocabulary, text, special))
          << "text " << i << ": " << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, GgufTokenizerParity, ::testing::Range(std::size_t{0}, kParts));

}  // namespace
}  // namespace assay
