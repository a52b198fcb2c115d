// A comparison for people, for a pull request and for programs.

#ifndef ASSAY_COMPARE_RENDER_COMPARISON_H_
#define ASSAY_COMPARE_RENDER_COMPARISON_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "compare/comparison.h"
#include "compare/gate.h"

namespace assay {

[[nodiscard]] std::string RenderText(const Comparison& comparison,
                                     const std::vector<GateResult>& gates);
// GitHub-flavoured; nothing that comes from outside can act as markup.
[[nodiscard]] std::string RenderMarkdown(const Comparison& comparison,
                                         const std::vector<GateResult>& gates);
[[nodiscard]] Json ToJson(const Comparison& comparison, const std::vector<GateResult>& gates);
// One test case a gate and variant.
[[nodiscard]] std::string RenderJUnit(const std::vector<GateResult>& gates);

}  // namespace assay

#endif  // ASSAY_COMPARE_RENDER_COMPARISON_H_
