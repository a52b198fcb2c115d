// The files of a package, as they will stand in its tree.

#ifndef ASSAY_SUBMISSION_COMPOSE_H_
#define ASSAY_SUBMISSION_COMPOSE_H_

#include <map>
#include <string>

#include "assay/result.h"

#include "submission/descriptions.h"
#include "submission/plan.h"

namespace assay {

struct PackageFiles {
  std::map<std::string, std::string> tree;    // path in the tree -> bytes
  std::map<std::string, std::string> backup;  // whole accuracy logs, under the same paths
};

// user.conf of a performance test: the settings that LoadGen was given, in LoadGen's own words.
// `settings`  TestRecord::loadgen_settings.
[[nodiscard]] std::string UserConfOf(const Json& settings, const ScenarioRules& scenario);

// REQUIRES: plan.problems is empty.
// Errors: kIo, kParse: a log of a run that cannot be read any more.
[[nodiscard]] Result<PackageFiles> ComposePackage(const Plan& plan,
                                                  const Descriptions& descriptions);

}  // namespace assay

#endif  // ASSAY_SUBMISSION_COMPOSE_H_
