// Checks of the JSON files that describe a system and a result's measurements.

#ifndef ASSAY_RULES_CHECK_DESCRIPTIONS_H_
#define ASSAY_RULES_CHECK_DESCRIPTIONS_H_

#include <string>

#include "rules/findings.h"
#include "rules/submission_tree.h"

namespace assay {

// systems/SYSTEM.json.
void CheckSystem(const SubmissionTree& tree, const Submitter& submitter, const std::string& system,
                 Findings& findings);

// v5.1: the first JSON file beside user.conf that begins with the system's name; v6:
// measurements.json. What was let pass when the package was built is an error of its own rule.
void CheckMeasurementsJson(const SubmissionTree& tree, const Submitter& submitter,
                           const SubmittedResult& result, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_DESCRIPTIONS_H_
