// The judgement of a whole submission tree, in the layout of v5.1 or of v6.

#ifndef ASSAY_RULES_JUDGE_TREE_H_
#define ASSAY_RULES_JUDGE_TREE_H_

#include "assay/finding.h"
#include "assay/result.h"

#include "base/file.h"
#include "rules/run_evidence.h"

namespace assay {

// Every result of this benchmark in the tree, its descriptions, and what they say of each other.
// Other benchmarks are named in a note and not judged.
//
// Value: one JudgedResult for each scenario; a result's verdict follows from the findings about its
// own files, the tree's from all of them. Findings name files relative to `root`.
// The round is `options.rules`, otherwise the one whose seeds most of the performance logs have.
// Errors: kInvalidArgument: no submission tree; those of an option's file.
[[nodiscard]] Result<Judgement> JudgeTree(const fs::path& root, const CheckOptions& options);

}  // namespace assay

#endif  // ASSAY_RULES_JUDGE_TREE_H_
