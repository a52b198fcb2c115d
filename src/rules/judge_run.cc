#include "rules/judge_run.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/format.h"
#include "rules/check_accuracy.h"
#include "rules/check_answers.h"
#include "rules/check_authenticity.h"
#include "rules/check_client.h"
#include "rules/check_endpoint.h"
#include "rules/check_host.h"
#include "rules/check_log.h"
#include "rules/check_plan.h"
#include "rules/check_run.h"
#include "rules/check_server.h"
#include "rules/check_validity.h"
#include "rules/scope.h"
#include "rules/test06.h"

namespace assay {
namespace {

std::uint64_t DistinctSamples(std::span<const Answer> answers) {
  std::unordered_set<std::uint64_t> indices;
  for (const Answer& answer : answers) indices.insert(answer.index);
  return indices.size();
}

const LoadgenDetailLog* DetailOf(const TestEvidence* test) {
  return test == nullptr || !test->loadgen.detail ? nullptr : &*test->loadgen.detail;
}

class RunJudge {
 public:
  RunJudge(const RunEvidence& run, const RoundChoice& choice)
      : run_(run),
        performance_(Find(run, TestKind::kPerformance)),
        accuracy_(Find(run, TestKind::kAccuracy)),
        choice_(choice),
        findings_(RulesOf(choice.round), choice.asked) {
    const RunConfig& config = run.record.config;
    scope_.round = &RulesOf(choice.round);
    scope_.benchmark = &RulesOf(*scope_.round, config.benchmark);
    scope_.scenario = RulesOf(*scope_.benchmark, config.scenario);
    scope_.own_run = true;
  }

  Judgement Judge() {
    CheckRunEnd(run_, scope_, findings_);
    CheckServerEnd(run_, findings_);
    CheckPrefixCaching(run_, findings_);
    CheckData();
    CheckEngines();
    CheckPrompting(run_.record.config, findings_);
    CheckLengths(run_.record.config, findings_);
    CheckHostFitness(run_.record.host, findings_);
    for (const TestEvidence& test : run_.tests) CheckTest(test);
    CheckScores();
    if (performance_ != nullptr && accuracy_ != nullptr) {
      CheckAgreement(CompareAnswers(performance_->answers, accuracy_->answers), findings_);
    }
    NoteEstimate();
    NoteRound(choice_, scope_, findings_);
    return Result();
  }

 private:
  void CheckData() {
    const DatasetRecord& d = run_.record.dataset;
    CheckDataset({.file = d.path,
                  .identity = d.identity,
                  .sha256 = d.sha256,
                  .count = d.count,
                  .bundled_sample = d.bundled_sample,
                  .articles = run_.record.config.samples,
                  .near_duplicates = d.near_duplicates,
                  .near_duplicate_clusters = d.near_duplicate_clusters},
                 scope_, findings_);
    if (accuracy_ != nullptr) {
      CheckCoverage(DistinctSamples(accuracy_->answers), TestKind::kAccuracy,
                    accuracy_->JournalFile(), scope_, findings_);
    }
  }

  void CheckEngines() {
    const EngineInfo* first = nullptr;
    for (const TestEvidence& test : run_.tests) {
      if (!test.record || !test.record->engine) continue;
      const EngineInfo& engine = *test.record->engine;
      if (first == nullptr) {
        first = &engine;
        CheckEngine(engine, run_.record.config, findings_);
        CheckEndpointSettings(engine, run_.record.config, findings_);
      } else if (engine.model_sha256 != first->model_sha256 ||
                 engine.model_name != first->model_name || engine.precision != first->precision) {
        findings_.Error(rule::kModel, {.message = "The tests ran different models.",
                                       .found = fmt::format("{} ({}) and {} ({})",
                                                            first->model_name, first->precision,
                                                            engine.model_name, engine.precision),
                                       .needed = "one model in all tests",
                                       .fix = "run all tests with one model",
                                       .file = test.loadgen.directory + "test.json"});
      }
    }
    if (first == nullptr) findings_.NotRun("the model", "no test tells its engine");
  }

  void CheckTest(const TestEvidence& test) {
    CheckLogs(test.loadgen, findings_);
    if (test.loadgen.detail) {
      CheckSettings(test.loadgen, test.test, scope_, findings_);
      if (test.test == TestKind::kPerformance) {
        CheckLoadgenResult(test.loadgen, scope_, findings_);
      }
    }
    const TokenMeaning meaning =
        run_.tokenizer == nullptr ? TokenMeaning{} : TokensOfTokenizer(*run_.tokenizer);
    if (run_.tokenizer == nullptr) {
      findings_.NotRun(fmt::format("special tokens inside the answers of the {} test",
                                   TestDirectoryName(test.test)),
                       "no tokenizer");
    }
    CheckTokens(test.answers, test.JournalFile(), meaning, true, findings_);
    if (test.test == TestKind::kAccuracy) {
      CheckRepeated(test.answers, test.JournalFile(), findings_);
    }
    CheckAuthenticity(test.loadgen, findings_);
    if (test.test == TestKind::kCompliance) {
      CheckTest06(run_.directory, test.loadgen, run_.record.config.scenario, true, findings_);
    }
    CheckRequests(test, findings_);
    CheckServerCounters(test, findings_);
    CheckEndpointRequests(test, run_.record.config, meaning.end_tokens, findings_);
    CheckMeasurement(test, findings_);
    CheckHostDuring(test, findings_);
    CheckClient(run_, test, findings_);
  }

  void NoteEstimate() {
    const auto& estimate = run_.record.config.estimate;
    if (!estimate) return;
    findings_.Note(rule::kEstimated,
                   {.message = fmt::format("{} was not given: {:.6g} was estimated in a warm-up.",
                                           estimate->option, estimate->value),
                    .found = estimate->method,
                    .fix = fmt::format("{} sets it", estimate->option),
                    .file = "run.json"});
  }

  void CheckScores() {
    if (accuracy_ == nullptr) return;
    if (!accuracy_->score) {
      findings_.NotRun("the accuracy limits", run_.no_score);
      return;
    }
    const LogScore& score = *accuracy_->score;
    CheckUnscored(score, accuracy_->JournalFile(), findings_);
    if (!score.corpus) {
      findings_.NotRun("the accuracy limits", "not every answer could be scored");
      return;
    }
    AccuracyEvidence evidence{.figures = FiguresOf(*score.corpus),
                              .samples = score.corpus->gen_num,
                              .tokens = score.tokens,
                              .file = accuracy_->loadgen.AccuracyFile()};
    const bool right_data = run_.record.dataset.identity == scope_.benchmark->dataset_identity;
    evidence.judged = right_data && evidence.samples == scope_.benchmark->sample_count;
    evidence.why_not_judged =
        right_data ? "not every sample was run" : "the data set is not the benchmark's";
    CheckAccuracy(evidence, scope_, findings_);
  }

  Judgement Result() {
    Judgement judgement;
    judgement.findings = findings_.Sorted();
    judgement.verdict = VerdictOf(judgement.findings);
    const OfficialMetric metric = MetricOf(DetailOf(performance_), scope_);
    JudgedResult result;
    result.benchmark = BenchmarkName(scope_.benchmark->benchmark);
    result.scenario = ScenarioTitle(run_.record.config.scenario);
    result.metric = metric.name;
    result.value = metric.value;
    result.verdict = judgement.verdict;
    judgement.results.push_back(std::move(result));
    return judgement;
  }

  const RunEvidence& run_;
  const TestEvidence* performance_;
  const TestEvidence* accuracy_;
  const RoundChoice& choice_;
  Scope scope_;
  Findings findings_;
};

}  // namespace

Result<Judgement> JudgeRun(const RunEvidence& run, const CheckOptions& options) {
  std::optional<Round> asked = options.rules;
  if (!asked && run.record.config.rules) {
    ASSAY_ASSIGN_OR_RETURN(asked, ParseRound(*run.record.config.rules));
  }
  const LoadgenDetailLog* log = nullptr;
  for (const TestEvidence& test : run.tests) {
    if (log == nullptr) log = DetailOf(&test);
  }
  const RoundChoice choice = ChooseRound(asked, log);
  return RunJudge(run, choice).Judge();
}

}  // namespace assay
