// Before anything is measured: what can already be said of a run, and the rate that it lacks.

#ifndef ASSAY_RUN_PREFLIGHT_H_
#define ASSAY_RUN_PREFLIGHT_H_

#include <string>
#include <vector>

#include "assay/finding.h"
#include "assay/record.h"
#include "assay/result.h"

#include "load/user_conf.h"
#include "record/run_config.h"
#include "record/run_directory.h"
#include "run/inputs.h"

namespace assay {

// The lines of config.user_conf; none where it is empty. Errors: those of ReadFile, ParseUserConf.
[[nodiscard]] Result<std::vector<UserConfEntry>> ReadUserConf(const RunConfig& config);

// Is there no rate (single stream: no expected latency) though the rules need one?
// Errors: kInvalidArgument: the round, its benchmark's scenario; those of ReadUserConf.
[[nodiscard]] Result<bool> LacksRate(const RunConfig& config);

// Data set, prompts, tokenizer, settings, user.conf, the working directory, by the rules of
// record.config.rules or else of the newest round.
// Errors: as LacksRate.
[[nodiscard]] Result<std::vector<Finding>> CheckBeforeRun(const RunRecord& record,
                                                          const RunInputs& inputs);

// The same of the engine, which a warm-up has loaded, and of its servers (record.server).
[[nodiscard]] Result<std::vector<Finding>> CheckEngineBeforeRun(const RunRecord& record,
                                                                const EngineInfo& engine);

// Does any of them forbid to go on? Errors do, but for those that `config.accept_unofficial` lets
// pass; without `config.rules` there are none.
[[nodiscard]] bool Forbid(const std::vector<Finding>& findings, const RunConfig& config);

// For standard error: a line for each error and warning, what to change under it.
[[nodiscard]] std::string RenderBeforeRun(const std::vector<Finding>& findings);

}  // namespace assay

#endif  // ASSAY_RUN_PREFLIGHT_H_
