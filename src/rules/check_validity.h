// "Why INVALID, and what to change."

#ifndef ASSAY_RULES_CHECK_VALIDITY_H_
#define ASSAY_RULES_CHECK_VALIDITY_H_

#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// LoadGen's own verdict and the scenario's latency limits: for each that is not kept what was
// measured, what is needed, and the setting that gets there, computed. Performance tests.
void CheckLoadgenResult(const LoadgenEvidence& evidence, const Scope& scope, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_VALIDITY_H_
