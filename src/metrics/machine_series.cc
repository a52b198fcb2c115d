#include "metrics/machine_series.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "metrics/schedule.h"
#include "metrics/telemetry_counters.h"

namespace assay {
namespace {

constexpr double kMebi = 1024.0 * 1024.0;
constexpr double kPercent = 100.0;
constexpr double kNanosPerSecond = 1e9;
// Servers are asked once a second: what is older than two answers says nothing of a moment.
constexpr std::int64_t kLoadHolds = 2'500'000'000;

// Of one step, from the sample at its begin and the one at its end.
using StepValue =
    std::function<std::optional<double>(const TelemetrySample&, const TelemetrySample&)>;

std::optional<double> BusyPercent(const TelemetrySample& a, const TelemetrySample& b) {
  if (a.cpus.empty() || a.cpus.size() != b.cpus.size()) return std::nullopt;
  double busy = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < a.cpus.size(); ++i) {
    // Counters may step back by a tick.
    const auto grown = [](std::uint64_t from, std::uint64_t to) {
      return to > from ? static_cast<double>(to - from) : 0.0;
    };
    const double own = grown(a.cpus[i].busy_ms, b.cpus[i].busy_ms);
    busy += own;
    all += own + grown(a.cpus[i].idle_ms, b.cpus[i].idle_ms) +
           grown(a.cpus[i].steal_ms, b.cpus[i].steal_ms);
  }
  return all > 0.0 ? std::optional(busy / all * kPercent) : std::nullopt;
}

StepValue PowerOf(const EnergyDomain& domain, std::size_t index) {
  return [range = domain.max_range_uj, index](const TelemetrySample& a,
                                              const TelemetrySample& b) -> std::optional<double> {
    if (a.energy_uj.size() <= index || b.energy_uj.size() <= index || b.t_ns <= a.t_ns) {
      return std::nullopt;
    }
    const std::uint64_t from = a.energy_uj[index];
    const std::uint64_t to = b.energy_uj[index];
    if (to < from && range == 0) return std::nullopt;
    const std::uint64_t grown = to >= from ? to - from : to + (range - from);
    return static_cast<double>(grown) * 1e3 / static_cast<double>(Elapsed(a.t_ns, b.t_ns));
  };
}

// A gauge of one GPU, at the end of a step.
StepValue Gauge(std::size_t gpu, std::optional<std::uint64_t> GpuSample::*member, double scale) {
  return [=](const TelemetrySample&, const TelemetrySample& b) -> std::optional<double> {
    if (b.gpus.size() <= gpu || !(b.gpus[gpu].*member)) return std::nullopt;
    return static_cast<double>(*(b.gpus[gpu].*member)) * scale;
  };
}

// What a server had said last when a step ended.
StepValue LastSaid(const Telemetry& telemetry, std::size_t server,
                   std::optional<double> ServerLoadSample::*member, double scale) {
  return [&telemetry, server, member, scale](const TelemetrySample&,
                                             const TelemetrySample& b) -> std::optional<double> {
    for (auto i = static_cast<std::size_t>(&b - telemetry.samples.data()) + 1; i-- > 0;) {
      const TelemetrySample& s = telemetry.samples[i];
      if (Elapsed(s.t_ns, b.t_ns) > kLoadHolds) break;
      const ServerLoadSample* load = LoadOf(s, server);
      if (load == nullptr) continue;
      const std::optional<double>& value = load->*member;
      return value ? std::optional(*value * scale) : std::nullopt;
    }
    return std::nullopt;
  };
}

StepValue Resident(std::optional<ProcessSample> TelemetrySample::*member) {
  return [=](const TelemetrySample&, const TelemetrySample& b) -> std::optional<double> {
    if (!(b.*member)) return std::nullopt;
    return static_cast<double>((b.*member)->rss_bytes) / kMebi;
  };
}

class SeriesBuilder {
 public:
  SeriesBuilder(std::vector<const TelemetrySample*> ends, std::int64_t start_ns)
      : ends_(std::move(ends)) {
    for (std::size_t i = 1; i < ends_.size(); ++i) {
      series_.seconds.push_back(static_cast<double>(Elapsed(start_ns, ends_[i]->t_ns)) /
                                kNanosPerSecond);
    }
  }

  void Add(std::string name, std::string unit, const StepValue& value) {
    MachineSeries::Column column{std::move(name), std::move(unit), {}};
    bool any = false;
    for (std::size_t i = 1; i < ends_.size(); ++i) {
      column.values.push_back(value(*ends_[i - 1], *ends_[i]));
      any = any || column.values.back();
    }
    if (any) series_.columns.push_back(std::move(column));
  }

  MachineSeries Take() { return std::move(series_); }

 private:
  std::vector<const TelemetrySample*> ends_;  // of the steps; the first is the begin of the first
  MachineSeries series_;
};

}  // namespace

MachineSeries MachineSeriesOf(const Telemetry& telemetry, std::int64_t start_ns,
                              std::int64_t end_ns, std::size_t most_steps) {
  ASSAY_CHECK(most_steps >= 1);
  std::vector<const TelemetrySample*> inside;
  for (const TelemetrySample& sample : telemetry.samples) {
    if (sample.t_ns >= start_ns && sample.t_ns <= end_ns) inside.push_back(&sample);
  }
  if (inside.size() < 2) return {};
  const std::size_t stride = (inside.size() - 2) / most_steps + 1;
  std::vector<const TelemetrySample*> ends;
  for (std::size_t i = 0; i < inside.size(); i += stride) ends.push_back(inside[i]);
  SeriesBuilder builder(std::move(ends), start_ns);
  builder.Add("CPUs busy", "%", BusyPercent);
  for (std::size_t i = 0; i < telemetry.header.gpus.size(); ++i) {
    builder.Add(fmt::format("GPU {} busy", i), "%", Gauge(i, &GpuSample::utilisation_percent, 1.0));
  }
  builder.Add("memory of the test's process", "MiB", Resident(&TelemetrySample::process));
  builder.Add("memory of the engine's processes", "MiB", Resident(&TelemetrySample::engine));
  for (std::size_t i = 0; i < telemetry.header.gpus.size(); ++i) {
    builder.Add(fmt::format("memory of GPU {}", i), "MiB",
                Gauge(i, &GpuSample::memory_used_bytes, 1.0 / kMebi));
  }
  for (std::size_t i = 0; i < telemetry.header.energy.size(); ++i) {
    const EnergyDomain& domain = telemetry.header.energy[i];
    builder.Add(domain.name, "W", PowerOf(domain, i));
  }
  for (std::size_t i = 0; i < telemetry.header.gpus.size(); ++i) {
    builder.Add(fmt::format("GPU {}", i), "W", Gauge(i, &GpuSample::power_mw, 1e-3));
  }
  for (std::size_t i = 0; i < telemetry.header.servers.size(); ++i) {
    const std::string& url = telemetry.header.servers[i];
    const auto add = [&](const char* name, const char* unit, auto member, double scale) {
      builder.Add(fmt::format("{} at {}", name, url), unit, LastSaid(telemetry, i, member, scale));
    };
    add("computed", "requests", &ServerLoadSample::running, 1.0);
    add("waiting", "requests", &ServerLoadSample::waiting, 1.0);
    add("in use", "% of the KV cache", &ServerLoadSample::kv_cache_used, kPercent);
  }
  return builder.Take();
}

}  // namespace assay
