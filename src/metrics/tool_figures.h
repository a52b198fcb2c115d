// The same requests under the definitions of other tools: one name, several meanings.
// docs/metrics.md, "Other tools' definitions".

#ifndef ASSAY_METRICS_TOOL_FIGURES_H_
#define ASSAY_METRICS_TOOL_FIGURES_H_

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "record/journal.h"
#include "record/run_directory.h"

namespace assay {

struct ToolFigure {
  std::string_view tool;        // "LoadGen", "vLLM", "AIPerf", "GuideLLM"
  std::string_view metric;      // "TTFT", "TPOT", "ITL": what the field calls it
  std::string_view name;        // as that tool prints it
  std::string_view definition;  // for people
  // Milliseconds, by that tool's own statistics; absent: no request has a value.
  std::optional<double> mean_ms;
  std::optional<double> median_ms;
  std::optional<double> p99_ms;
};

// `requests`  one test's journal, any order; `test` its record. Completed requests only.
//
// Value: metric by metric, in each the tools that have it. What a tool does not have is not there.
[[nodiscard]] std::vector<ToolFigure> FiguresByTool(std::span<const RequestRecord> requests,
                                                    const TestRecord& test);

// numpy.percentile's default: linear between the two nearest ranks.
// `sorted` ascending, not empty; `fraction` in [0, 1].
[[nodiscard]] double LinearPercentile(std::span<const double> sorted, double fraction);

// GuideLLM's percentile: the least value at or below which lie `fraction` of the weights.
struct WeightedValue {
  double value = 0.0;
  double weight = 0.0;
};
// `sorted` ascending by value; some weight is positive.
[[nodiscard]] double WeightedPercentile(std::span<const WeightedValue> sorted, double fraction);

}  // namespace assay

#endif  // ASSAY_METRICS_TOOL_FIGURES_H_
