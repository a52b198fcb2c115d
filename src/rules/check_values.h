// Is every value of a detail log one that LoadGen can have written?

#ifndef ASSAY_RULES_CHECK_VALUES_H_
#define ASSAY_RULES_CHECK_VALUES_H_

#include <string_view>

#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// What LoadGen writes as a whole number is one, what it writes as true or false is that, and so on;
// and what it writes once stands once, or alike.
// REQUIRES: the evidence has a detail log.
void CheckValues(const LoadgenEvidence& evidence, Findings& findings);

// The log has a value for `key` that is not of the type that LoadGen writes: CheckValues says so,
// and nobody else need guess what it may mean.
[[nodiscard]] bool IsMistyped(const LoadgenDetailLog& log, std::string_view key);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_VALUES_H_
