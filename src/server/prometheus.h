// The text in which servers expose their counters at /metrics.

#ifndef ASSAY_SERVER_PROMETHEUS_H_
#define ASSAY_SERVER_PROMETHEUS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/result.h"

namespace assay {

struct PrometheusSample {
  std::string_view name;                                         // into the parsed text
  std::vector<std::pair<std::string_view, std::string>> labels;  // values without escapes
  double value = 0.0;

  // nullptr: it has no such label.
  [[nodiscard]] const std::string* Label(std::string_view label) const;
};

// Every sample line; comments (HELP, TYPE, EOF), timestamps and exemplars are passed over. `text`
// must outlive the samples.
//
// Errors: kParse, naming the line: no metric name, a label list that does not end, no number.
// Source: Prometheus exposition formats, text-based format 0.0.4; of OpenMetrics 1.0 what a
// reader of samples needs.
[[nodiscard]] Result<std::vector<PrometheusSample>> ParsePrometheus(std::string_view text);

// Sum over all label sets of the metric. nullopt: it has no sample, or one is no finite number.
[[nodiscard]] std::optional<double> SumOf(const std::vector<PrometheusSample>& samples,
                                          std::string_view name);

// Largest over all label sets of the metric. nullopt as for SumOf.
[[nodiscard]] std::optional<double> LargestOf(const std::vector<PrometheusSample>& samples,
                                              std::string_view name);

}  // namespace assay

#endif  // ASSAY_SERVER_PROMETHEUS_H_
