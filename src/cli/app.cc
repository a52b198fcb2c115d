#include "cli/app.h"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "cli/before_run.h"
#include "cli/check_command.h"
#include "cli/compare_command.h"
#include "cli/dataset_command.h"
#include "cli/doctor_command.h"
#include "cli/exit_code.h"
#include "cli/experiment_command.h"
#include "cli/null_server_command.h"
#include "cli/report_command.h"
#include "cli/run_command.h"
#include "cli/score_command.h"
#include "cli/sentences_command.h"
#include "cli/submission_command.h"
#include "cli/tokenize_command.h"
#include "cli/verify_command.h"
#include "run/server_session.h"

namespace assay {

namespace {

std::vector<const CLI::App*> Verbs(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// CLI11 says only that a subcommand is required.
int UnknownVerb(const CLI::App& app, const std::string& verb) {
  std::string accepted;
  for (const CLI::App* known : Verbs(app)) {
    const bool hidden = known->get_group().empty();
    if (!hidden) accepted += (accepted.empty() ? "" : ", ") + known->get_name();
  }
  return Fail({ErrorCode::kInvalidArgument,
               fmt::format("verb \"{}\" is not known; accepted: {}", verb, accepted)});
}

bool IsVerb(const CLI::App& app, const std::string& word) {
  const std::vector<const CLI::App*> verbs = Verbs(app);
  return std::any_of(verbs.begin(), verbs.end(),
                     [&word](const CLI::App* verb) { return verb->get_name() == word; });
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  if (const auto code = RunAsKeeper(argc, argv)) return *code;
  CLI::App app("Assay benchmarks LLM inference and proves its own numbers.", "assay");
  app.set_version_flag("--version", ASSAY_VERSION);
  app.require_subcommand(1);
  app.set_config("--config", "", "Read options from this file: a section [VERB], name=value lines")
      ->check(CLI::ExistingFile);
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.option_defaults()->always_capture_default(false);
  int code = kExitDone;
  AddRunCommand(app, argc, argv, code);
  AddTestProcessCommand(app, code);
  AddWarmUpProcessCommand(app, code);
  AddReportCommand(app, code);
  AddScoreCommand(app, code);
  AddCheckCommand(app, code);
  AddDatasetCommand(app, code);
  AddTokenizeCommand(app, code);
  AddSentencesCommand(app, code);
  AddVerifyCommand(app, code);
  AddCompareCommand(app, code);
  AddExperimentCommand(app, code);
  AddNullServerCommand(app, code);
  AddSubmissionCommand(app, code);
  AddDoctorCommand(app, code);
  if (argc > 1 && argv[1][0] != '-' && !IsVerb(app, argv[1])) {
    return UnknownVerb(app, argv[1]);
  }
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
