// The compliance test TEST06: the official verifier's result, and what it does not look at.

#ifndef ASSAY_RULES_TEST06_H_
#define ASSAY_RULES_TEST06_H_

#include "base/file.h"
#include "record/run_config.h"
#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// The official verdict and our own checks of the same log: fewer records than asked for, a first
// token that is missing. Tokens are CheckTokens' matter. A log that is none of LoadGen's is read
// again below `root` as the official verifier reads it: its verdict stands beside the error.
void CheckTest06(const fs::path& root, const LoadgenEvidence& evidence, Scenario scenario,
                 bool own_run, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_TEST06_H_
