// The measured part of `assay run`: servers, warm-up, calibration, the tests, and their report.

#ifndef ASSAY_CLI_MEASURED_RUN_H_
#define ASSAY_CLI_MEASURED_RUN_H_

#include "base/file.h"
#include "cli/run_options.h"
#include "record/run_directory.h"

namespace CLI {
class App;
}

namespace assay {

// Runs everything that `record.config` names and keeps run.json in `dir` true; the report is
// printed. Value: the exit code. A run that measured nothing leaves no directory.
[[nodiscard]] int MeasureRun(const RunOptions& options, const Unrecorded& unrecorded,
                             const fs::path& dir, RunRecord& record);

// The hidden verb that the supervisor starts for each test.
void AddTestProcessCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_MEASURED_RUN_H_
