// Where two JSON values first differ.

#ifndef ASSAY_VERIFY_JSON_DIFFERENCE_H_
#define ASSAY_VERIFY_JSON_DIFFERENCE_H_

#include <optional>
#include <string>

#include "base/json.h"

namespace assay {

struct JsonDifference {
  std::string pointer;  // RFC 6901; empty: the whole
  std::string stated;   // as one line of JSON; "absent"
  std::string recomputed;
};

// The first difference in the order of `recomputed`; members that only `stated` has come last.
// Numbers are equal if their values are, exactly. nullopt: equal. The order of members does not
// matter.
[[nodiscard]] std::optional<JsonDifference> FirstDifference(const Json& stated,
                                                            const Json& recomputed);

}  // namespace assay

#endif  // ASSAY_VERIFY_JSON_DIFFERENCE_H_
