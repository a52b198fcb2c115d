// Single changes to a submission tree that breaks no rule, each with the rule that it breaks: the
// mutation test's list. They are written against what the tree holds, not against one tree.

#ifndef ASSAY_RULES_TREE_MUTATIONS_H_
#define ASSAY_RULES_TREE_MUTATIONS_H_

#include <string>
#include <vector>

#include "assay/finding.h"

#include "rules/rule_table.h"
#include "rules/tree_changes.h"

namespace assay {

struct TreeMutation {
  std::string name;
  TreeChange change;
  const Rule* rule;  // that some finding must cite
  Severity severity = Severity::kError;
  bool alone = true;  // false: it breaks rules of a higher severity too
};

// REQUIRES: `tree` has closed/ACME with the system SYS and llama3.1-8b's Offline, Server and
// Interactive, in the layout of v6.
[[nodiscard]] std::vector<TreeMutation> MutationsOf(const TreeFiles& tree);

}  // namespace assay

#endif  // ASSAY_RULES_TREE_MUTATIONS_H_
