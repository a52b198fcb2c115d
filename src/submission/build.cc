#include "submission/build.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "report/safe_text.h"
#include "rules/judge_tree.h"
#include "rules/render_judgement.h"
#include "submission/compose.h"
#include "submission/descriptions.h"
#include "submission/packed_run.h"
#include "submission/plan.h"
#include "submission/write_tree.h"

namespace assay {
namespace {

Result<std::vector<PackedRun>> LoadRuns(const BuildOptions& options) {
  std::vector<PackedRun> runs;
  for (const fs::path& directory : options.runs) {
    ASSAY_ASSIGN_OR_RETURN(PackedRun run, LoadPackedRun(directory, options.tokenizer));
    runs.push_back(std::move(run));
  }
  return runs;
}

bool Tells(const std::vector<Finding>& findings, const Finding& finding) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& known) {
    return known.rule == finding.rule && known.found == finding.found;
  });
}

// Errors of the tree's judgement that were not let pass.
void TakeErrors(Package& package) {
  for (const Finding& finding : package.judgement.findings) {
    const auto let_pass = [&](const Finding& accepted) { return accepted.rule == finding.rule; };
    if (finding.severity != Severity::kError ||
        std::any_of(package.accepted.begin(), package.accepted.end(), let_pass)) {
      continue;
    }
    package.problems.push_back(fmt::format("{}: {} (found {}; needed {}) [{}]", finding.file,
                                           finding.message, finding.found, finding.needed,
                                           finding.rule));
  }
}

Package Described(const Plan& plan, const Descriptions& descriptions) {
  Package package;
  package.problems = plan.problems;
  package.unofficial = plan.unofficial;
  package.round = plan.round;
  package.division = descriptions.division;
  package.submitter = descriptions.submitter;
  package.system = descriptions.system;
  for (const PlannedResult& result : plan.results) {
    for (const Finding& finding : result.accepted) {
      if (!Tells(package.accepted, finding)) package.accepted.push_back(finding);
    }
  }
  return package;
}

// Writes tree and backup beside their places, judges the tree, and only then names them.
Status WriteAndJudge(const BuildOptions& options, const PackageFiles& files, Package& package) {
  ASSAY_ASSIGN_OR_RETURN(PendingDirectory tree, PendingDirectory::Create(options.output));
  ASSAY_ASSIGN_OR_RETURN(PendingDirectory backup, PendingDirectory::Create(options.backup));
  ASSAY_RETURN_IF_ERROR(tree.Write(files.tree));
  ASSAY_RETURN_IF_ERROR(backup.Write(files.backup));
  CheckOptions check;
  check.rules = package.round;
  ASSAY_ASSIGN_OR_RETURN(package.judgement, JudgeTree(tree.path(), check));
  TakeErrors(package);
  if (!package.problems.empty()) return Ok{};
  ASSAY_RETURN_IF_ERROR(backup.Place());
  Status placed = tree.Place();
  if (!placed) {
    std::error_code error;
    fs::remove_all(options.backup, error);
    return placed;
  }
  for (const auto& [name, bytes] : files.tree) package.files.push_back(name);
  return Ok{};
}

Json ResultsJson(const Judgement& judgement) {
  Json results = Json::array();
  for (const JudgedResult& result : judgement.results) {
    results.push_back(Json{{"benchmark", result.benchmark},
                           {"scenario", result.scenario},
                           {"metric", result.metric},
                           {"value", result.value ? Json(*result.value) : Json(nullptr)},
                           {"verification", "unverified"}});
  }
  return results;
}

}  // namespace

Result<Package> BuildPackage(const BuildOptions& options) {
  if (LiesInside(options.backup, options.output)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: the whole logs must be kept outside the submission {}",
                     options.backup.string(), options.output.string());
  }
  ASSAY_RETURN_IF_ERROR(CheckFree(options.output));
  ASSAY_RETURN_IF_ERROR(CheckFree(options.backup));
  Package package;
  ASSAY_ASSIGN_OR_RETURN(
      const Descriptions descriptions,
      ReadDescriptions(options.system_file, options.submitter_file, package.problems));
  if (!package.problems.empty()) {
    package.descriptions_fault = true;
    return package;
  }
  ASSAY_ASSIGN_OR_RETURN(const std::vector<PackedRun> runs, LoadRuns(options));
  const Plan plan = MakePlan(runs, descriptions, options.round, options.accept_unofficial);
  package = Described(plan, descriptions);
  if (!package.problems.empty()) return package;
  ASSAY_ASSIGN_OR_RETURN(const PackageFiles files, ComposePackage(plan, descriptions));
  ASSAY_RETURN_IF_ERROR(WriteAndJudge(options, files, package));
  return package;
}

Json ToJson(const Package& package, const BuildOptions& options) {
  if (!package.problems.empty()) {
    return Json{{"schema_version", 1}, {"built", false}, {"problems", package.problems}};
  }
  Json accepted = Json::array();
  for (const Finding& finding : package.accepted) {
    accepted.push_back(Json{{"rule", finding.rule},
                            {"message", finding.message},
                            {"found", finding.found},
                            {"needed", finding.needed}});
  }
  return Json{{"schema_version", 1},
              {"built", true},
              {"tree", options.output.string()},
              {"backup", options.backup.string()},
              {"rules", RulesOf(package.round).name},
              {"division", package.division},
              {"submitter", package.submitter},
              {"system", package.system},
              {"verification", kUnverified},
              {"results", ResultsJson(package.judgement)},
              {"accepted", accepted},
              {"files", package.files},
              {"judgement", ToJson(package.judgement)}};
}

std::string RenderText(const Package& package, const BuildOptions& options) {
  std::string text = fmt::format(
      "{}: {} files, {} division, rules of {}\n{}: the whole accuracy logs; keep them\n\n",
      options.output.string(), package.files.size(), package.division, RulesOf(package.round).name,
      options.backup.string());
  for (const JudgedResult& result : package.judgement.results) {
    text += fmt::format("  {} {}: {} {} (unverified)\n", result.benchmark, result.scenario,
                        result.metric, result.value ? fmt::format("{}", *result.value) : "n/a");
  }
  text += fmt::format("\n{}\n", kUnverified);
  if (!package.accepted.empty()) {
    text += "\nNot official; let pass by --accept-unofficial, and told in the package:\n";
  }
  for (const Finding& finding : package.accepted) {
    text += fmt::format("  {} Found: {}. [{}]\n", Printable(finding.message),
                        Printable(finding.found), finding.rule);
  }
  const auto warnings =
      std::count_if(package.judgement.findings.begin(), package.judgement.findings.end(),
                    [](const Finding& finding) { return finding.severity == Severity::kWarning; });
  text += fmt::format("\n{} warning(s): assay submission check {}\n", warnings,
                      options.output.string());
  return text;
}

}  // namespace assay
