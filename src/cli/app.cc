#include "cli/app.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "cli/check_command.h"
#include "cli/dataset_command.h"
#include "cli/exit_code.h"
#include "cli/report_command.h"
#include "cli/run_command.h"
#include "cli/score_command.h"
#include "cli/tokenize_command.h"

namespace assay {

int RunCommandLine(int argc, char** argv) {
  CLI::App app("Assay benchmarks LLM inference and proves its own numbers.", "assay");
  app.set_version_flag("--version", ASSAY_VERSION);
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default(false);
  int code = kExitDone;
  AddRunCommand(app, argc, argv, code);
  AddTestProcessCommand(app, code);
  AddReportCommand(app, code);
  AddScoreCommand(app, code);
  AddCheckCommand(app, code);
  AddDatasetCommand(app, code);
  AddTokenizeCommand(app, code);
  AddSentencesCommand(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const bool asked_for = e.get_exit_code() == 0;  // --help, --version
    static_cast<void>(app.exit(e));
    return asked_for ? kExitDone : kExitUsage;
  }
  return code;
}

}  // namespace assay
