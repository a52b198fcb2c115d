// What a package takes from one run directory, after the record was verified and judged.

#ifndef ASSAY_SUBMISSION_PACKED_RUN_H_
#define ASSAY_SUBMISSION_PACKED_RUN_H_

#include <optional>
#include <string>
#include <vector>

#include "assay/finding.h"
#include "assay/result.h"

#include "base/file.h"
#include "record/run_directory.h"
#include "rules/rounds.h"
#include "rules/scope.h"
#include "scoring/score_log.h"

namespace assay {

struct PackedRun {
  fs::path directory;
  RunRecord record;
  Round round = Round::kV61;            // that the run was held to
  std::vector<TestRecord> tests;        // those that are there, each with its engine
  std::optional<CorpusScore> accuracy;  // recomputed; with an accuracy test only
  std::optional<std::string> test06;    // verify_accuracy.txt, from TEST06's log
  OfficialMetric metric;                // of the performance test
  // Errors of the judgement by the rules of its round, but for tests that another run may hold.
  // Files are relative to `directory`.
  std::vector<Finding> breaches;
};

// nullptr: the run has no such test.
[[nodiscard]] const TestRecord* Find(const PackedRun& run, TestKind test);

// `tokenizer`  absent: the run's own.
// Errors: kInvalidArgument: no run directory; the run was held to no round (--rules). kParse: the
// record does not hold, with the first thing that does not follow; accuracy or TEST06 cannot be
// recomputed. Those of LoadRun and JudgeRun.
[[nodiscard]] Result<PackedRun> LoadPackedRun(const fs::path& directory,
                                              const std::optional<fs::path>& tokenizer);

}  // namespace assay

#endif  // ASSAY_SUBMISSION_PACKED_RUN_H_
