// What telemetry sampled, over time: for plots.

#ifndef ASSAY_METRICS_MACHINE_SERIES_H_
#define ASSAY_METRICS_MACHINE_SERIES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/telemetry.h"

namespace assay {

struct MachineSeries {
  struct Column {
    std::string name;                           // "CPUs busy"
    std::string unit;                           // "%", "MiB", "W", "requests", "% of the KV cache"
    std::vector<std::optional<double>> values;  // parallel to the steps; absent: not read
  };
  std::vector<double> seconds;  // ends of the steps, after `start_ns`
  std::vector<Column> columns;  // those that have a value
};

// `start_ns`, `end_ns`  steady clock: only samples between them.
// `most_steps`          at least 1: neighbouring samples are taken together.
//
// Value: of counters (CPU times, energy) the rate over each step, of gauges (memory, GPUs) the
// value at its end, of servers what they said last. Without two samples there is no step.
[[nodiscard]] MachineSeries MachineSeriesOf(const Telemetry& telemetry, std::int64_t start_ns,
                                            std::int64_t end_ns, std::size_t most_steps);

}  // namespace assay

#endif  // ASSAY_METRICS_MACHINE_SERIES_H_
