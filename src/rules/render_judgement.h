// A judgement for people, scripts and CI systems.

#ifndef ASSAY_RULES_RENDER_JUDGEMENT_H_
#define ASSAY_RULES_RENDER_JUDGEMENT_H_

#include <string>
#include <string_view>

#include "assay/finding.h"

#include "base/json.h"

namespace assay {

// "valid", "not_comparable", "invalid".
[[nodiscard]] std::string_view VerdictName(Verdict verdict);
// "error", "warning", "note".
[[nodiscard]] std::string_view SeverityName(Severity severity);

// verdict.json, and what `check --format json` prints. What does not apply is null. A finding also
// tells whether it is about comparability.
[[nodiscard]] Json ToJson(const Judgement& judgement);

// For a terminal: the verdict first, then the findings by severity, each with what to change. Lines
// of at most 100 columns; control characters in what was found become '?'.
[[nodiscard]] std::string RenderText(const Judgement& judgement);

// JUnit XML: a test case for each finding and one for the verdict. Errors, and what makes the
// result not comparable, are failures; warnings and notes pass with their text as output. `name` is
// what was judged.
[[nodiscard]] std::string RenderJUnit(const Judgement& judgement, std::string_view name);

}  // namespace assay

#endif  // ASSAY_RULES_RENDER_JUDGEMENT_H_
