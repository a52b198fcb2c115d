#include "metrics/machine_figures.h"
#include "metrics/telemetry_counters.h"

namespace assay {
namespace {

constexpr double kMillisPerSecond = 1e3;
constexpr double kMicrosPerJoule = 1e6;
constexpr double kMilliwatts = 1e3;

void FillCpu(const TelemetrySample& a, const TelemetrySample& b, double seconds,
             MachineInterval& interval) {
  if (a.cpus.empty() || b.cpus.empty()) return;
  const CpuSum first = SumOf(a.cpus);
  const CpuSum last = SumOf(b.cpus);
  const double busy = last.busy_ms - first.busy_ms;
  const double steal = last.steal_ms - first.steal_ms;
  const double all = busy + steal + last.idle_ms - first.idle_ms;
  if (all <= 0.0) return;
  interval.cpu_busy = busy / all;
  interval.cpu_steal = steal / all;
  interval.busy_cpus = busy / kMillisPerSecond / seconds;
}

std::optional<double> CpusOf(const std::optional<ProcessSample>& from,
                             const std::optional<ProcessSample>& to, double seconds) {
  if (!from || !to || to->cpu_ms < from->cpu_ms) return std::nullopt;
  return static_cast<double>(to->cpu_ms - from->cpu_ms) / kMillisPerSecond / seconds;
}

}  // namespace

std::vector<MachineInterval> IntervalsOf(const Telemetry& telemetry) {
  std::vector<MachineInterval> intervals;
  std::vector<Counter> energy;
  for (std::size_t i = 0; i < telemetry.header.energy.size(); ++i) {
    if (CountsInTotal(telemetry.header.energy[i])) energy.push_back(EnergyCounter(telemetry, i));
  }
  for (std::size_t i = 1; i < telemetry.samples.size(); ++i) {
    const TelemetrySample& a = telemetry.samples[i - 1];
    const TelemetrySample& b = telemetry.samples[i];
    const double seconds = SecondsBetween(a.t_ns, b.t_ns);
    MachineInterval& interval = intervals.emplace_back();
    interval.begin_ns = a.t_ns;
    interval.end_ns = b.t_ns;
    FillCpu(a, b, seconds, interval);
    interval.process_cpus = CpusOf(a.process, b.process, seconds);
    interval.engine_cpus = CpusOf(a.engine, b.engine, seconds);
    for (const Counter& counter : energy) {
      const auto growth = counter.Growth(a.t_ns, b.t_ns);
      if (!growth) continue;
      interval.package_watts =
          interval.package_watts.value_or(0.0) + *growth / kMicrosPerJoule / seconds;
    }
    for (const GpuSample& gpu : b.gpus) {
      const auto milliwatts = AsDouble(gpu.power_mw);
      interval.gpu_watts.push_back(milliwatts ? std::optional(*milliwatts / kMilliwatts)
                                              : std::nullopt);
    }
  }
  return intervals;
}

}  // namespace assay
