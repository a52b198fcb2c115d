// Can LoadGen have written this log? Its queries are reproduced and compared.

#ifndef ASSAY_RULES_CHECK_AUTHENTICITY_H_
#define ASSAY_RULES_CHECK_AUTHENTICITY_H_

#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// The loaded set, the number of queries and the schedule's length against what the logged seeds and
// settings give; the order of samples where the accuracy log has records.
//
// What no LoadGen can have produced is an error. What only another C++ standard library than
// libstdc++ can have produced (its shuffle and its distributions decide the order) is a warning.
void CheckAuthenticity(const LoadgenEvidence& evidence, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_AUTHENTICITY_H_
