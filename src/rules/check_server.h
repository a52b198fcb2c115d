// What served a run over a connection: did it last, did it keep answers from one request for
// another, and did it count the same tokens?

#ifndef ASSAY_RULES_CHECK_SERVER_H_
#define ASSAY_RULES_CHECK_SERVER_H_

#include "rules/findings.h"
#include "rules/run_evidence.h"

namespace assay {

// A server that the run started and that ended before it was told, or could not be stopped.
void CheckServerEnd(const RunEvidence& run, Findings& findings);

// By the servers' own configuration, and by what their counters saw during the tests.
void CheckPrefixCaching(const RunEvidence& run, Findings& findings);

// The tokens that the servers counted during a test against the journal's.
void CheckServerCounters(const TestEvidence& test, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_SERVER_H_
