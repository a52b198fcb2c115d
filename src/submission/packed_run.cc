#include "submission/packed_run.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "rules/judge_run.h"
#include "rules/rule_table.h"
#include "rules/run_evidence.h"
#include "rules/test06_verifier.h"
#include "verify/verify.h"

namespace assay {
namespace {

Result<Round> RoundOf(const RunRecord& record, const std::string& where) {
  if (record.config.rules) return ParseRound(*record.config.rules);
  return MakeError(ErrorCode::kInvalidArgument,
                   "{}: the run was held to no round's rules; a submission needs runs made with "
                   "--rules",
                   where);
}

Status CheckHolds(const RunEvidence& run, const Judgement& judgement, const std::string& where) {
  const Verification verification = VerifyRecord(run, judgement);
  if (!verification.discrepancies.empty()) {
    const Discrepancy& first = verification.discrepancies.front();
    return MakeError(ErrorCode::kParse,
                     "{}: the record does not hold, in {} place(s), the first: {} {}: {}", where,
                     verification.discrepancies.size(), first.file, first.where, first.message);
  }
  for (const NotChecked& open : verification.not_checked) {
    if (!open.leaves_numbers_open) continue;
    return MakeError(ErrorCode::kParse, "{}: the record cannot be verified: {}: {}", where,
                     open.what, open.why);
  }
  return Ok{};
}

// Breaches that stop a package. Which tests there are is a matter of all runs together.
std::vector<Finding> BreachesOf(const Judgement& judgement) {
  std::vector<Finding> breaches;
  std::copy_if(judgement.findings.begin(), judgement.findings.end(), std::back_inserter(breaches),
               [](const Finding& f) {
                 return f.severity == Severity::kError && f.rule != rule::kTestMissing.id;
               });
  return breaches;
}

Status TakeAccuracy(const RunEvidence& run, PackedRun& packed) {
  const TestEvidence* test = Find(run, TestKind::kAccuracy);
  if (test == nullptr) return Ok{};
  if (!test->score || !test->score->corpus) {
    return MakeError(ErrorCode::kParse, "{}: the accuracy cannot be recomputed: {}",
                     run.directory.string(),
                     run.no_score.empty() ? "not every answer can be scored" : run.no_score);
  }
  packed.accuracy = test->score->corpus;
  return Ok{};
}

Status TakeTest06(const RunEvidence& run, PackedRun& packed) {
  const TestEvidence* test = Find(run, TestKind::kCompliance);
  if (test == nullptr) return Ok{};
  const fs::path log = run.directory / test->loadgen.AccuracyFile();
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(log));
  ASSAY_ASSIGN_OR_RETURN(const Test06Result result,
                         VerifyTest06(bytes, log.string(), run.record.config.scenario));
  packed.test06 = Test06Text(result);
  return Ok{};
}

OfficialMetric MetricOfRun(const RunEvidence& run, Round round) {
  Scope scope;
  scope.round = &RulesOf(round);
  scope.benchmark = &RulesOf(*scope.round, run.record.config.benchmark);
  scope.scenario = RulesOf(*scope.benchmark, run.record.config.scenario);
  const TestEvidence* test = Find(run, TestKind::kPerformance);
  return MetricOf(test == nullptr || !test->loadgen.detail ? nullptr : &*test->loadgen.detail,
                  scope);
}

}  // namespace

const TestRecord* Find(const PackedRun& run, TestKind test) {
  const auto it = std::find_if(run.tests.begin(), run.tests.end(),
                               [test](const TestRecord& t) { return t.test == test; });
  return it == run.tests.end() ? nullptr : &*it;
}

Result<PackedRun> LoadPackedRun(const fs::path& directory,
                                const std::optional<fs::path>& tokenizer) {
  const std::string where = directory.string();
  if (!IsRunDirectory(directory)) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: no run directory: it has no run.json",
                     where);
  }
  CheckOptions options;
  options.tokenizer = tokenizer;
  ASSAY_ASSIGN_OR_RETURN(const RunEvidence run, LoadRun(directory, options));
  PackedRun packed;
  packed.directory = directory;
  packed.record = run.record;
  ASSAY_ASSIGN_OR_RETURN(const Judgement judgement, JudgeRun(run, options));
  ASSAY_RETURN_IF_ERROR(CheckHolds(run, judgement, where));
  ASSAY_ASSIGN_OR_RETURN(packed.round, RoundOf(run.record, where));
  for (const TestEvidence& test : run.tests) {
    if (test.record && test.record->engine) {
      packed.tests.push_back(*test.record);
      continue;
    }
    return MakeError(ErrorCode::kParse, "{}: the {} test has no engine on record", where,
                     TestDirectoryName(test.test));
  }
  ASSAY_RETURN_IF_ERROR(TakeAccuracy(run, packed));
  ASSAY_RETURN_IF_ERROR(TakeTest06(run, packed));
  packed.metric = MetricOfRun(run, packed.round);
  packed.breaches = BreachesOf(judgement);
  return packed;
}

}  // namespace assay
