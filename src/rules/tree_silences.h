// Which errors of ours both official checkers let pass, and why that is right of us: what the
// mutation test must not find otherwise.

#ifndef ASSAY_RULES_TREE_SILENCES_H_
#define ASSAY_RULES_TREE_SILENCES_H_

#include <span>
#include <string_view>

#include "rules/tree_mutations.h"

namespace assay {

struct Silence {
  const Rule* rule;
  std::string_view part;  // of the mutation's name; "" is in all of the rule's
  std::string_view why;   // as docs/rules.md tells it
};

[[nodiscard]] std::span<const Silence> Silences();

// nullptr: an official checker rejects the change too, or it brings no error of ours.
[[nodiscard]] const Silence* SilenceOn(const TreeMutation& mutation);

}  // namespace assay

#endif  // ASSAY_RULES_TREE_SILENCES_H_
