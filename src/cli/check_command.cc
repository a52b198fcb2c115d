#include "cli/check_command.h"

#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "assay/finding.h"

#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "record/run_directory.h"
#include "rules/judge_result.h"
#include "rules/judge_run.h"
#include "rules/judge_tree.h"
#include "rules/render_judgement.h"
#include "rules/run_evidence.h"
#include "rules/submission_tree.h"

namespace assay {
namespace {

struct CheckCliOptions {
  std::string dir;
  std::optional<std::string> rules, dataset, tokenizer;
  std::string format = "text";
};

Result<Judgement> Check(const CheckCliOptions& o) {
  CheckOptions options;
  if (o.rules) {
    ASSAY_ASSIGN_OR_RETURN(options.rules, ParseRound(*o.rules));
  }
  if (o.dataset) options.dataset = *o.dataset;
  if (o.tokenizer) options.tokenizer = *o.tokenizer;
  std::error_code error;
  if (!fs::is_directory(o.dir, error)) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: {}", o.dir,
                     fs::exists(o.dir, error) ? "is no directory" : "no such directory");
  }
  if (!IsRunDirectory(o.dir) && IsSubmissionTree(o.dir)) return JudgeTree(o.dir, options);
  if (!IsRunDirectory(o.dir)) return JudgeResult(o.dir, options);
  ASSAY_ASSIGN_OR_RETURN(const RunEvidence run, LoadRun(o.dir, options));
  return JudgeRun(run, options);
}

int Run(const CheckCliOptions& o) {
  const Result<Judgement> judgement = Check(o);
  return judgement ? ShowJudgement(*judgement, o.format, o.dir) : Fail(judgement.error());
}

}  // namespace

int ShowJudgement(const Judgement& judgement, const std::string& format, const std::string& dir) {
  if (format == "json") {
    Print("{}", ToPrettyJson(ToJson(judgement)));
  } else if (format == "junit") {
    Print("{}", RenderJUnit(judgement, dir));
  } else {
    Print("{}", RenderText(judgement));
  }
  return judgement.verdict == Verdict::kValid ? kExitDone : kExitNotGood;
}

void AddCheckCommand(CLI::App& app, int& code) {
  CLI::App* verb =
      app.add_subcommand("check", "Is a result valid, and do its claims follow from its logs?");
  const auto o = std::make_shared<CheckCliOptions>();
  verb->add_option("dir", o->dir,
                   "A run directory, a folder with LoadGen's logs, or a submission tree")
      ->required();
  verb->add_option("--rules", o->rules,
                   "v5.1, v6.0 or v6.1 (default: the round of the log's seeds)");
  verb->add_option("--dataset", o->dataset,
                   "The data set (default: an official name beside the log)");
  verb->add_option("--tokenizer", o->tokenizer, "Tokenizer file or folder, to score the answers");
  verb->add_option("--format", o->format, "text (default), json or junit")
      ->check(CLI::IsMember({"text", "json", "junit"}));
  verb->callback([o, &code] { code = Run(*o); });
}

}  // namespace assay
