#include "rules/judge_tree.h"

#include <algorithm>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/hash.h"
#include "record/loadgen_log.h"
#include "rules/check_descriptions.h"
#include "rules/check_submission.h"
#include "rules/findings.h"
#include "rules/judge_result.h"
#include "rules/scope.h"
#include "rules/special_files.h"
#include "rules/submission_rules.h"
#include "rules/submission_tree.h"

namespace assay {
namespace {

RoundChoice ChooseTreeRound(const SubmissionTree& tree, std::optional<Round> asked) {
  if (asked) return {*asked, true, "as asked"};
  std::map<Round, std::size_t> votes;
  for (const Submitter& submitter : tree.submitters) {
    for (const SubmittedResult& result : submitter.results) {
      const auto log = LoadgenDetailLog::Read(tree.root / result.directory / "performance" /
                                              "run_1" / "mlperf_log_detail.txt");
      const auto seeds = log ? SeedsOf(*log) : std::nullopt;
      if (const auto round = seeds ? RoundOfSeeds(*seeds) : std::nullopt) ++votes[*round];
    }
  }
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most != votes.end()) return {most->first, false, "as the seeds in its logs tell"};
  const bool old = std::any_of(tree.submitters.begin(), tree.submitters.end(),
                               [](const Submitter& s) { return s.layout == TreeLayout::kV5; });
  return {old ? Round::kV51 : AllRounds().back().round, false,
          "as its layout tells; no log has a round's seeds"};
}

// A result of a server behind an endpoint, driven without LoadGen, as rounds from v6.1 on take
// them: the checkers look at its own files where both detail logs are absent.
// Source: submission checker, loader.py and parsers/endpoints_parser.py.
bool IsEndpointsResult(const fs::path& root, const SubmittedResult& result) {
  const fs::path dir = root / result.directory;
  std::error_code error;
  return !fs::exists(dir / "performance" / "run_1" / "mlperf_log_detail.txt", error) &&
         !fs::exists(dir / "accuracy" / "mlperf_log_detail.txt", error) &&
         (fs::exists(dir / "performance" / "result_summary.json", error) ||
          fs::exists(dir / "config.yaml", error));
}

class TreeJudge {
 public:
  TreeJudge(SubmissionTree tree, RoundChoice choice, const CheckOptions& options)
      : tree_(std::move(tree)),
        choice_(std::move(choice)),
        round_(RulesOf(choice_.round)),
        options_(options) {}

  Result<Judgement> Judge() {
    Findings common(round_, true);
    CheckTreeNames(tree_, common);
    for (const Submitter& submitter : tree_.submitters) {
      CheckSubmitter(tree_, submitter, round_, common);
      for (const std::string& system : submitter.systems) {
        const bool ours = std::any_of(submitter.results.begin(), submitter.results.end(),
                                      [&](const auto& r) { return r.system == system; });
        if (ours) CheckSystem(tree_, submitter, system, common);
      }
      ASSAY_RETURN_IF_ERROR(JudgeResults(submitter));
    }
    CheckDuplicates(common);
    Conclude(common);
    for (const Finding& finding : common.all()) findings_.push_back(finding);
    std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return static_cast<int>(a.severity) < static_cast<int>(b.severity);
    });
    return Judgement{VerdictOf(findings_), std::move(results_), std::move(findings_)};
  }

 private:
  Status JudgeResults(const Submitter& submitter) {
    for (const SubmittedResult& result : submitter.results) {
      if (IsEndpointsResult(tree_.root, result)) {
        AddNotJudged(result);
        continue;
      }
      Findings files(round_, true);
      CheckResultFiles(tree_, submitter, result, round_, files);
      const SubmittedPlace place{&tree_, &result, choice_.round, choice_.asked, choice_.why};
      ASSAY_ASSIGN_OR_RETURN(Judgement judgement, JudgeSubmittedResult(place, options_));
      for (const Finding& finding : files.all()) judgement.findings.push_back(finding);
      JudgedResult judged = judgement.results.front();
      judged.verdict = VerdictOf(judgement.findings);
      if (!result.benchmark) judged.benchmark = result.benchmark_dir;
      if (!result.scenario) judged.scenario = result.scenario_dir;
      results_.push_back(std::move(judged));
      for (Finding& finding : judgement.findings) {
        if (finding.file.empty()) finding.file = result.directory;
        findings_.push_back(std::move(finding));
      }
    }
    return Ok{};
  }

  // No verdict is given on what was not looked at.
  void AddNotJudged(const SubmittedResult& result) {
    JudgedResult judged;
    judged.division = result.division;
    judged.submitter = result.submitter;
    judged.system = result.system;
    judged.benchmark = result.benchmark_dir;
    judged.scenario = result.scenario_dir;
    judged.verdict = Verdict::kNotComparable;
    results_.push_back(std::move(judged));
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.comparability = true;
    finding.rule = rule::kNotRun.id;
    finding.message =
        "This result is not judged: it was made against an endpoint without LoadGen, and has "
        "no LoadGen log.";
    finding.file = result.directory;
    finding.source = rule::kNotRun.source;
    finding.fix = "the official checker of its round judges such results";
    findings_.push_back(std::move(finding));
  }

  // The same detail log under two results, other than an Offline inferred from SingleStream.
  void CheckDuplicates(Findings& findings) {
    std::map<std::string, std::string> seen;
    for (const Submitter& submitter : tree_.submitters) {
      for (const SubmittedResult& result : submitter.results) {
        for (const std::string_view test : {"performance/run_1", "accuracy"}) {
          const std::string file =
              fmt::format("{}/{}/mlperf_log_detail.txt", result.directory, test);
          std::error_code error;
          // CheckTreeNames rejects what is larger, and no log is.
          if (fs::file_size(tree_.root / file, error) > kMaxSubmittedFileBytes || error) continue;
          const auto hash = Sha256OfFile(tree_.root / file);
          if (!hash) continue;
          const auto [it, is_new] = seen.emplace(*hash, file);
          if (is_new || result.benchmark == BenchmarkId::kLlama31_8bEdge) continue;
          findings.Warning(rule::kTreeDuplicate,
                           {.message = "One log stands for two results.",
                            .found = fmt::format("the same bytes as {}", it->second),
                            .needed = "a log of its own",
                            .fix = "run a test for each result",
                            .file = file});
        }
      }
    }
  }

  void Conclude(Findings& findings) {
    if (results_.empty()) {
      findings.Error(rule::kTreeEmpty,
                     {.message = "The tree holds no result of llama3.1-8b or llama3.1-8b-edge.",
                      .fix = "check the root that holds closed/, open/ or network/"});
    }
    for (const std::string& stranger : tree_.strangers) {
      findings.NotRun(stranger, "another benchmark");
    }
    findings.Note(rule::kRound, {.message = fmt::format("Judged by the rules of {} ({}).",
                                                        round_.name, choice_.why),
                                 .fix = choice_.asked ? "" : "--rules asks for another round"});
    findings.Note(rule::kUnverified, {.message = std::string(kUnverified)});
  }

  SubmissionTree tree_;
  RoundChoice choice_;
  const RoundRules& round_;
  const CheckOptions& options_;
  std::vector<JudgedResult> results_;
  std::vector<Finding> findings_;
};

}  // namespace

Result<Judgement> JudgeTree(const fs::path& root, const CheckOptions& options) {
  if (!IsSubmissionTree(root)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: no submission tree: expected DIVISION/SUBMITTER/results in it",
                     root.string());
  }
  ASSAY_RETURN_IF_ERROR(CheckNoSpecialFiles(root));
  SubmissionTree tree = ReadSubmissionTree(root, std::nullopt);
  RoundChoice choice = ChooseTreeRound(tree, options.rules);
  return TreeJudge(std::move(tree), std::move(choice), options).Judge();
}

}  // namespace assay
