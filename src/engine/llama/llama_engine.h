// The embedded engine: llama.cpp in this process, with continuous batching.

#ifndef ASSAY_ENGINE_LLAMA_LLAMA_ENGINE_H_
#define ASSAY_ENGINE_LLAMA_LLAMA_ENGINE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "assay/engine.h"
#include "assay/result.h"

namespace assay {

// What is absent is chosen from the machine and the model; what was chosen is in EngineInfo.
struct LlamaOptions {
  std::filesystem::path model;  // a GGUF; of a split one, the first part
  // Layers computed on GPUs, the output layer counted as one. Absent: all, where the build and the
  // machine have a GPU. 0: none. More than the model has: all.
  std::optional<int> gpu_layers;
  std::optional<int> threads;  // that compute, at least 1
  std::optional<int> slots;    // sequences at once, 1 to 256
  std::optional<int> batch;    // prompt tokens computed at once, at least 1
  // Tokens of prompt and answer together that a sequence can have. Absent: as max_prompt_tokens
  // needs, or without it the model's training context; never more than that.
  std::optional<int> context_tokens;
  std::optional<std::uint64_t> max_prompt_tokens;  // of the prompts to come
  GenerationLimits limits;
};

// Loads the model and makes everything ready but the warm-up (Engine::Start).
//
// Value: an engine that chooses greedily: the largest raw logit, of equal ones the lowest id. The
// model's end-of-generation tokens end an answer and are masked before limits.min_new_tokens.
// Errors: one line that names the file: kIo, kParse (no GGUF, truncated, corrupt), kInvalidArgument
// (an option outside its range), kUnsupported (no text generation, no vocabulary, no end token, a
// GPU asked for where there is none), kUnavailable (out of memory).
[[nodiscard]] Result<std::unique_ptr<Engine>> LoadLlamaEngine(const LlamaOptions& options);

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_LLAMA_ENGINE_H_
