#include "metrics/machine_figures.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/format.h"
#include "metrics/schedule.h"
#include "metrics/telemetry_counters.h"

namespace assay {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr double kMillisPerSecond = 1e3;
constexpr double kMicrosPerSecond = 1e6;

const GpuSample* GpuOf(const TelemetrySample& sample, std::size_t gpu) {
  return gpu < sample.gpus.size() ? &sample.gpus[gpu] : nullptr;
}

// The largest, the smallest and the mean of what samples say of moments.
struct Gauge {
  std::optional<double> mean;
  std::optional<double> min;
  std::optional<double> max;
  std::uint64_t count = 0;
};

Gauge GaugeOf(const std::vector<double>& values) {
  if (values.empty()) return {};
  double sum = 0.0;
  for (const double value : values) sum += value;
  return {sum / static_cast<double>(values.size()), *std::min_element(values.begin(), values.end()),
          *std::max_element(values.begin(), values.end()), values.size()};
}

class Machine {
 public:
  Machine(const Telemetry& telemetry, const MeasuredWindow& window)
      : telemetry_(telemetry), window_(window) {}

  void FillCpu(MachineFigures& m) const;
  void FillProcesses(MachineFigures& m) const;
  void FillMemory(MachineFigures& m) const;
  void FillGpus(MachineFigures& m) const;
  void FillServers(MachineFigures& m) const;
  void FillEnergy(MachineFigures& m) const;

 private:
  using LoadMember = std::optional<double> ServerLoadSample::*;
  [[nodiscard]] std::optional<double> ServerRate(std::size_t server, LoadMember member) const;
  template <typename Get>
  [[nodiscard]] std::optional<double> Growth(Get get) const {
    return CounterOf(telemetry_, get).Growth(window_.begin_ns, window_.end_ns);
  }
  // Of the samples in the window; where it is shorter than their distance, of those around it.
  template <typename Get>
  [[nodiscard]] Gauge Values(Get get) const;
  template <typename Get>
  [[nodiscard]] Gauge OfIntervals(const std::vector<MachineInterval>& intervals, Get get) const;
  [[nodiscard]] double WindowSeconds() const {
    return SecondsBetween(window_.begin_ns, window_.end_ns);
  }
  void FillGpuEnergy(std::size_t index, GpuFigures& gpu) const;
  [[nodiscard]] std::vector<std::pair<std::string, double>> LimitedBy(std::size_t index) const;

  const Telemetry& telemetry_;
  MeasuredWindow window_;
};

template <typename Get>
Gauge Machine::Values(Get get) const {
  std::vector<double> inside;
  std::vector<double> around;
  for (const TelemetrySample& sample : telemetry_.samples) {
    const std::optional<double> value = get(sample);
    if (!value) continue;
    if (sample.t_ns < window_.begin_ns) {
      around.assign(1, *value);
    } else if (sample.t_ns <= window_.end_ns) {
      inside.push_back(*value);
    } else {
      around.push_back(*value);
      break;
    }
  }
  return GaugeOf(inside.empty() ? around : inside);
}

template <typename Get>
Gauge Machine::OfIntervals(const std::vector<MachineInterval>& intervals, Get get) const {
  std::vector<double> values;
  for (const MachineInterval& interval : intervals) {
    const std::int64_t middle = interval.begin_ns + Elapsed(interval.begin_ns, interval.end_ns) / 2;
    if (middle < window_.begin_ns || middle > window_.end_ns) continue;
    if (const std::optional<double>& value = get(interval)) values.push_back(*value);
  }
  return GaugeOf(values);
}

void Machine::FillCpu(MachineFigures& m) const {
  const auto part = [](double CpuSum::*member) {
    return [member](const TelemetrySample& s) -> std::optional<double> {
      if (s.cpus.empty()) return std::nullopt;
      return SumOf(s.cpus).*member;
    };
  };
  const auto busy = Growth(part(&CpuSum::busy_ms));
  const auto idle = Growth(part(&CpuSum::idle_ms));
  const auto steal = Growth(part(&CpuSum::steal_ms));
  if (busy && idle && steal && *busy + *idle + *steal > 0.0) {
    m.cpu_busy_mean = *busy / (*busy + *idle + *steal);
    m.cpu_steal_mean = *steal / (*busy + *idle + *steal);
  }
  const std::vector<MachineInterval> intervals = IntervalsOf(telemetry_);
  m.cpu_busy_max = OfIntervals(intervals, [](const auto& i) { return i.cpu_busy; }).max;
  m.cpu_steal_max = OfIntervals(intervals, [](const auto& i) { return i.cpu_steal; }).max;

  const auto clocks = [](const TelemetrySample& s) -> std::optional<double> {
    if (s.mhz.empty()) return std::nullopt;
    double sum = 0.0;
    for (const std::uint32_t mhz : s.mhz) sum += mhz;
    return sum / static_cast<double>(s.mhz.size());
  };
  const Gauge mhz = Values(clocks);
  m.mhz_mean = mhz.mean;
  m.mhz_min = mhz.min;
  m.throttle_events = CounterOf(telemetry_, [](const TelemetrySample& s) {
                        return AsDouble(s.throttle_events);
                      }).GrowthAround(window_.begin_ns, window_.end_ns);
  if (busy) m.others_cpus_mean = *busy / kMillisPerSecond / WindowSeconds();  // less ours, below
}

void Machine::FillProcesses(MachineFigures& m) const {
  using Member = std::optional<ProcessSample> TelemetrySample::*;
  const auto cpus = [this](Member member) {
    const auto ms = Growth([member](const TelemetrySample& s) {
      return s.*member ? std::optional(static_cast<double>((s.*member)->cpu_ms)) : std::nullopt;
    });
    return ms ? std::optional(*ms / kMillisPerSecond / WindowSeconds()) : std::nullopt;
  };
  const auto memory = [this](Member member) {
    return Values([member](const TelemetrySample& s) {
             return s.*member ? std::optional(static_cast<double>((s.*member)->rss_bytes))
                              : std::nullopt;
           })
        .max;
  };
  m.process_cpus_mean = cpus(&TelemetrySample::process);
  m.engine_cpus_mean = cpus(&TelemetrySample::engine);
  m.process_rss_max_bytes = memory(&TelemetrySample::process);
  m.engine_rss_max_bytes = memory(&TelemetrySample::engine);
  // Ticks are coarse: the difference may fall a little below 0.
  if (m.others_cpus_mean && m.process_cpus_mean) {
    m.others_cpus_mean = std::max(
        0.0, *m.others_cpus_mean - *m.process_cpus_mean - m.engine_cpus_mean.value_or(0.0));
  } else {
    m.others_cpus_mean.reset();
  }
}

void Machine::FillMemory(MachineFigures& m) const {
  m.memory_available_min_bytes =
      Values([](const TelemetrySample& s) { return AsDouble(s.memory_available_bytes); }).min;
  m.swapped_pages = CounterOf(telemetry_, [](const TelemetrySample& s) {
                      return AsDouble(s.swapped_pages);
                    }).GrowthAround(window_.begin_ns, window_.end_ns);
  const auto share = [this](std::uint64_t PressureSample::*member) {
    const auto us = Growth([member](const TelemetrySample& s) {
      return s.pressure ? std::optional(static_cast<double>((*s.pressure).*member)) : std::nullopt;
    });
    return us ? std::optional(*us / kMicrosPerSecond / WindowSeconds()) : std::nullopt;
  };
  m.pressure_cpu = share(&PressureSample::cpu_us);
  m.pressure_memory = share(&PressureSample::memory_us);
  m.pressure_io = share(&PressureSample::io_us);
}

// NVML's bits that mean a GPU slower than it could be. "Idle" is none, and clocks that somebody set
// are what was asked for.
constexpr std::array<std::pair<std::uint64_t, std::string_view>, 5> kGpuLimits{
    {{0x4, "power cap"},
     {0x8, "hardware slowdown"},
     {0x20, "heat (software)"},
     {0x40, "heat (hardware)"},
     {0x80, "power brake"}}};

std::vector<std::pair<std::string, double>> Machine::LimitedBy(std::size_t index) const {
  std::vector<std::pair<std::string, double>> limited;
  for (const auto& [bit, name] : kGpuLimits) {
    const std::uint64_t mask = bit;
    const auto share = Values([index, mask](const TelemetrySample& s) -> std::optional<double> {
                         const GpuSample* gpu = GpuOf(s, index);
                         if (gpu == nullptr || !gpu->throttle_reasons) return std::nullopt;
                         return (*gpu->throttle_reasons & mask) != 0 ? 1.0 : 0.0;
                       }).mean;
    if (share.value_or(0.0) > 0.0) limited.emplace_back(name, *share);
  }
  return limited;
}

void Machine::FillGpuEnergy(std::size_t index, GpuFigures& gpu) const {
  constexpr double kMillijoules = 1e3;
  const auto counted = Growth([index](const TelemetrySample& s) {
    const GpuSample* sample = GpuOf(s, index);
    return sample == nullptr ? std::nullopt : AsDouble(sample->energy_mj);
  });
  if (counted) {
    gpu.energy_j = *counted / kMillijoules;
    gpu.power_mean_w = *gpu.energy_j / WindowSeconds();
    return;
  }
  // The power of a sample and of the next, halfway: a counter of our own.
  Counter joules;
  double sum = 0.0;
  const TelemetrySample* before = nullptr;
  for (const TelemetrySample& sample : telemetry_.samples) {
    const GpuSample* now = GpuOf(sample, index);
    if (now == nullptr || !now->power_mw) continue;
    if (before != nullptr) {
      const double watts = static_cast<double>(*GpuOf(*before, index)->power_mw + *now->power_mw) /
                           (2.0 * kMillijoules);
      sum += watts * SecondsBetween(before->t_ns, sample.t_ns);
    }
    joules.Add(sample.t_ns, sum);
    before = &sample;
  }
  gpu.energy_j = joules.Growth(window_.begin_ns, window_.end_ns);
  gpu.energy_from_power = gpu.energy_j.has_value();
  if (gpu.energy_j) gpu.power_mean_w = *gpu.energy_j / WindowSeconds();
}

void Machine::FillGpus(MachineFigures& m) const {
  using Member = std::optional<std::uint64_t> GpuSample::*;
  constexpr double kPercent = 100.0;
  for (std::size_t i = 0; i < telemetry_.header.gpus.size(); ++i) {
    GpuFigures& gpu = m.gpus.emplace_back();
    gpu.name = telemetry_.header.gpus[i].name;
    const auto values = [this, i](Member member, double scale) {
      return Values([i, member, scale](const TelemetrySample& s) -> std::optional<double> {
        const GpuSample* sample = GpuOf(s, i);
        if (sample == nullptr || !(sample->*member)) return std::nullopt;
        return static_cast<double>(*(sample->*member)) / scale;
      });
    };
    const Gauge utilisation = values(&GpuSample::utilisation_percent, kPercent);
    gpu.utilisation_mean = utilisation.mean;
    gpu.utilisation_max = utilisation.max;
    gpu.memory_utilisation_mean = values(&GpuSample::memory_utilisation_percent, kPercent).mean;
    gpu.memory_used_max_bytes = values(&GpuSample::memory_used_bytes, 1.0).max;
    const Gauge clock = values(&GpuSample::sm_mhz, 1.0);
    gpu.sm_mhz_mean = clock.mean;
    gpu.sm_mhz_min = clock.min;
    gpu.temperature_max_c = values(&GpuSample::temperature_c, 1.0).max;
    gpu.limited = LimitedBy(i);
    FillGpuEnergy(i, gpu);
  }
}

// Between the first and the last answer in the window: there is none at its very ends.
std::optional<double> Machine::ServerRate(std::size_t server, LoadMember member) const {
  const ServerLoadSample* first = nullptr;
  const ServerLoadSample* last = nullptr;
  for (const TelemetrySample& sample : telemetry_.samples) {
    const ServerLoadSample* load = LoadOf(sample, server);
    const bool inside =
        load != nullptr && load->t_ns >= window_.begin_ns && load->t_ns <= window_.end_ns;
    if (!inside || !(load->*member)) continue;
    if (last != nullptr && *(load->*member) < *(last->*member)) return std::nullopt;  // restarted
    if (first == nullptr) first = load;
    last = load;
  }
  if (first == last) return std::nullopt;
  return (*(last->*member) - *(first->*member)) / SecondsBetween(first->t_ns, last->t_ns);
}

void Machine::FillServers(MachineFigures& m) const {
  for (std::size_t i = 0; i < telemetry_.header.servers.size(); ++i) {
    const auto gauge = [this, i](LoadMember member) {
      return Values([i, member](const TelemetrySample& s) {
        const ServerLoadSample* load = LoadOf(s, i);
        return load == nullptr ? std::nullopt : load->*member;
      });
    };
    const auto rate = [this, i](LoadMember member) { return ServerRate(i, member); };
    ServerLoadFigures& server = m.servers.emplace_back();
    server.url = telemetry_.header.servers[i];
    const Gauge running = gauge(&ServerLoadSample::running);
    const Gauge waiting = gauge(&ServerLoadSample::waiting);
    const Gauge kv_cache = gauge(&ServerLoadSample::kv_cache_used);
    server.answers = running.count;
    server.running_mean = running.mean;
    server.running_max = running.max;
    server.waiting_mean = waiting.mean;
    server.waiting_max = waiting.max;
    server.kv_cache_used_mean = kv_cache.mean;
    server.kv_cache_used_max = kv_cache.max;
    server.prompt_tokens_per_s = rate(&ServerLoadSample::prompt_tokens);
    server.generation_tokens_per_s = rate(&ServerLoadSample::generation_tokens);
  }
}

void Machine::FillEnergy(MachineFigures& m) const {
  constexpr double kMicrojoules = 1e6;
  EnergyFigures energy;
  for (std::size_t i = 0; i < telemetry_.header.energy.size(); ++i) {
    const EnergyDomain& domain = telemetry_.header.energy[i];
    if (!CountsInTotal(domain)) continue;
    const auto growth = EnergyCounter(telemetry_, i).Growth(window_.begin_ns, window_.end_ns);
    if (!growth) continue;
    energy.joules += *growth / kMicrojoules;
    energy.counted.push_back(domain.name);
  }
  for (std::size_t i = 0; i < m.gpus.size(); ++i) {
    if (!m.gpus[i].energy_j) continue;
    energy.joules += *m.gpus[i].energy_j;
    energy.counted.push_back(
        fmt::format("GPU {}{}", i, m.gpus[i].energy_from_power ? " (power, integrated)" : ""));
  }
  if (energy.counted.empty()) return;
  energy.watts_mean = energy.joules / WindowSeconds();
  m.energy = std::move(energy);
}

void FillPerToken(const TestRecord& test, const Metrics& metrics, const Telemetry& telemetry,
                  EnergyFigures& energy) {
  const bool remote = test.engine && test.engine->engine == "openai";
  if (remote && !telemetry.header.engine_pid) {
    energy.not_per_token = "the engine is not known to be on this machine";
  } else if (metrics.counts.completed == 0) {
    energy.not_per_token = "no request completed";
  } else {
    energy.joules_per_sample = energy.joules / static_cast<double>(metrics.counts.completed);
    energy.joules_per_output_token =
        energy.joules / static_cast<double>(*metrics.total_output_tokens);
  }
}

void FillOwn(const Telemetry& telemetry, MachineFigures& m) {
  const std::vector<TelemetrySample>& samples = telemetry.samples;
  m.rate_hz = telemetry.header.rate_hz;
  m.samples = samples.size();
  m.cut_off = telemetry.cut_off;
  m.absent = telemetry.header.absent;
  if (samples.size() < 2) return;
  std::int64_t gap = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    gap = std::max(gap, Elapsed(samples[i - 1].t_ns, samples[i].t_ns));
  }
  m.longest_gap_s = static_cast<double>(gap) / kNanosPerSecond;
  m.own_cpu_share =
      static_cast<double>(Elapsed(samples.front().own_cpu_ns, samples.back().own_cpu_ns)) /
      static_cast<double>(Elapsed(samples.front().t_ns, samples.back().t_ns));
}

}  // namespace

std::optional<MeasuredWindow> WindowOf(std::span<const RequestRecord> requests,
                                       const TestRecord& test) {
  if (requests.empty()) return std::nullopt;
  const Schedule schedule = RecoverSchedule(requests, test.origin_not_before_ns);
  MeasuredWindow window;
  window.begin_ns = *std::min_element(schedule.scheduled_ns.begin(), schedule.scheduled_ns.end());
  window.end_ns = window.begin_ns;
  for (const RequestRecord& request : requests) {
    window.end_ns = std::max(window.end_ns, ToNanos(request.outcome.done));
  }
  return window.end_ns > window.begin_ns ? std::optional(window) : std::nullopt;
}

MachineFigures ComputeMachineFigures(const Telemetry& telemetry,
                                     std::span<const RequestRecord> requests,
                                     const TestRecord& test, const Metrics& metrics) {
  MachineFigures m;
  FillOwn(telemetry, m);
  const std::optional<MeasuredWindow> window = WindowOf(requests, test);
  if (!window || telemetry.samples.empty()) return m;
  m.covers_window = telemetry.samples.front().t_ns <= window->begin_ns &&
                    telemetry.samples.back().t_ns >= window->end_ns;
  const Machine machine(telemetry, *window);
  machine.FillCpu(m);
  machine.FillProcesses(m);
  machine.FillMemory(m);
  machine.FillGpus(m);
  machine.FillServers(m);
  machine.FillEnergy(m);
  if (m.energy) FillPerToken(test, metrics, telemetry, *m.energy);
  return m;
}

}  // namespace assay
