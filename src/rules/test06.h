// The compliance test TEST06: the official verifier's result, and what it does not look at.

#ifndef ASSAY_RULES_TEST06_H_
#define ASSAY_RULES_TEST06_H_

#include <optional>
#include <string>

#include "assay/result.h"

#include "record/loadgen_log.h"
#include "record/run_config.h"
#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

struct Test06Result {
  std::optional<bool> first_token;  // absent: skipped, as in Offline
  bool eos = false;
  bool sample_length = false;

  [[nodiscard]] bool Pass() const { return first_token.value_or(true) && eos && sample_length; }
};

// Value: what run_verification.py finds with `width` as its --dtype and `eos` as its end token
// (2 unless given), empty logs and all.
// Errors: kParse where it ends with an exception instead: data that are no whole number of tokens,
// a record without token_count. Source: compliance/TEST06/run_verification.py.
[[nodiscard]] Result<Test06Result> VerifyTest06(const AccuracyLog& log, Scenario scenario,
                                                TokenWidth width, TokenId eos = 2);

// verify_accuracy.txt as that script writes it: four lines.
[[nodiscard]] std::string Test06Text(const Test06Result& result);

// The official verdict and our own checks of the same log: fewer records than asked for, a first
// token that is missing. Tokens are CheckTokens' matter.
void CheckTest06(const LoadgenEvidence& evidence, Scenario scenario, bool own_run,
                 Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_TEST06_H_
