#include "cli/app.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <string_view>
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
#include "cli/measured_run.h"
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

// The verb that was parsed; the program itself where there was none.
const CLI::App& Parsed(const CLI::App& app) {
  const std::vector<CLI::App*> verbs = app.get_subcommands();
  return verbs.empty() ? app : *verbs.back();
}

// An option of `verb` that begins like `word`, or that `word` begins with; empty: none.
std::string Similar(const CLI::App& verb, const std::string& word) {
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      std::string known = "--" + name;
      const std::size_t shorter = std::min(known.size(), word.size());
      if (shorter > 3 && known.compare(0, shorter, word, 0, shorter) == 0) return known;
    }
  }
  return "";
}

// The reason in one line; words that nothing asked for are named in the order in which they stand.
std::string ReasonOf(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extra = app.remaining(/*recurse=*/true);
  const bool names_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (extra.empty() || !(names_extra || app.get_subcommands().empty())) return error.what();
  const auto option = std::find_if(extra.begin(), extra.end(),
                                   [](const std::string& word) { return word[0] == '-'; });
  const std::string& word = option == extra.end() ? extra.front() : *option;
  const std::string similar = Similar(Parsed(app), word);
  return fmt::format("\"{}\" is not known here{}", word,
                     similar.empty() ? "" : fmt::format("; did you mean {}?", similar));
}

int UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& verb = Parsed(app);
  return Fail({ErrorCode::kInvalidArgument,
               fmt::format("{} (all options: assay {}--help)", ReasonOf(app, error),
                           &verb == &app ? "" : verb.get_name() + " ")});
}

// As a shell passes on a variable that is not set; "" is no file, no number and no name.
std::optional<int> EmptyArgument(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.empty()) {
      return Fail({ErrorCode::kInvalidArgument,
                   fmt::format("argument {}, after \"{}\", is empty", i, argv[i - 1])});
    }
    if (word.starts_with("--") && word.find('=') == word.size() - 1) {
      return Fail({ErrorCode::kInvalidArgument, fmt::format("\"{}\" gives no value", word)});
    }
  }
  return std::nullopt;
}

// Value: `code`, if what the verb printed got to where it was to go. A verb that failed has said
// why.
int FinishOutput(int code) {
  if (code >= kExitUsage) return code;
  std::cout.flush();
  if (std::cout && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  return Fail({ErrorCode::kIo, "standard output: cannot write"});
}

int Parse(CLI::App& app, int argc, char** argv, const int& code) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0) return UsageError(app, e);
    return app.exit(e);  // --help, --version
  } catch (const std::bad_alloc&) {
    return Fail({ErrorCode::kIo, "out of memory"});
  } catch (const std::exception& e) {
    return Fail({ErrorCode::kIo, e.what()});
  }
  return code;
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  if (const auto code = RunAsKeeper(argc, argv)) return *code;
  if (const auto code = EmptyArgument(argc, argv)) return *code;
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
  AddExperimentCommand(app, argc, argv, code);
  AddNullServerCommand(app, code);
  AddSubmissionCommand(app, code);
  AddDoctorCommand(app, code);
  if (argc > 1 && argv[1][0] != '-' && !IsVerb(app, argv[1])) {
    return UnknownVerb(app, argv[1]);
  }
  return FinishOutput(Parse(app, argc, argv, code));
}

}  // namespace assay
