// All that a report of a run shows. Every format is made of one model, so that they cannot
// disagree.

#ifndef ASSAY_REPORT_REPORT_MODEL_H_
#define ASSAY_REPORT_REPORT_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/finding.h"
#include "assay/scoring.h"
#include "assay/uncertainty.h"

#include "base/file.h"
#include "calibration/calibration.h"
#include "metrics/histogram.h"
#include "metrics/machine_series.h"
#include "metrics/metrics_json.h"
#include "metrics/timeline.h"
#include "metrics/tool_figures.h"
#include "record/run_directory.h"
#include "report/sample_rows.h"
#include "rules/rounds.h"

namespace assay {

// How one test's figures are spread, and its course. Completed requests; nanoseconds.
struct TestSeries {
  Histogram ttft;
  Histogram tpot;
  Histogram e2el;
  Histogram output_tokens;
  std::optional<Timeline> timeline;
  std::vector<ToolFigure> tools;
  MachineSeries machine;  // within the timeline; empty: the test has no telemetry
};

// How sure a score is: docs/metrics.md, "Uncertainty".
inline constexpr double kConfidence = 0.95;
struct ScoreInterval {
  std::string_view metric;  // as AccuracyLimit's
  Interval interval;        // in the unit of the score
};

// What is known of one test that the run was asked for.
struct TestView {
  TestKind test = TestKind::kPerformance;
  std::optional<TestRecord> record;    // absent: it did not come to write one
  std::optional<TestMetrics> numbers;  // absent: it has no journal
  std::optional<TestSeries> series;    // with `numbers`
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

// What the figures suggest for the next run, and the figures that it rests on.
struct Recommendation {
  struct Figure {
    std::string name;  // as in metrics.json or score.json
    double value = 0.0;
  };
  std::string id;       // "latency.queueing"; docs/metrics.md lists them
  std::string message;  // one sentence
  std::string change;   // what to do
  std::vector<Figure> figures;
};

// Samples that report.html shows with their texts, where nothing else is asked for.
inline constexpr std::size_t kMostTexts = 300;

struct ReportModel {
  fs::path run_dir;
  RunRecord run;
  std::optional<Calibration> calibration;  // of the client; absent: there was none
  std::vector<TestView> tests;             // as the run was asked for them
  // Limits of the round asked for, or else of the newest; its benchmark's.
  const RoundRules* round = nullptr;
  std::string limits_not_judged;       // why the limits only stand beside the scores; empty: judged
  std::optional<Judgement> judgement;  // absent: not_judged says why
  std::string not_judged;
  std::vector<SampleExcerpt> excerpts;
  // Of the scored test (ScoredTest); empty: fewer than two answers were scored.
  std::vector<ScoreInterval> intervals;
  std::vector<Recommendation> recommendations;
  std::vector<SampleRow> samples;  // by index
  std::vector<SampleText> texts;   // those shown whole, in the order of showing
  std::size_t most_texts = kMostTexts;
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
