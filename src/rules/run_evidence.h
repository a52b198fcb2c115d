// A run directory with all that follows from it: what a judgement and a report look at.

#ifndef ASSAY_RULES_RUN_EVIDENCE_H_
#define ASSAY_RULES_RUN_EVIDENCE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "calibration/calibration.h"
#include "metrics/loadgen_comparison.h"
#include "metrics/machine_figures.h"
#include "metrics/metrics.h"
#include "metrics/roofline.h"
#include "record/journal.h"
#include "record/run_directory.h"
#include "record/telemetry.h"
#include "rules/evidence.h"

namespace assay {

// What `assay check` was told beside the directory.
struct CheckOptions {
  std::optional<Round> rules;
  std::optional<fs::path> dataset;
  std::optional<fs::path> tokenizer;
};

struct TestEvidence {
  TestKind test = TestKind::kPerformance;
  LoadgenEvidence loadgen;
  std::optional<TestRecord> record;
  std::optional<Journal> journal;
  std::vector<Answer> answers;  // the journal's, in its order
  std::optional<Metrics> metrics;
  std::optional<LoadgenComparison> comparison;
  std::optional<Telemetry> telemetry;
  std::optional<MachineFigures> machine;  // of telemetry and journal
  Result<Roofline> roofline = Error{ErrorCode::kUnavailable, "the test has no record"};
  // Of LoadGen's accuracy log where it has records, otherwise of the journal. Absent without
  // references or tokenizer.
  std::optional<LogScore> score;

  [[nodiscard]] std::string JournalFile() const { return loadgen.directory + "requests.jsonl"; }
  [[nodiscard]] std::string TelemetryFile() const { return loadgen.directory + "telemetry.jsonl"; }
};

struct RunEvidence {
  fs::path directory;
  RunRecord record;
  std::vector<TestEvidence> tests;  // those that have a directory, in the order of TestKind
  std::vector<InputSample> samples;
  std::shared_ptr<const Tokenizer> tokenizer;  // null: none was found
  ManifestCheck manifest;
  std::optional<Calibration> calibration;  // of the client; absent: there was none
  std::vector<UnreadableFile> unreadable;
  std::string no_score;  // why answers have no score; empty: they have
};

// Reads a run directory, scores its answers and computes its metrics.
// Errors: those of run.json; a --dataset or --tokenizer that cannot be read. Any other damage is in
// `unreadable`.
[[nodiscard]] Result<RunEvidence> LoadRun(const fs::path& run_dir, const CheckOptions& options);

// nullptr: the run has no such test.
[[nodiscard]] const TestEvidence* Find(const RunEvidence& run, TestKind test);

// The test whose scores count: the accuracy test if it was scored, else the first that was.
// nullptr: none was.
[[nodiscard]] const TestEvidence* CountingTest(const RunEvidence& run);

}  // namespace assay

#endif  // ASSAY_RULES_RUN_EVIDENCE_H_
