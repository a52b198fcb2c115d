// Are the derived files what follows from the record?

#ifndef ASSAY_VERIFY_CHECK_DERIVED_H_
#define ASSAY_VERIFY_CHECK_DERIVED_H_

#include "run/derive.h"
#include "verify/verification.h"

namespace assay {

// Remakes score.json, samples.jsonl, metrics.json, verdict.json and the reports in memory and
// compares them with those in the run directory. Writes nothing.
void CheckDerived(Derived derived, Verification& out);

}  // namespace assay

#endif  // ASSAY_VERIFY_CHECK_DERIVED_H_
