// The scripted engine: answers, times and faults from a file. For tests, for proving the judging,
// and for demonstrations; what it measures is only ever the script.

#ifndef ASSAY_ENGINE_SCRIPTED_SCRIPTED_ENGINE_H_
#define ASSAY_ENGINE_SCRIPTED_SCRIPTED_ENGINE_H_

#include <filesystem>
#include <memory>

#include "assay/engine.h"
#include "assay/result.h"
#include "assay/tokenizer.h"

namespace assay {

// Errors: kIo, kParse, kInvalidArgument: the script, with the member that is wrong.
[[nodiscard]] Result<std::unique_ptr<Engine>> LoadScriptedEngine(
    const std::filesystem::path& script, std::shared_ptr<const Tokenizer> tokenizer,
    const GenerationLimits& limits);

}  // namespace assay

#endif  // ASSAY_ENGINE_SCRIPTED_SCRIPTED_ENGINE_H_
