#include "cli/experiment_command.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/json.h"
#include "cli/compare_command.h"
#include "cli/endpoint_options.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "cli/run_options.h"
#include "compare/experiment_plan.h"
#include "compare/render_comparison.h"
#include "record/run_directory.h"
#include "run/supervisor.h"

namespace assay {
namespace {

constexpr const char* kPlanFile = "experiment.json";

struct ExperimentOptions {
  std::vector<std::string> vary;
  int repeat = 3;
  std::string output;
  std::string format = "text";
};

// As it may be kept: without the values of headers, which may be keys.
ExperimentPlan Recorded(ExperimentPlan plan) {
  plan.options = WithoutHeaderValues(std::move(plan.options));
  return plan;
}

// Writes the plan, or finds the same one there.
Status BeginOrResume(const fs::path& dir, const ExperimentPlan& plan) {
  const std::string bytes = ToPrettyJson(ToJson(Recorded(plan)));
  std::error_code error;
  if (!fs::exists(dir / kPlanFile, error)) {
    if (fs::exists(dir, error) && !fs::is_empty(dir, error)) {
      return MakeError(ErrorCode::kInvalidArgument, "{}: is there already and is no experiment",
                       dir.string());
    }
    ASSAY_RETURN_IF_ERROR(MakeDirectories(dir));
    return WriteFileAtomically(dir / kPlanFile, bytes);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string found, ReadFile(dir / kPlanFile));
  if (found == bytes) return Ok{};
  return MakeError(ErrorCode::kInvalidArgument,
                   "{}: is another experiment; the same options continue it",
                   (dir / kPlanFile).string());
}

// Has the run reached its end?
bool IsWhole(const fs::path& run_dir) {
  std::error_code error;
  if (!IsRunDirectory(run_dir) || !fs::exists(run_dir / "manifest.json", error)) return false;
  const auto record = ReadRunRecord(run_dir);
  return record && ReachedItsEnd(*record);
}

// What an earlier attempt left is kept, out of the way of the comparison.
Status SetAside(const fs::path& dir, const fs::path& run_dir) {
  std::error_code error;
  if (!fs::exists(run_dir, error)) return Ok{};
  ASSAY_RETURN_IF_ERROR(MakeDirectories(dir / "incomplete"));
  const std::string name =
      run_dir.parent_path().filename().string() + "-" + run_dir.filename().string();
  fs::path target = dir / "incomplete" / name;
  for (int n = 2; fs::exists(target, error); ++n) {
    target = dir / "incomplete" / fmt::format("{}-{}", name, n);
  }
  fs::rename(run_dir, target, error);
  if (!error) return Ok{};
  return MakeError(ErrorCode::kIo, "{}: cannot be moved: {}", run_dir.string(), error.message());
}

Status MakeRun(const fs::path& dir, const ExperimentPlan& plan, const PlannedRun& run) {
  const fs::path run_dir = dir / run.directory;
  ASSAY_RETURN_IF_ERROR(SetAside(dir, run_dir));
  std::vector<std::string> arguments{"run"};
  const ExperimentVariant& variant = plan.variants[run.variant];
  arguments.insert(arguments.end(), plan.options.begin(), plan.options.end());
  arguments.insert(arguments.end(), variant.options.begin(), variant.options.end());
  arguments.insert(arguments.end(), {"--quiet", "--output", run_dir.string()});
  ASSAY_ASSIGN_OR_RETURN(const ProgramEnd end, SuperviseProgram(arguments));
  if (end.interrupted) {
    return MakeError(ErrorCode::kInterrupted,
                     "interrupted; what is whole is kept, the same command continues");
  }
  // Invalid runs are compared too, and the comparison says that they are.
  if (IsWhole(run_dir) && (end.exit_code == kExitDone || end.exit_code == kExitNotGood)) {
    return Ok{};
  }
  const bool usage = end.exit_code == kExitUsage;
  return MakeError(usage ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable,
                   "{}: the run did not reach its end (exit code {})", run_dir.string(),
                   end.exit_code);
}

Status MakeRuns(const fs::path& dir, const ExperimentPlan& plan) {
  const BlockedSignals blocked;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    const PlannedRun& run = plan.runs[i];
    const bool whole = IsWhole(dir / run.directory);
    Tell("[{}/{}] {}{}\n", i + 1, plan.runs.size(), run.directory, whole ? ": is there" : "");
    if (!whole) ASSAY_RETURN_IF_ERROR(MakeRun(dir, plan, run));
  }
  return Ok{};
}

Result<Comparison> CompareRuns(const fs::path& dir, const ExperimentPlan& plan) {
  std::vector<Variant> variants;
  for (const ExperimentVariant& planned : plan.variants) {
    ASSAY_ASSIGN_OR_RETURN(Variant variant, LoadVariant((dir / planned.name).string()));
    variant.name = planned.name;
    variants.push_back(std::move(variant));
  }
  const Variant base = std::move(variants.front());
  variants.erase(variants.begin());
  return Compare(base, variants);
}

// `words` of a command line, the last one first, as CLI11 takes them.
Status CheckRunWords(std::vector<std::string> words) {
  CLI::App app;
  app.set_config("--config");
  app.allow_config_extras(CLI::config_extras_mode::ignore);
  CLI::App* run = app.add_subcommand("run");
  run->fallthrough();
  RunOptions options;
  AddRunOptions(*run, options);
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return MakeError(ErrorCode::kInvalidArgument, "{}", error.what());
  }
  Unrecorded unrecorded;
  ASSAY_RETURN_IF_ERROR(MakeRunConfig(options, unrecorded));
  return Ok{};
}

// What is wrong with a variant's options, before the first run is made.
Status CheckRunOptions(const ExperimentPlan& plan) {
  for (const ExperimentVariant& variant : plan.variants) {
    std::vector<std::string> words{"run"};
    words.insert(words.end(), plan.options.begin(), plan.options.end());
    words.insert(words.end(), variant.options.begin(), variant.options.end());
    std::reverse(words.begin(), words.end());
    const Status checked = CheckRunWords(std::move(words));
    if (!checked) {
      return MakeError(checked.error().code, "{}: {}", variant.name, checked.error().message);
    }
  }
  return Ok{};
}

Result<int> Run(const ExperimentOptions& o, const std::vector<std::string>& run_options) {
  if (o.repeat < 1) return MakeError(ErrorCode::kInvalidArgument, "--repeat must be at least 1");
  for (const std::string& option : run_options) {
    if (option != "--output" && !option.starts_with("--output=")) continue;
    return MakeError(ErrorCode::kInvalidArgument, "--output is the experiment's");
  }
  ASSAY_ASSIGN_OR_RETURN(const ExperimentPlan plan,
                         MakePlan(o.vary, static_cast<std::size_t>(o.repeat), run_options));
  ASSAY_RETURN_IF_ERROR(CheckRunOptions(plan));
  const fs::path dir = fs::absolute(o.output);
  ASSAY_RETURN_IF_ERROR(BeginOrResume(dir, plan));
  ASSAY_RETURN_IF_ERROR(MakeRuns(dir, plan));
  ASSAY_ASSIGN_OR_RETURN(const Comparison comparison, CompareRuns(dir, plan));
  const std::string json = ToPrettyJson(ToJson(comparison, {}));
  const std::string text = RenderText(comparison, {});
  ASSAY_RETURN_IF_ERROR(WriteFileAtomically(dir / "comparison.json", json));
  ASSAY_RETURN_IF_ERROR(WriteFileAtomically(dir / "comparison.txt", text));
  ASSAY_RETURN_IF_ERROR(WriteFileAtomically(dir / "comparison.md", RenderMarkdown(comparison, {})));
  Print("{}", o.format == "json" ? json : text);
  return static_cast<int>(kExitDone);
}

}  // namespace

void AddExperimentCommand(CLI::App& app, int argc, char** argv, int& code) {
  CLI::App* verb = app.add_subcommand(
      "experiment", "Interleaved, repeated runs of several variants, and their comparison");
  const auto o = std::make_shared<ExperimentOptions>();
  verb->allow_extras();
  verb->footer("Every other option goes to each `assay run`.");
  verb->add_option("--vary", o->vary,
                   "OPTION=VALUE,VALUE,...: an option of run; the first value is the base")
      ->required()
      ->expected(1)
      ->take_all();
  verb->add_option("--repeat", o->repeat, "Runs of each variant (default: 3)");
  verb->add_option("--output", o->output, "The experiment's folder; there already: continue")
      ->required();
  verb->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->callback([o, verb, argc, argv, &code] {
    HideHeaderValues(argc, argv);
    const Result<int> done = Run(*o, verb->remaining());
    code = done ? *done : Fail(done.error());
  });
}

}  // namespace assay
