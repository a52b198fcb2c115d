// The machine's part of metrics.json. docs/formats.md lists its keys.

#ifndef ASSAY_METRICS_MACHINE_JSON_H_
#define ASSAY_METRICS_MACHINE_JSON_H_

#include "base/json.h"
#include "metrics/machine_figures.h"
#include "metrics/roofline.h"

namespace assay {

// What is absent is null; no value is NaN or infinite.
[[nodiscard]] Json ToJson(const MachineFigures& machine);
// `roofline`  or why there is none.
[[nodiscard]] Json ToJson(const Result<Roofline>& roofline);

}  // namespace assay

#endif  // ASSAY_METRICS_MACHINE_JSON_H_
