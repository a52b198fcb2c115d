#include "host/telemetry_sampler.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "host/kernel_sources.h"
#include "host/process_usage.h"

namespace assay {
namespace {

constexpr auto kSlowSources = std::chrono::seconds(1);
constexpr auto kDescendants = std::chrono::seconds(5);

// Is it time again? The first time always.
class Every {
 public:
  explicit Every(Nanos interval) : interval_(interval) {}
  [[nodiscard]] bool Due(MonoTime now) {
    if (last_ && now - *last_ < interval_) return false;
    last_ = now;
    return true;
  }

 private:
  Nanos interval_;
  std::optional<MonoTime> last_;
};

}  // namespace

struct TelemetryReader::Sources {
  TelemetryHeader header;
  std::optional<CpuTimeSource> cpu;
  std::optional<FrequencySource> frequency;
  std::optional<ThrottleSource> throttle;
  std::optional<MemorySource> memory;
  std::optional<ProcessSource> process;
  std::optional<ProcessSource> engine;
  std::optional<EnergySource> energy;
  std::optional<NvmlSource> gpu;
  std::optional<PressureSource> pressure;
  std::vector<std::unique_ptr<ServerWatch>> servers;
  Every slow{kSlowSources};
  Every descendants{kDescendants};

  // Notes the source, or why it is not there.
  template <typename Source>
  void Take(const char* name, const char* read_from, Result<Source> opened,
            std::optional<Source>& source) {
    if (opened) {
      source.emplace(std::move(*opened));
      header.sources.emplace_back(name, read_from);
    } else {
      header.absent.emplace_back(name, opened.error().message);
    }
  }
  void Open(const TelemetryOptions& options);
  void WatchServers(const std::vector<ServerSource>& sources);
  void ReadServers(TelemetrySample& sample);
};

void TelemetryReader::Sources::Open(const TelemetryOptions& options) {
  const fs::path& root = options.root;
  Take("cpu", "/proc/stat", CpuTimeSource::Open(root), cpu);
  if (cpu) header.cpus = cpu->cpus();
  Take("mhz", "/sys/devices/system/cpu/cpu*/cpufreq/scaling_cur_freq",
       FrequencySource::Open(root, header.cpus), frequency);
  Take("throttle_events", "/sys/devices/system/cpu/cpu*/thermal_throttle",
       ThrottleSource::Open(root, header.cpus), throttle);
  Take("memory", "/proc/meminfo, /proc/vmstat", MemorySource::Open(root), memory);
  Take("process", "/proc/self/stat", ProcessSource::OpenSelf(root), process);
  if (options.engine_pid) {
    Take("engine", "/proc/PID/stat of a process and its descendants",
         ProcessSource::OpenTree(root, *options.engine_pid), engine);
  }
  Take("energy", "/sys/class/powercap (RAPL)", EnergySource::Open(root), energy);
  if (energy) header.energy = energy->domains();
  Take("gpus", "NVML", NvmlSource::Open(options.nvml_library), gpu);
  if (gpu) {
    header.gpus = gpu->Devices();
    header.sources.back().second = fmt::format("NVML, driver {}", gpu->driver_version());
  }
  Take("pressure", "/proc/pressure", PressureSource::Open(root), pressure);
  WatchServers(options.servers);
}

void TelemetryReader::Sources::WatchServers(const std::vector<ServerSource>& sources) {
  for (const ServerSource& source : sources) {
    if (!source.read()) {
      header.absent.emplace_back("server " + source.url, "/metrics tells nothing that is known");
      continue;
    }
    header.servers.push_back(source.url);
    servers.push_back(std::make_unique<ServerWatch>(source, kSlowSources));
  }
  if (!servers.empty()) header.sources.emplace_back("servers", "/metrics");
}

void TelemetryReader::Sources::ReadServers(TelemetrySample& sample) {
  sample.servers.clear();
  bool any = false;
  for (const auto& server : servers) {
    any = sample.servers.emplace_back(server->Take()).has_value() || any;
  }
  if (!any) sample.servers.clear();
}

TelemetryReader::TelemetryReader(const TelemetryOptions& options) : sources_(new Sources) {
  sources_->header.rate_hz = options.rate_hz;
  sources_->header.engine_pid = options.engine_pid;
  sources_->Open(options);
}

TelemetryReader::~TelemetryReader() = default;

const TelemetryHeader& TelemetryReader::header() const {
  return sources_->header;
}

void TelemetryReader::Read(MonoTime now, TelemetrySample& sample) {
  Sources& s = *sources_;
  sample.t_ns = ToNanos(now);
  sample.mhz.clear();
  sample.throttle_events.reset();
  sample.swapped_pages.reset();
  if (s.cpu) s.cpu->Read(sample);
  if (s.memory) s.memory->Read(sample);
  if (s.process) sample.process = s.process->Read();
  if (s.engine) {
    if (s.descendants.Due(now)) s.engine->FindDescendants();
    sample.engine = s.engine->Read();
  }
  if (s.energy) s.energy->Read(sample);
  if (s.gpu) s.gpu->Read(sample);
  if (s.pressure) s.pressure->Read(sample);
  s.ReadServers(sample);
  if (!s.slow.Due(now)) return;
  if (s.frequency) s.frequency->Read(sample);
  if (s.throttle) s.throttle->Read(sample);
  if (s.memory) s.memory->ReadSwap(sample);
}

std::int64_t TelemetryReader::servers_cpu_ns() const {
  std::int64_t sum = 0;
  for (const auto& server : sources_->servers) sum += server->cpu_ns();
  return sum;
}

MonoTime NextSample(MonoTime start, Nanos interval, MonoTime now) {
  ASSAY_CHECK(interval.count() > 0);
  if (now < start) return start;
  return start + ((now - start) / interval + 1) * interval;
}

struct TelemetrySampler::State {
  State(AppendFile opened, const TelemetryOptions& options)
      : file(std::move(opened)), reader(options), interval(IntervalOf(options.rate_hz)) {}

  static Nanos IntervalOf(double rate_hz) {
    ASSAY_CHECK(rate_hz > 0.0 && rate_hz <= kMaxTelemetryHz);
    return Nanos(static_cast<std::int64_t>(1e9 / rate_hz));
  }

  [[nodiscard]] Status Sample();
  void Run();

  AppendFile file;
  TelemetryReader reader;
  Nanos interval;
  TelemetrySample sample;
  std::string line;
  std::optional<Error> error;  // of the thread; read after it has ended

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;  // guarded by mutex
  std::mutex stop_mutex;  // one Stop at a time
  std::thread thread;
};

Status TelemetrySampler::State::Sample() {
  const MonoTime now = SteadyClock().Now();
  reader.Read(now, sample);
  sample.width_ns = ToNanos(SteadyClock().Now()) - sample.t_ns;
  sample.own_cpu_ns = ReadThreadCpuNanos() + reader.servers_cpu_ns();
  ToTelemetryLine(sample, line);
  return file.Append(line);
}

void TelemetrySampler::State::Run() {
  const MonoTime start = SteadyClock().Now();
  while (true) {
    bool last = false;
    {
      std::unique_lock lock(mutex);
      const MonoTime next = NextSample(start, interval, SteadyClock().Now());
      last = wake.wait_until(lock, next, [this] { return stopping; });
    }
    if (const Status sampled = Sample(); !sampled) {
      error = sampled.error();
      return;
    }
    if (last) return;
  }
}

TelemetrySampler::TelemetrySampler(std::unique_ptr<State> state) : state_(std::move(state)) {}

TelemetrySampler::~TelemetrySampler() {
  static_cast<void>(Stop());  // who wants to know has asked before
}

Result<std::unique_ptr<TelemetrySampler>> TelemetrySampler::Start(const fs::path& path,
                                                                  const TelemetryOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Create(path));
  auto state = std::make_unique<State>(std::move(file), options);
  ASSAY_RETURN_IF_ERROR(state->file.Append(ToTelemetryLine(state->reader.header())));
  State& s = *state;
  std::unique_ptr<TelemetrySampler> sampler(new TelemetrySampler(std::move(state)));
  // The thread takes it, so that all samples tell the cost of one thread.
  Status first = Ok{};
  bool taken = false;
  s.thread = std::thread([&s, &first, &taken] {
    const Status sampled = s.Sample();
    {
      const std::lock_guard lock(s.mutex);
      first = sampled;
      taken = true;
    }
    s.wake.notify_all();
    if (sampled) s.Run();
  });
  {
    std::unique_lock lock(s.mutex);
    s.wake.wait(lock, [&taken] { return taken; });
  }
  if (!first) return first.error();
  return sampler;
}

Status TelemetrySampler::Stop() {
  const std::lock_guard one(state_->stop_mutex);
  if (state_->thread.joinable()) {
    {
      const std::lock_guard lock(state_->mutex);
      state_->stopping = true;
    }
    state_->wake.notify_all();
    state_->thread.join();
  }
  if (state_->error) return *state_->error;
  return Ok{};
}

}  // namespace assay
