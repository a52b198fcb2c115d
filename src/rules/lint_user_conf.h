// What is wrong with a user.conf before it runs, beyond what LoadGen cannot read at all.

#ifndef ASSAY_RULES_LINT_USER_CONF_H_
#define ASSAY_RULES_LINT_USER_CONF_H_

#include <string_view>
#include <vector>

#include "load/user_conf.h"
#include "record/run_config.h"
#include "rules/evidence.h"
#include "rules/findings.h"

namespace assay {

// The entry that LoadGen takes for `key`: model and scenario by name before "*" for the model,
// before "*" for the scenario, before both; of equal ones the last. nullptr: none.
// Source: loadgen/test_settings_internal.cc.
[[nodiscard]] const UserConfEntry* Effective(const std::vector<UserConfEntry>& entries,
                                             const ScenarioRules& scenario, std::string_view key);

// Keys that only the open division may change, values below the round's, lines that contradict each
// other or the command line, lines that no test reads. `config.user_conf` names the file.
// REQUIRES: scope.scenario is known.
void LintUserConf(const std::vector<UserConfEntry>& entries, const RunConfig& config,
                  const Scope& scope, Findings& findings);

}  // namespace assay

#endif  // ASSAY_RULES_LINT_USER_CONF_H_
