// The judgement of a LoadGen result that is no run directory: a folder with LoadGen's logs, or with
// the folders performance/ (or performance/run_1/) and accuracy/ that hold them.

#ifndef ASSAY_RULES_JUDGE_RESULT_H_
#define ASSAY_RULES_JUDGE_RESULT_H_

#include "assay/finding.h"
#include "assay/result.h"

#include "base/file.h"
#include "rules/run_evidence.h"
#include "rules/submission_tree.h"

namespace assay {

// The logs of one result of a tree; CheckResultFiles looks at the rest. Findings name files
// relative to the tree's root. Never fails on what is in the tree. Errors: those of an option's
// file.
[[nodiscard]] Result<Judgement> JudgeSubmittedResult(const SubmittedPlace& place,
                                                     const CheckOptions& options);

// The data set is `options.dataset` or, where there is none, an official file's name beside a log.
// Texts are scored where data set and tokenizer are at hand; printed scores (accuracy.txt, or a
// JSON object with the six keys) are read and, where possible, compared with the recomputed ones.
//
// Errors: kInvalidArgument: `dir` is no LoadGen result; those of an option's file.
[[nodiscard]] Result<Judgement> JudgeResult(const fs::path& dir, const CheckOptions& options);

}  // namespace assay

#endif  // ASSAY_RULES_JUDGE_RESULT_H_
