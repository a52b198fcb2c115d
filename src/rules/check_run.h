// Checks that only a run of ours allows: its journal, its engine and its clocks are at hand.

#ifndef ASSAY_RULES_CHECK_RUN_H_
#define ASSAY_RULES_CHECK_RUN_H_

#include "rules/findings.h"
#include "rules/run_evidence.h"

namespace assay {

// Interruption, tests that failed or are missing, a record that was changed.
void CheckRunEnd(const RunEvidence& run, const Scope& scope, Findings& findings);

// Model, precision, layers on the accelerator.
void CheckModel(const EngineInfo& engine, const RunConfig& config, Findings& findings);

// Failed and lost requests, repeated ones, LoadGen's accuracy log against the journal, the sources
// of the token counts.
void CheckRequests(const TestEvidence& test, Findings& findings);

// Our own delays, both clocks, the schedule, LoadGen's figures against the journal's.
void CheckMeasurement(const TestEvidence& test, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_RUN_H_
