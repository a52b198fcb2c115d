// The judgement of a run directory.

#ifndef ASSAY_RULES_JUDGE_RUN_H_
#define ASSAY_RULES_JUDGE_RUN_H_

#include "assay/finding.h"
#include "assay/result.h"

#include "rules/run_evidence.h"

namespace assay {

// Value: one result. Breaches of the round's rules are errors where the round was asked for, by
// `options.rules` or by the run itself; otherwise they make the run not comparable.
// Errors: kInvalidArgument: run.json asks for rules that are not known.
[[nodiscard]] Result<Judgement> JudgeRun(const RunEvidence& run, const CheckOptions& options);

}  // namespace assay

#endif  // ASSAY_RULES_JUDGE_RUN_H_
