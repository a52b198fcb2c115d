// All that a report of a run shows. Every format is made of one model, so that they cannot
// disagree.

#ifndef ASSAY_REPORT_REPORT_MODEL_H_
#define ASSAY_REPORT_REPORT_MODEL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/finding.h"
#include "assay/scoring.h"

#include "base/file.h"
#include "metrics/metrics_json.h"
#include "record/run_directory.h"
#include "rules/rounds.h"

namespace assay {

// What is known of one test that the run was asked for.
struct TestView {
  TestKind test = TestKind::kPerformance;
  std::optional<TestRecord> record;    // absent: it did not come to write one
  std::optional<TestMetrics> numbers;  // absent: it has no journal
  bool journal_cut_off = false;        // its last line was lost when the process was killed
  std::optional<CorpusScore> score;    // absent: not_scored says why
  std::string not_scored;
};

// One sample, for a look.
struct SampleExcerpt {
  std::uint64_t index = 0;
  std::string id;
  std::string reference;
  std::string output;  // the decoded answer
  std::uint64_t output_tokens = 0;
  SampleScore score;
  std::string why;  // chosen: "worst rougeL", "typical"
};

struct ReportModel {
  fs::path run_dir;
  RunRecord run;
  std::vector<TestView> tests;  // as the run was asked for them
  // Limits of the round asked for, or else of the newest; its benchmark's.
  const RoundRules* round = nullptr;
  std::string limits_not_judged;       // why the limits only stand beside the scores; empty: judged
  std::optional<Judgement> judgement;  // absent: not_judged says why
  std::string not_judged;
  std::vector<SampleExcerpt> excerpts;
};

// The test whose figures stand first: the performance test if it has any, else the first one that
// has. nullptr: none has.
[[nodiscard]] const TestView* MainTest(const ReportModel& model);
// The test whose scores count: the accuracy test if it was scored, else the first that was.
[[nodiscard]] const TestView* ScoredTest(const ReportModel& model);
// The round that the run was asked for, or else the newest: whose limits stand beside the scores.
[[nodiscard]] const RoundRules& RoundOf(const ReportModel& model);
// Why these scores are shown beside the limits and not judged by them; empty: they are judged.
[[nodiscard]] std::string WhyNotJudged(const ReportModel& model, const CorpusScore& score);
// Every test that the run was asked for ended as it should.
[[nodiscard]] bool IsComplete(const ReportModel& model);

}  // namespace assay

#endif  // ASSAY_REPORT_REPORT_MODEL_H_
