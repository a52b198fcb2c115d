// Is the record of one piece? Its parts say the same thing several times; here they are compared.

#ifndef ASSAY_VERIFY_CHECK_RECORD_H_
#define ASSAY_VERIFY_CHECK_RECORD_H_

#include "rules/run_evidence.h"
#include "verify/verification.h"

namespace assay {

// inputs/samples.jsonl: each sample's hash, its prompt, the data set where it is at hand.
void CheckInputs(const RunEvidence& run, Verification& out);
// One test's journal: order of times, ids, samples and offsets that follow from LoadGen's seeds,
// counts of test.json, sizes of prompts; the bytes of each line.
void CheckJournal(const RunEvidence& run, const TestEvidence& test, Verification& out);
// One test's LoadGen logs: against each other, the settings in test.json, and the journal.
void CheckLoadgen(const RunEvidence& run, const TestEvidence& test, Verification& out);
// One test's telemetry: the bytes of each line, its place in the test's time; and the engine's own
// count of its work against the journal.
void CheckTelemetry(const RunEvidence& run, const TestEvidence& test, Verification& out);
// The moments in run.json, test.json and LoadGen's log.
void CheckMoments(const RunEvidence& run, Verification& out);

}  // namespace assay

#endif  // ASSAY_VERIFY_CHECK_RECORD_H_
