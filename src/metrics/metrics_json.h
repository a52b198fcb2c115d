// metrics.json. docs/formats.md lists its keys.

#ifndef ASSAY_METRICS_METRICS_JSON_H_
#define ASSAY_METRICS_METRICS_JSON_H_

#include "base/json.h"
#include "metrics/metrics.h"

namespace assay {

// One flat object with the keys that `vllm bench serve` prints, and more beside them. What is
// absent is null; no value is NaN or infinite.
[[nodiscard]] Json ToJson(const Metrics& metrics);

}  // namespace assay

#endif  // ASSAY_METRICS_METRICS_JSON_H_
