// `assay report`.

#ifndef ASSAY_CLI_REPORT_COMMAND_H_
#define ASSAY_CLI_REPORT_COMMAND_H_

#include <cstddef>
#include <string>

#include "base/file.h"
#include "report/report_model.h"

namespace CLI {
class App;
}

namespace assay {

void AddReportCommand(CLI::App& app, int& code);

// Remakes what follows from the record and prints the report: text for a terminal, or report.json.
// Value: kExitDone; kExitNotGood where the verdict is invalid, or not comparable under --rules;
// kExitFailed if it could not be made or the run was interrupted.
// `samples_in_html`  samples that report.html shows with their texts.
[[nodiscard]] int Report(const fs::path& run_dir, const std::string& format,
                         std::size_t samples_in_html = kMostTexts);

}  // namespace assay

#endif  // ASSAY_CLI_REPORT_COMMAND_H_
