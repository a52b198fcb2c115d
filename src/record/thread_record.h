// The scheduling of a test's threads as it stands in test.json.

#ifndef ASSAY_RECORD_THREAD_RECORD_H_
#define ASSAY_RECORD_THREAD_RECORD_H_

#include <string>
#include <vector>

#include "assay/result.h"
#include "assay/thread_scheduling.h"

#include "base/json.h"

namespace assay {

[[nodiscard]] Json ToJson(const std::vector<ThreadScheduling>& threads);
// `where` names the place in errors. Errors: kParse.
[[nodiscard]] Result<std::vector<ThreadScheduling>> ThreadsFromJson(const Json& json,
                                                                    const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_THREAD_RECORD_H_
