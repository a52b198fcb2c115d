// `assay report`.

#ifndef ASSAY_CLI_REPORT_COMMAND_H_
#define ASSAY_CLI_REPORT_COMMAND_H_

#include <string>

#include "base/file.h"

namespace CLI {
class App;
}

namespace assay {

void AddReportCommand(CLI::App& app, int& code);

// Remakes what follows from the record and prints the report: text for a terminal, or report.json.
// Value: kExitDone; kExitNotGood where the verdict is invalid, or not comparable under --rules;
// kExitFailed if it could not be made or the run was interrupted.
[[nodiscard]] int Report(const fs::path& run_dir, const std::string& format);

}  // namespace assay

#endif  // ASSAY_CLI_REPORT_COMMAND_H_
