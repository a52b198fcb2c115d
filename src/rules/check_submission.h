// Checks of a submission tree's names and files, and of TEST06's text.

#ifndef ASSAY_RULES_CHECK_SUBMISSION_H_
#define ASSAY_RULES_CHECK_SUBMISSION_H_

#include "rules/findings.h"
#include "rules/submission_tree.h"

namespace assay {

// Names, sizes and links of everything in the tree, as the older checker asks for them.
void CheckTreeNames(const SubmissionTree& tree, Findings& findings);

// A submitter's source code, calibration, described systems and required scenarios.
void CheckSubmitter(const SubmissionTree& tree, const Submitter& submitter, const RoundRules& round,
                    Findings& findings);

// The files of one result: logs, measurements with their description, TEST06's text. Not what is in
// the logs.
void CheckResultFiles(const SubmissionTree& tree, const Submitter& submitter,
                      const SubmittedResult& result, const RoundRules& round, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_SUBMISSION_H_
