// By which rules something is judged, and how that was found.

#ifndef ASSAY_RULES_SCOPE_H_
#define ASSAY_RULES_SCOPE_H_

#include <optional>
#include <string>

#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

struct RoundChoice {
  Round round = Round::kV61;
  bool asked = false;
  std::string why;  // "as --rules asks", "as its seeds tell", ...
};

// `asked` first; then the round whose seeds `log` has; then the newest. `log` may be null.
[[nodiscard]] RoundChoice ChooseRound(std::optional<Round> asked, const LoadgenDetailLog* log);

// Notes that every judgement carries: by which rules, and that nobody else has verified it.
void NoteRound(const RoundChoice& choice, const Scope& scope, Findings& findings);

// The official metric of a performance log: name, unit and value; no value where the log has none.
struct OfficialMetric {
  std::string name;
  std::optional<double> value;
};
[[nodiscard]] OfficialMetric MetricOf(const LoadgenDetailLog* log, const Scope& scope);

}  // namespace assay

#endif  // ASSAY_RULES_SCOPE_H_
