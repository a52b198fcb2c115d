// Do a log's figures fit each other, the configuration that was handed in, and the other test's?

#ifndef ASSAY_RULES_CHECK_CLAIMS_H_
#define ASSAY_RULES_CHECK_CLAIMS_H_

#include <string>
#include <string_view>

#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// The detail log's figures against the summary's and against what they are computed from, as far as
// a log without its samples tells: rates from durations, percentiles in ascending order, tokens a
// sample. Performance tests.
void CheckFigures(const LoadgenEvidence& evidence, const Scope& scope, Findings& findings);

// Every line of a user.conf that LoadGen would misread, and every value in it that is not the
// log's. Warnings: the official checkers look at neither. `file` names it in findings.
void CheckUserConf(std::string_view text, const std::string& file, const LoadgenEvidence& evidence,
                   const Scope& scope, Findings& findings);

// Seeds, LoadGen and names that the two tests of a result do not share. Warnings.
void CheckTestsDiffer(const LoadgenEvidence& performance, const LoadgenEvidence& accuracy,
                      Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_CLAIMS_H_
