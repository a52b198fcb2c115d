#include "cli/submission_command.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/json.h"
#include "cli/check_command.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "report/safe_text.h"
#include "rules/judge_tree.h"
#include "rules/rounds.h"
#include "submission/build.h"
#include "submission/descriptions.h"
#include "submission/truncate.h"

namespace assay {
namespace {

struct BuildCliOptions {
  std::vector<std::string> runs;
  std::string system, submitter, output, backup;
  std::optional<std::string> rules, tokenizer;
  bool accept_unofficial = false;
  std::string format = "text";
};

struct CheckTreeOptions {
  std::string dir;
  std::optional<std::string> rules, dataset, tokenizer;
  std::string format = "text";
};

struct TruncateCliOptions {
  std::string dir, backup;
};

Result<BuildOptions> OptionsOf(const BuildCliOptions& o) {
  BuildOptions options;
  options.runs.assign(o.runs.begin(), o.runs.end());
  options.system_file = o.system;
  options.submitter_file = o.submitter;
  fs::path output(o.output);
  if (!output.has_filename()) output = output.parent_path();
  options.output = output;
  options.backup = o.backup.empty() ? output.string() + "-whole-logs" : o.backup;
  if (o.rules) {
    ASSAY_ASSIGN_OR_RETURN(options.round, ParseRound(*o.rules));
  }
  if (o.tokenizer) options.tokenizer = *o.tokenizer;
  options.accept_unofficial = o.accept_unofficial;
  return options;
}

int ShowProblems(const Package& package, const BuildOptions& options) {
  for (const std::string& problem : package.problems) {
    Tell("assay: {}\n", Printable(problem));
  }
  Tell("assay: {}: not built, {} thing(s) are in the way{}\n", options.output.string(),
       package.problems.size(),
       package.unofficial
           ? "; --accept-unofficial lets pass what is only unofficial, and tells it in the "
             "package"
           : "");
  return package.descriptions_fault ? kExitUsage : kExitNotGood;
}

int Build(const BuildCliOptions& o) {
  const Result<BuildOptions> options = OptionsOf(o);
  if (!options) return Fail(options.error());
  const Result<Package> package = BuildPackage(*options);
  if (!package) return Fail(package.error());
  if (o.format == "json") Print("{}", ToPrettyJson(ToJson(*package, *options)));
  if (!package->problems.empty()) return ShowProblems(*package, *options);
  if (o.format == "text") Print("{}", RenderText(*package, *options));
  return kExitDone;
}

Result<Judgement> JudgeSubmission(const CheckTreeOptions& o) {
  CheckOptions options;
  if (o.rules) {
    ASSAY_ASSIGN_OR_RETURN(options.rules, ParseRound(*o.rules));
  }
  if (o.dataset) options.dataset = *o.dataset;
  if (o.tokenizer) options.tokenizer = *o.tokenizer;
  return JudgeTree(o.dir, options);
}

int CheckTree(const CheckTreeOptions& o) {
  const Result<Judgement> judgement = JudgeSubmission(o);
  return judgement ? ShowJudgement(*judgement, o.format, o.dir) : Fail(judgement.error());
}

int Truncate(const TruncateCliOptions& o) {
  const Result<Truncations> done = TruncateTree(o.dir, o.backup);
  if (!done) return Fail(done.error());
  for (const std::string& log : done->truncated) Print("truncated  {}\n", log);
  for (const std::string& log : done->already) Print("as it was  {}\n", log);
  for (const std::string& other : done->strangers) {
    Tell("assay: {}: another benchmark's, not touched\n", other);
  }
  if (!done->truncated.empty()) {
    Print("{}: the whole logs; keep them, reviewers may ask\n", o.backup);
  }
  return kExitDone;
}

int Templates(const std::string& directory) {
  const Status written = WriteTemplates(directory);
  if (!written) return Fail(written.error());
  Print("{}: system.json and submitter.json, to be filled in (docs/submission.md)\n", directory);
  return kExitDone;
}

void AddBuild(CLI::App& verb, int& code) {
  CLI::App* build = verb.add_subcommand("build", "A package from run directories");
  const auto o = std::make_shared<BuildCliOptions>();
  build->add_option("runs", o->runs, "Run directories: all tests of every scenario")->required();
  build->add_option("--system", o->system, "The system's description")->required();
  build->add_option("--submitter", o->submitter, "The submission's description")->required();
  build->add_option("--output", o->output, "The package's tree; must not exist")->required();
  build->add_option("--backup", o->backup,
                    "Where the whole accuracy logs go (default: OUTPUT-whole-logs)");
  build->add_option("--rules", o->rules, "The round that the runs must be of (default: theirs)");
  build->add_option("--tokenizer", o->tokenizer,
                    "The runs' tokenizer, where it is not at its recorded place");
  build->add_flag("--accept-unofficial", o->accept_unofficial,
                  "Pack in spite of another data set, model or LoadGen release; the package tells");
  build->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  build->callback([o, &code] { code = Build(*o); });
}

void AddCheck(CLI::App& verb, int& code) {
  CLI::App* check = verb.add_subcommand("check", "What a reviewer would reject in a package");
  const auto o = std::make_shared<CheckTreeOptions>();
  check->add_option("dir", o->dir, "The package's tree")->required();
  check->add_option("--rules", o->rules, "v5.1, v6.0 or v6.1 (default: the round of its seeds)");
  check->add_option("--dataset", o->dataset, "The data set, to score whole accuracy logs");
  check->add_option("--tokenizer", o->tokenizer, "Tokenizer file or folder, to score the answers");
  check->add_option("--format", o->format, "text (default), json or junit")
      ->check(CLI::IsMember({"text", "json", "junit"}));
  check->callback([o, &code] { code = CheckTree(*o); });
}

void AddTruncate(CLI::App& verb, int& code) {
  CLI::App* truncate = verb.add_subcommand(
      "truncate", "Shortens accuracy logs as the official tool does, after keeping the whole ones");
  const auto o = std::make_shared<TruncateCliOptions>();
  truncate->add_option("dir", o->dir, "The package's tree")->required();
  truncate->add_option("--backup", o->backup, "Where the whole logs go, outside the tree")
      ->required();
  truncate->callback([o, &code] { code = Truncate(*o); });
}

void AddTemplates(CLI::App& verb, int& code) {
  CLI::App* templates = verb.add_subcommand("templates", "Empty description files to fill in");
  const auto directory = std::make_shared<std::string>();
  templates->add_option("dir", *directory, "Where they go")->required();
  templates->callback([directory, &code] { code = Templates(*directory); });
}

}  // namespace

void AddSubmissionCommand(CLI::App& app, int& code) {
  CLI::App* verb =
      app.add_subcommand("submission", "Packs results for submission, and checks such packages");
  verb->require_subcommand(1);
  AddBuild(*verb, code);
  AddCheck(*verb, code);
  AddTruncate(*verb, code);
  AddTemplates(*verb, code);
}

}  // namespace assay
