// The machine: was it fit for measuring, and was it left alone while a test ran?

#ifndef ASSAY_RULES_CHECK_HOST_H_
#define ASSAY_RULES_CHECK_HOST_H_

#include "base/json.h"
#include "rules/findings.h"
#include "rules/run_evidence.h"

namespace assay {

// `host`  of run.json: its "fitness". Adds a warning for each check that matters; a record without
// such checks, which are advice, adds nothing.
void CheckHostFitness(const Json& host, Findings& findings);

// The telemetry of one test. Adds warnings: time that the hypervisor took, other processes,
// swapping, processors and GPUs that slowed themselves down. The work of others is not judged where
// the engine may be among them (an endpoint that we did not start).
void CheckHostDuring(const TestEvidence& test, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_HOST_H_
