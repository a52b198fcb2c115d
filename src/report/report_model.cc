#include "report/report_model.h"

#include <algorithm>

namespace assay {
namespace {

template <typename Predicate>
const TestView* Preferred(const ReportModel& model, TestKind preferred, Predicate has) {
  const TestView* found = nullptr;
  for (const TestView& test : model.tests) {
    if (!has(test)) continue;
    if (test.test == preferred) return &test;
    if (found == nullptr) found = &test;
  }
  return found;
}

}  // namespace

const TestView* MainTest(const ReportModel& model) {
  return Preferred(model, TestKind::kPerformance,
                   [](const TestView& test) { return test.numbers.has_value(); });
}

const TestView* ScoredTest(const ReportModel& model) {
  return Preferred(model, TestKind::kAccuracy,
                   [](const TestView& test) { return test.score.has_value(); });
}

const RoundRules& RoundOf(const ReportModel& model) {
  if (model.run.config.rules) {
    const Result<Round> asked = ParseRound(*model.run.config.rules);
    if (asked) return RulesOf(*asked);
  }
  return AllRounds().back();
}

std::string WhyNotJudged(const ReportModel& model, const CorpusScore& score) {
  const BenchmarkRules& benchmark = RulesOf(RoundOf(model), model.run.config.benchmark);
  if (model.run.dataset.identity != benchmark.dataset_identity) {
    return "the data set is not the benchmark's";
  }
  if (score.gen_num != benchmark.sample_count) return "not every sample was run";
  return {};
}

bool IsComplete(const ReportModel& model) {
  return ReachedItsEnd(model.run) &&
         std::all_of(model.run.tests.begin(), model.run.tests.end(),
                     [](const TestEnd& end) { return end.outcome == "completed"; }) &&
         std::all_of(model.tests.begin(), model.tests.end(), [](const TestView& test) {
           return test.record && test.record->status == "completed" && !test.journal_cut_off;
         });
}

}  // namespace assay
