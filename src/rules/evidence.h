// What a check has before it: one LoadGen test's files, and by which rules it is judged.

#ifndef ASSAY_RULES_EVIDENCE_H_
#define ASSAY_RULES_EVIDENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "record/loadgen_log.h"
#include "record/run_config.h"
#include "rules/rounds.h"
#include "scoring/score_log.h"

namespace assay {

// A file that is there and cannot be read.
struct UnreadableFile {
  std::string file;  // relative to what is judged
  std::string reason;
};

// The files that LoadGen wrote for one test. What is not there is absent.
// A file of the result in `root` that cannot be read; the reason names it as it is called there,
// wherever that is.
[[nodiscard]] UnreadableFile Unreadable(const fs::path& root, std::string file, const Error& error);

struct LoadgenEvidence {
  std::string directory;  // relative to what is judged: "" or "performance/"
  std::optional<LoadgenDetailLog> detail;
  std::optional<LoadgenSummaryLog> summary;
  std::optional<AccuracyLog> accuracy;
  // The accuracy log's tokens; absent where there is no log, a truncated one, or where its data are
  // no tokens.
  std::optional<TokenWidth> width;
  std::vector<Answer> answers;
  std::vector<UnreadableFile> unreadable;

  [[nodiscard]] std::string DetailFile() const { return directory + "mlperf_log_detail.txt"; }
  [[nodiscard]] std::string SummaryFile() const { return directory + "mlperf_log_summary.txt"; }
  [[nodiscard]] std::string AccuracyFile() const { return directory + "mlperf_log_accuracy.json"; }
};

// `directory` is relative to `root`; `width` absent: found from the data.
[[nodiscard]] LoadgenEvidence LoadLoadgenEvidence(const fs::path& root,
                                                  const std::string& directory,
                                                  std::optional<TokenWidth> width = std::nullopt);

// The mode a detail log tells of. Compliance: performance mode under TEST06's settings.
[[nodiscard]] std::optional<TestKind> TestOf(const LoadgenDetailLog& log);
[[nodiscard]] std::optional<BenchmarkId> BenchmarkOf(const LoadgenDetailLog& log);
// Server and Interactive differ in the latency limits alone. nullopt: LoadGen's name is none of
// ours.
[[nodiscard]] std::optional<Scenario> ScenarioOf(const LoadgenDetailLog& log,
                                                 const BenchmarkRules& benchmark);

// Seconds that a performance test lasted, as LoadGen counts them: Offline to the last answer,
// Server to the last scheduled query, SingleStream to the last issued one. Absent where the log
// does not tell.
[[nodiscard]] std::optional<double> MeasuredSeconds(const LoadgenDetailLog& log);

// By which rules, and whose result it is.
struct Scope {
  const RoundRules* round = nullptr;
  const BenchmarkRules* benchmark = nullptr;
  const ScenarioRules* scenario = nullptr;  // null: not known
  bool own_run = false;                     // made by Assay: there is a journal
  bool submitted = false;                   // part of a submission tree
};

}  // namespace assay

#endif  // ASSAY_RULES_EVIDENCE_H_
