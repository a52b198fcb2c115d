// metrics.json. docs/formats.md lists its keys.

#ifndef ASSAY_METRICS_METRICS_JSON_H_
#define ASSAY_METRICS_METRICS_JSON_H_

#include <optional>
#include <span>

#include "base/json.h"
#include "metrics/loadgen_comparison.h"
#include "metrics/machine_figures.h"
#include "metrics/metrics.h"
#include "metrics/roofline.h"

namespace assay {

// One flat object with the keys that `vllm bench serve` prints, and more beside them. What is
// absent is null; no value is NaN or infinite.
[[nodiscard]] Json ToJson(const Metrics& metrics);

// The numbers of one test.
struct TestMetrics {
  Metrics metrics;
  std::optional<LoadgenComparison> loadgen;  // absent: the test has no readable detail log
  std::optional<MachineFigures> machine = std::nullopt;  // absent: the test has no telemetry
  Result<Roofline> roofline = Error{ErrorCode::kUnavailable, "it was not looked at"};
};

// metrics.json of a run: the performance test's metrics at the top level (without one, the first
// test's), the others' under "other_tests" by name; each with its "loadgen", "machine" and
// "roofline".
[[nodiscard]] Json MetricsDocument(std::span<const TestMetrics> tests);

}  // namespace assay

#endif  // ASSAY_METRICS_METRICS_JSON_H_
