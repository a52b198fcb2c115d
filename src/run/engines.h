// The engine that a configuration asks for.

#ifndef ASSAY_RUN_ENGINES_H_
#define ASSAY_RUN_ENGINES_H_

#include <memory>

#include "assay/engine.h"
#include "assay/result.h"

#include "record/run_config.h"
#include "run/endpoint_secrets.h"
#include "run/inputs.h"

namespace assay {

// Errors: the engine's, one line that names the file and the reason.
[[nodiscard]] Result<std::unique_ptr<Engine>> LoadEngine(const RunConfig& config,
                                                         const RunInputs& inputs,
                                                         const EndpointSecrets& secrets);

}  // namespace assay

#endif  // ASSAY_RUN_ENGINES_H_
