// The README.md of one result in a package: what ran, from its record.

#ifndef ASSAY_SUBMISSION_README_H_
#define ASSAY_SUBMISSION_README_H_

#include <string>

#include "submission/plan.h"

namespace assay {

// Markdown. Says that nobody verified the result, and what was let pass. No command line: it may
// hold paths and names of the machine.
[[nodiscard]] std::string ResultReadme(Round round, const PlannedResult& result);

}  // namespace assay

#endif  // ASSAY_SUBMISSION_README_H_
