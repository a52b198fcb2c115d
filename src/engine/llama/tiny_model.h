// For tests: GGUF files of a Llama model with random weights and a few thousand parameters.

#ifndef ASSAY_ENGINE_LLAMA_TINY_MODEL_H_
#define ASSAY_ENGINE_LLAMA_TINY_MODEL_H_

#include <cstdint>
#include <filesystem>
#include <string>

namespace assay {

struct TinyModel {
  std::string tokenizer = "llama";  // "none": no vocabulary
  bool has_end_token = true;        // id 2
  std::uint32_t blocks_said = 2;    // in the metadata; the file has 2
  std::uint32_t context = 512;
  std::uint32_t pooling = 0;  // 0: generates; 1: means, for embeddings
  float weight = 0.0F;        // instead of random ones, where it is not 0
};

inline constexpr std::int32_t kTinyVocabulary = 64;

void WriteTinyModel(const std::filesystem::path& path, const TinyModel& model = {});
// In two parts, <prefix>-00001-of-00002.gguf and so on. Value: the path of the first.
std::filesystem::path WriteTinyModelInParts(const std::string& prefix);

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_TINY_MODEL_H_
