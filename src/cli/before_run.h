// What `assay run` does before anything is measured.

#ifndef ASSAY_CLI_BEFORE_RUN_H_
#define ASSAY_CLI_BEFORE_RUN_H_

#include <optional>
#include <string>

#include "base/file.h"
#include "record/run_directory.h"
#include "run/inputs.h"

namespace CLI {
class App;
}

namespace assay {

// Shows the linter's findings on standard error. Value: the exit code where they forbid to go on
// (`format` "json": the findings then stand on standard output too); nullopt: go on.
[[nodiscard]] std::optional<int> LintRun(const RunRecord& record, const RunInputs& inputs,
                                         const std::string& format);

// Under --rules: loads the engine in a process of its own, judges what it says it is, and estimates
// the rate that was not given; puts it into record.config and writes run.json again. Value: as
// above. `headers_descriptor` as in TestProcessOptions. REQUIRES: run.json stands in `dir`; a
// BlockedSignals lives.
[[nodiscard]] std::optional<int> WarmUpRun(const fs::path& dir, RunRecord& record,
                                           const std::string& format, int headers_descriptor);

// The hidden verb that is that process.
void AddWarmUpProcessCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_BEFORE_RUN_H_
