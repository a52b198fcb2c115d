// accuracy.txt of a submission, as the checkers read it.

#ifndef ASSAY_RULES_CHECK_ACCURACY_TEXT_H_
#define ASSAY_RULES_CHECK_ACCURACY_TEXT_H_

#include <string>

#include "assay/result.h"

#include "rules/evidence.h"
#include "rules/findings.h"
#include "rules/printed_scores.h"

namespace assay {

struct AccuracyTextPlace {
  // The open division reports scores and is held to none: breaches are warnings there.
  bool open_division = false;
  // Of the accuracy log; empty: it is not whole, and the hash cannot be compared.
  std::string log_sha256;
};

// Five scores, a hash, and how many samples were scored; values that contradict each other. Not the
// limits of the scores that count.
void CheckAccuracyText(const PrintedScores& printed, const AccuracyTextPlace& place,
                       const Scope& scope, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_CHECK_ACCURACY_TEXT_H_
