// Fields that a description in a submission must have, as the official checker reads them.

#ifndef ASSAY_RULES_DESCRIPTION_FIELDS_H_
#define ASSAY_RULES_DESCRIPTION_FIELDS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace assay {

struct FieldFault {
  std::string field;
  bool missing = false;  // false: it is there and says nothing
  std::string found;     // the value as JSON; empty where it is missing
};

// Those of `names` that `object` has not or, unless they may be empty, whose value Python takes for
// false: null, false, 0, "", [], {}. In the order of `names`.
// Source: submission checker, checks/system_check.py and checks/measurements_checks.py.
[[nodiscard]] std::vector<FieldFault> FaultyFields(const Json& object,
                                                   std::span<const std::string_view> names,
                                                   bool may_be_empty);

}  // namespace assay

#endif  // ASSAY_RULES_DESCRIPTION_FIELDS_H_
