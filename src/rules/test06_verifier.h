// The official verifier of TEST06, to the letter.

#ifndef ASSAY_RULES_TEST06_VERIFIER_H_
#define ASSAY_RULES_TEST06_VERIFIER_H_

#include <optional>
#include <string>
#include <string_view>

#include "assay/result.h"
#include "assay/tokenizer.h"

#include "record/loadgen_log.h"
#include "record/run_config.h"

namespace assay {

struct Test06Result {
  std::optional<bool> first_token;  // absent: skipped, as in Offline
  bool eos = false;
  bool sample_length = false;

  [[nodiscard]] bool Pass() const { return first_token.value_or(true) && eos && sample_length; }
};

// What the script uses unless it is told another: Llama 2's.
inline constexpr TokenId kTest06Eos = 2;

// `bytes`  an accuracy log; `where` names it in errors.
// Value: what run_verification.py finds with `width` as its --dtype and `eos` as its end token,
// empty logs and all. What it never reads (seq_id, qsl_idx) may be missing.
// Errors: kParse where it ends with an exception instead: no JSON, data that are no whole number of
// tokens, a record without token_count, unless it stopped counting before. One difference: Python
// reads NaN and Infinity in JSON, this does not.
// Source: compliance/TEST06/run_verification.py (mlcommons/inference b66003e).
[[nodiscard]] Result<Test06Result> VerifyTest06(std::string_view bytes, const std::string& where,
                                                Scenario scenario,
                                                TokenWidth width = TokenWidth::kInt32,
                                                TokenId eos = kTest06Eos);
// The same of a log that was read. REQUIRES: it is not truncated.
[[nodiscard]] Result<Test06Result> VerifyTest06(const AccuracyLog& log, Scenario scenario,
                                                TokenWidth width, TokenId eos = kTest06Eos);

inline constexpr std::string_view kTest06TextFile = "verify_accuracy.txt";
// That file as the script writes it: four lines.
[[nodiscard]] std::string Test06Text(const Test06Result& result);

}  // namespace assay

#endif  // ASSAY_RULES_TEST06_VERIFIER_H_
