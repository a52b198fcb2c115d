// Where models are that are called by name.

#ifndef ASSAY_RUN_MODEL_STORE_H_
#define ASSAY_RUN_MODEL_STORE_H_

#include <string>
#include <string_view>

#include "assay/result.h"

#include "base/file.h"

namespace assay {

inline constexpr std::string_view kDefaultModel = "SmolLM2-135M-Instruct.F16";

// $ASSAY_CACHE, otherwise the one the program was built with.
[[nodiscard]] fs::path CacheDirectory();

// `path_or_name`: an existing file, or the name of one in <cache>/models, with or without ".gguf".
// Errors: kInvalidArgument, naming both places and the models that are there.
[[nodiscard]] Result<fs::path> FindModel(const std::string& path_or_name);

}  // namespace assay

#endif  // ASSAY_RUN_MODEL_STORE_H_
