// What a model reads and computes for one token, from its metadata.

#ifndef ASSAY_ENGINE_LLAMA_MODEL_COSTS_H_
#define ASSAY_ENGINE_LLAMA_MODEL_COSTS_H_

#include <filesystem>

#include <llama.h>

#include "assay/record.h"
#include "assay/result.h"

namespace assay {

// `path`  of the file that `model` was loaded from.
// `info`  its precision and its layers on GPUs.
//
// Value: of a decoder in which every token passes through all weights and attends to all tokens
// before it, with a 16-bit cache. The token embedding table is not counted where the output has
// weights of its own: one row of it is read, nothing multiplied.
// Errors: kUnsupported with the reason for every other kind: experts, sliding windows, recurrent
// layers, compressed caches, layers of different widths, and models in several files.
[[nodiscard]] Result<ModelCosts> CostsOf(const llama_model* model,
                                         const std::filesystem::path& path, const EngineInfo& info);

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_MODEL_COSTS_H_
