// A model's weights in another precision.

#ifndef ASSAY_ENGINE_LLAMA_MAKE_MODEL_H_
#define ASSAY_ENGINE_LLAMA_MAKE_MODEL_H_

#include <filesystem>
#include <string_view>

#include "assay/result.h"

namespace assay {

// Writes `source`, a GGUF of any precision, to `target` with its weights at `precision`, "F16" or
// "F32", and with the metadata key kMadeFromKey that says what they were made from: nothing that
// quantization lost comes back. `target` appears complete or not at all.
// Errors: kInvalidArgument for another precision; as CheckGgufFile for the source; kIo.
[[nodiscard]] Status MakeModel(const std::filesystem::path& source,
                               const std::filesystem::path& target, std::string_view precision);

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_MAKE_MODEL_H_
