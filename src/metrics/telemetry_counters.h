// What telemetry's samples hold: numbers that grow, and what a server said.

#ifndef ASSAY_METRICS_TELEMETRY_COUNTERS_H_
#define ASSAY_METRICS_TELEMETRY_COUNTERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "metrics/counter.h"
#include "record/telemetry.h"

namespace assay {

// All CPUs together.
struct CpuSum {
  double busy_ms = 0.0;
  double idle_ms = 0.0;
  double steal_ms = 0.0;
};

[[nodiscard]] CpuSum SumOf(const std::vector<CpuTimes>& cpus);

// From one moment to a later one.
[[nodiscard]] double SecondsBetween(std::int64_t begin_ns, std::int64_t end_ns);

// Does the energy of a machine contain this domain's? Cores and graphics are in the package, "psys"
// is the whole board.
[[nodiscard]] bool CountsInTotal(const EnergyDomain& domain);
// Of one domain, in microjoules.
[[nodiscard]] Counter EnergyCounter(const Telemetry& telemetry, std::size_t domain);

// What a server said of its load; nullptr: nothing since the sample before. Lives in the sample.
[[nodiscard]] const ServerLoadSample* LoadOf(const TelemetrySample& sample, std::size_t server);

// Reads a member of a sample as a number.
template <typename Get>
Counter CounterOf(const Telemetry& telemetry, Get get, double range = 0.0) {
  Counter counter;
  for (const TelemetrySample& sample : telemetry.samples) {
    const std::optional<double> value = get(sample);
    if (value) counter.Add(sample.t_ns, *value, range);
  }
  return counter;
}

template <typename Number>
std::optional<double> AsDouble(const std::optional<Number>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

}  // namespace assay

#endif  // ASSAY_METRICS_TELEMETRY_COUNTERS_H_
