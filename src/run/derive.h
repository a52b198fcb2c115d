// What follows from a run directory: scores, metrics, verdict, reports. Pure functions of the
// record: no clock, no engine, no network; remade at will.

#ifndef ASSAY_RUN_DERIVE_H_
#define ASSAY_RUN_DERIVE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "assay/result.h"

#include "base/file.h"
#include "report/report_model.h"
#include "rules/run_evidence.h"

namespace assay {

struct Derived {
  RunEvidence evidence;
  Judgement judgement;
  ReportModel report;
};

// Reads, scores, measures and judges the run in `run_dir`. Writes nothing.
// `most_texts`  samples that report.html shows with their texts.
// Errors: those of LoadRun and JudgeRun.
[[nodiscard]] Result<Derived> Derive(const fs::path& run_dir, const CheckOptions& options = {},
                                     std::size_t most_texts = kMostTexts);

// Name and bytes of each file that WriteDerived writes, in the order of writing.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> DerivedFiles(const Derived& derived);

// Writes score.json, samples.jsonl, metrics.json, verdict.json and report.{txt,md,html,json} into
// the run's directory, each in one step. Errors: kIo.
[[nodiscard]] Status WriteDerived(const Derived& derived);

}  // namespace assay

#endif  // ASSAY_RUN_DERIVE_H_
