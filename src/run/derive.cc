#include "run/derive.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "calibration/calibration.h"
#include "metrics/client_metrics.h"
#include "metrics/metrics_json.h"
#include "report/details.h"
#include "report/report.h"
#include "rules/judge_run.h"
#include "rules/render_judgement.h"
#include "rules/rounds.h"
#include "scoring/score_log.h"

namespace assay {
namespace {

constexpr std::size_t kExcerpts = 3;

TestMetrics NumbersOf(const TestEvidence& test) {
  return {*test.metrics, test.comparison, test.machine, test.roofline};
}

TestView ViewOf(const RunEvidence& run, TestKind kind) {
  TestView view;
  view.test = kind;
  const TestEvidence* test = Find(run, kind);
  if (test == nullptr) {
    view.not_scored = "the test did not begin";
    return view;
  }
  view.record = test->record;
  if (test->metrics) view.numbers = NumbersOf(*test);
  view.journal_cut_off = test->journal && test->journal->cut_off;
  if (test->score) view.score = test->score->corpus;
  if (!view.score) {
    view.not_scored = run.no_score.empty() ? "no answer can be scored" : run.no_score;
  }
  return view;
}

SampleExcerpt ExcerptOf(const RunEvidence& run, const ScoredAnswer& answer, std::string why) {
  SampleExcerpt excerpt;
  excerpt.index = answer.answer.index;
  const auto sample =
      std::find_if(run.samples.begin(), run.samples.end(),
                   [&](const InputSample& s) { return s.index == answer.answer.index; });
  if (sample != run.samples.end()) {
    excerpt.id = sample->id;
    excerpt.reference = sample->reference.value_or("");
  }
  excerpt.output = answer.prediction;
  excerpt.output_tokens = answer.answer.tokens.size();
  excerpt.score = answer.score;
  excerpt.why = std::move(why);
  return excerpt;
}

// The worst, the middle and the best by ROUGE-L.
std::vector<SampleExcerpt> Excerpts(const RunEvidence& run) {
  const TestEvidence* test = CountingTest(run);
  if (test == nullptr) return {};
  std::vector<const ScoredAnswer*> order;
  for (const ScoredAnswer& answer : test->score->answers) order.push_back(&answer);
  std::stable_sort(order.begin(), order.end(), [](const ScoredAnswer* a, const ScoredAnswer* b) {
    return a->score.rougeL.fmeasure < b->score.rougeL.fmeasure;
  });
  if (order.size() < kExcerpts) return {};
  return {ExcerptOf(run, *order.front(), "worst rougeL"),
          ExcerptOf(run, *order[order.size() / 2], "median rougeL"),
          ExcerptOf(run, *order.back(), "best rougeL")};
}

Json ScoreDocument(const RunEvidence& run) {
  const TestEvidence* counting = CountingTest(run);
  Json document = counting != nullptr && counting->score->corpus
                      ? ReferenceJson(*counting->score->corpus)
                      : Json::object();
  document["test"] = counting != nullptr ? Json(TestDirectoryName(counting->test)) : Json(nullptr);
  document["not_scored"] = run.no_score;
  Json tests = Json::object();
  for (const TestEvidence& test : run.tests) {
    if (!test.score) continue;
    Json entry = test.score->corpus ? ReferenceJson(*test.score->corpus) : Json::object();
    entry["output_tokens"] = test.score->tokens;
    entry["empty"] = test.score->empty;
    entry["repeated"] = test.score->repeated.size();
    entry["unscored"] = test.score->unscored.size();
    tests[std::string(TestDirectoryName(test.test))] = std::move(entry);
  }
  document["tests"] = std::move(tests);
  return document;
}

std::string SampleLines(const RunEvidence& run) {
  const TestEvidence* test = CountingTest(run);
  if (test == nullptr) return {};
  std::string lines;
  for (const ScoredAnswer& answer : test->score->answers) {
    lines += ToJsonLine(SampleJson(answer)) + "\n";
  }
  return lines;
}

Json MetricsOf(const RunEvidence& run) {
  std::vector<TestMetrics> tests;
  for (const TestEvidence& test : run.tests) {
    if (test.metrics) tests.push_back(NumbersOf(test));
  }
  Json document = MetricsDocument(tests);
  const TestEvidence* performance = Find(run, TestKind::kPerformance);
  if (!run.record.config.endpoint || performance == nullptr || !performance->metrics) {
    return document;
  }
  document["client"] =
      ToJson(ComputeClientMetrics(performance->journal->requests, *performance->record));
  if (run.calibration) {
    document["calibration"] =
        ToJson(*run.calibration, performance->metrics->max_output_tokens_per_s);
  }
  return document;
}

// The limits of the round that is asked for, or else of the newest.
Status FillLimits(const CheckOptions& options, ReportModel& report) {
  report.round = &AllRounds().back();
  if (options.rules) {
    report.round = &RulesOf(*options.rules);
  } else if (report.run.config.rules) {
    ASSAY_ASSIGN_OR_RETURN(const Round round, ParseRound(*report.run.config.rules));
    report.round = &RulesOf(round);
  }
  const BenchmarkRules& benchmark = RulesOf(*report.round, report.run.config.benchmark);
  const TestView* scored = ScoredTest(report);
  if (report.run.dataset.identity != benchmark.dataset_identity) {
    report.limits_not_judged = "the data set is not the benchmark's";
  } else if (scored != nullptr && scored->score->gen_num != benchmark.sample_count) {
    report.limits_not_judged = "not every sample of the data set was asked";
  }
  return Ok{};
}

}  // namespace

Result<Derived> Derive(const fs::path& run_dir, const CheckOptions& options,
                       std::size_t most_texts) {
  Derived derived;
  ASSAY_ASSIGN_OR_RETURN(derived.evidence, LoadRun(run_dir, options));
  ASSAY_ASSIGN_OR_RETURN(derived.judgement, JudgeRun(derived.evidence, options));
  ReportModel& report = derived.report;
  const RunEvidence& run = derived.evidence;
  report.run_dir = run_dir;
  report.run = run.record;
  report.calibration = run.calibration;
  for (const TestKind kind : run.record.config.tests) report.tests.push_back(ViewOf(run, kind));
  report.judgement = derived.judgement;
  ASSAY_RETURN_IF_ERROR(FillLimits(options, report));
  report.excerpts = Excerpts(run);
  FillDetails(run, most_texts, report);
  return derived;
}

std::vector<std::pair<std::string, std::string>> DerivedFiles(const Derived& derived) {
  return {{"score.json", ToPrettyJson(ScoreDocument(derived.evidence))},
          {"samples.jsonl", SampleLines(derived.evidence)},
          {"metrics.json", ToPrettyJson(MetricsOf(derived.evidence))},
          {"verdict.json", ToPrettyJson(ToJson(derived.judgement))},
          {"report.txt", RenderTerminal(derived.report)},
          {"report.md", RenderMarkdown(derived.report)},
          {"report.html", RenderHtml(derived.report)},
          {"report.json", ToPrettyJson(ReportJson(derived.report))}};
}

Status WriteDerived(const Derived& derived) {
  const fs::path& dir = derived.report.run_dir;
  for (const auto& [name, bytes] : DerivedFiles(derived)) {
    ASSAY_RETURN_IF_ERROR(WriteFileAtomically(dir / name, bytes));
  }
  return Ok{};
}

}  // namespace assay
