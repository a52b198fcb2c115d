// Checks of one LoadGen test's detail and summary logs.

#ifndef ASSAY_RULES_CHECK_LOG_H_
#define ASSAY_RULES_CHECK_LOG_H_

#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// Files that cannot be read, damaged lines, LoadGen's errors and warnings, a log without its end,
// a summary that tells something else.
void CheckLogs(const LoadgenEvidence& evidence, Findings& findings);

// LoadGen's settings against the round's. `test` is what the test should be.
void CheckSettings(const LoadgenEvidence& evidence, TestKind test, const Scope& scope,
                   Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_LOG_H_
