// Did the client of an endpoint limit the run, or blur its times?

#ifndef ASSAY_RULES_CHECK_CLIENT_H_
#define ASSAY_RULES_CHECK_CLIENT_H_

#include "rules/findings.h"
#include "rules/run_evidence.h"

namespace assay {

// Nothing for a test of an embedded engine. docs/rules.md gives the budgets and their reasons.
void CheckClient(const RunEvidence& run, const TestEvidence& test, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_CLIENT_H_
