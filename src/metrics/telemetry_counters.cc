#include "metrics/telemetry_counters.h"

#include "metrics/schedule.h"

namespace assay {

CpuSum SumOf(const std::vector<CpuTimes>& cpus) {
  CpuSum sum;
  for (const CpuTimes& cpu : cpus) {
    sum.busy_ms += static_cast<double>(cpu.busy_ms);
    sum.idle_ms += static_cast<double>(cpu.idle_ms);
    sum.steal_ms += static_cast<double>(cpu.steal_ms);
  }
  return sum;
}

double SecondsBetween(std::int64_t begin_ns, std::int64_t end_ns) {
  return static_cast<double>(Elapsed(begin_ns, end_ns)) / 1e9;
}

bool CountsInTotal(const EnergyDomain& domain) {
  return domain.name.starts_with("package") || domain.name == "dram";
}

Counter EnergyCounter(const Telemetry& telemetry, std::size_t domain) {
  return CounterOf(
      telemetry,
      [domain](const TelemetrySample& s) -> std::optional<double> {
        if (domain >= s.energy_uj.size()) return std::nullopt;
        return static_cast<double>(s.energy_uj[domain]);
      },
      static_cast<double>(telemetry.header.energy[domain].max_range_uj));
}

const ServerLoadSample* LoadOf(const TelemetrySample& sample, std::size_t server) {
  const bool told = server < sample.servers.size() && sample.servers[server];
  return told ? &*sample.servers[server] : nullptr;
}

}  // namespace assay
