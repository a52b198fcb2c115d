// A model and its context, loaded and described.

#ifndef ASSAY_ENGINE_LLAMA_MODEL_H_
#define ASSAY_ENGINE_LLAMA_MODEL_H_

#include <cstdint>
#include <vector>

#include "assay/record.h"
#include "assay/result.h"
#include "assay/tokenizer.h"

#include "engine/llama/decoder.h"
#include "engine/llama/llama_engine.h"

namespace assay {

struct LoadedModel {
  ModelPtr model;  // outlives the context
  ContextPtr context;
  EngineInfo info;
  int slots = 0;
  int batch = 0;
  std::uint64_t context_tokens = 0;  // per sequence
  std::int32_t vocabulary_size = 0;
  std::vector<TokenId> end_tokens;  // ascending
};

// Errors: as LoadLlamaEngine.
[[nodiscard]] Result<LoadedModel> LoadModel(const LlamaOptions& options);

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_MODEL_H_
