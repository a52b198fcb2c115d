// Does every number of a run directory follow from its record, and is the record of one piece?

#ifndef ASSAY_VERIFY_VERIFY_H_
#define ASSAY_VERIFY_VERIFY_H_

#include <optional>
#include <string>

#include "assay/finding.h"
#include "assay/result.h"

#include "base/file.h"
#include "base/json.h"
#include "rules/run_evidence.h"
#include "verify/verification.h"

namespace assay {

struct VerifyOptions {
  std::string assay_version;  // of the running program
  // A tokenizer file to decode with where the run's own is not at hand; it must have the recorded
  // SHA-256.
  std::optional<fs::path> tokenizer;
};

// Checks the manifest, then the record against itself (inputs, journal, LoadGen's logs, the queries
// and the schedule that follow from the seeds), then remakes every derived file in memory and
// compares. Writes nothing. docs/formats.md, "assay verify", lists what is checked, and what a
// forger who does everything right can change unseen.
//
// Errors: kIo, kParse if there is no run.json that can be read and no manifest that says so.
[[nodiscard]] Result<Verification> VerifyRun(const fs::path& run_dir, const VerifyOptions& options);

// The same for the record alone: what `run` was loaded from. Derived files play no part, and
// nothing is remade. `judgement` is JudgeRun's of `run`.
[[nodiscard]] Verification VerifyRecord(const RunEvidence& run, const Judgement& judgement);

// verify --format json.
[[nodiscard]] Json ToJson(const Verification& verification);
// For people: the answer, the first thing that does not follow in full, the others by name.
[[nodiscard]] std::string RenderText(const Verification& verification, const std::string& run_dir);

}  // namespace assay

#endif  // ASSAY_VERIFY_VERIFY_H_
