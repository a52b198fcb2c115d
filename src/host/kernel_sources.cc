#include "host/kernel_sources.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <system_error>

#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

std::uint64_t TicksToMs(std::uint64_t ticks) {
  static const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return ticks * 1000 / per_second;
}

fs::path CpuFolder(const fs::path& root, std::uint32_t cpu) {
  return root / fmt::format("sys/devices/system/cpu/cpu{}", cpu);
}

// "cpu7 ..." -> 7; nullopt for any other line, the sum of all CPUs among them.
std::optional<std::uint32_t> CpuNumber(std::string_view name) {
  constexpr std::string_view kPrefix = "cpu";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const auto number = LeadingNumber(name.substr(kPrefix.size()));
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

// The columns of a line of /proc/stat.
std::optional<CpuTimes> ParseCpuTimes(std::string_view columns) {
  enum Column { kUser, kNice, kSystem, kIdle, kIoWait, kIrq, kSoftIrq, kSteal, kColumns };
  std::array<std::uint64_t, kColumns> ticks{};
  for (std::uint64_t& value : ticks) {
    const auto number = LeadingNumber(TakeWord(columns));
    if (!number) return std::nullopt;
    value = *number;
  }
  return CpuTimes{
      TicksToMs(ticks[kUser] + ticks[kNice] + ticks[kSystem] + ticks[kIrq] + ticks[kSoftIrq]),
      TicksToMs(ticks[kIdle] + ticks[kIoWait]), TicksToMs(ticks[kSteal])};
}

// The number behind "key:" or "key " in lines of such pairs.
std::optional<std::uint64_t> ValueOf(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    if (TakeWord(line) == key) return LeadingNumber(line);
  }
  return std::nullopt;
}

}  // namespace

Result<CpuTimeSource> CpuTimeSource::Open(const fs::path& root) {
  const fs::path path = root / "proc/stat";
  ASSAY_ASSIGN_OR_RETURN(PinnedFile file, PinnedFile::Open(path));
  CpuTimeSource source(std::move(file));
  std::string_view text = source.file_.Read();
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    const auto cpu = CpuNumber(TakeWord(line));
    if (!cpu || !ParseCpuTimes(line)) continue;
    source.cpus_.push_back(*cpu);
  }
  if (source.cpus_.empty()) {
    return MakeError(ErrorCode::kParse, "{}: no line of a CPU", path.string());
  }
  source.last_.resize(source.cpus_.size());
  return source;
}

void CpuTimeSource::Read(TelemetrySample& sample) {
  std::string_view text = file_.Read();
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    const std::string_view name = TakeWord(line);
    if (name == "cpu") continue;
    const auto cpu = CpuNumber(name);
    if (!cpu) break;  // the CPUs stand first
    const auto at = std::lower_bound(cpus_.begin(), cpus_.end(), *cpu);
    if (at == cpus_.end() || *at != *cpu) continue;
    if (const auto times = ParseCpuTimes(line)) {
      last_[static_cast<std::size_t>(at - cpus_.begin())] = *times;
    }
  }
  sample.cpus = last_;
}

Result<FrequencySource> FrequencySource::Open(const fs::path& root,
                                              const std::vector<std::uint32_t>& cpus) {
  FrequencySource source;
  for (const std::uint32_t cpu : cpus) {
    ASSAY_ASSIGN_OR_RETURN(PinnedFile file,
                           PinnedFile::Open(CpuFolder(root, cpu) / "cpufreq/scaling_cur_freq"));
    source.files_.push_back(std::move(file));
  }
  return source;
}

void FrequencySource::Read(TelemetrySample& sample) {
  constexpr std::uint64_t kKhzPerMhz = 1000;
  sample.mhz.clear();
  for (PinnedFile& file : files_) {
    const auto khz = LeadingNumber(file.Read());
    if (!khz) {  // one that does not tell makes no number of them all
      sample.mhz.clear();
      return;
    }
    sample.mhz.push_back(static_cast<std::uint32_t>(*khz / kKhzPerMhz));
  }
}

Result<ThrottleSource> ThrottleSource::Open(const fs::path& root,
                                            const std::vector<std::uint32_t>& cpus) {
  ThrottleSource source;
  for (const std::uint32_t cpu : cpus) {
    const fs::path folder = CpuFolder(root, cpu) / "thermal_throttle";
    for (const char* name : {"core_throttle_count", "package_throttle_count"}) {
      ASSAY_ASSIGN_OR_RETURN(PinnedFile file, PinnedFile::Open(folder / name));
      source.files_.push_back(std::move(file));
    }
  }
  return source;
}

void ThrottleSource::Read(TelemetrySample& sample) {
  std::uint64_t sum = 0;
  for (PinnedFile& file : files_) sum += LeadingNumber(file.Read()).value_or(0);
  sample.throttle_events = sum;
}

Result<MemorySource> MemorySource::Open(const fs::path& root) {
  const fs::path path = root / "proc/meminfo";
  ASSAY_ASSIGN_OR_RETURN(PinnedFile meminfo, PinnedFile::Open(path));
  MemorySource source(std::move(meminfo));
  if (!ValueOf(source.meminfo_.Read(), "MemAvailable:")) {
    return MakeError(ErrorCode::kParse, "{}: no MemAvailable", path.string());
  }
  if (auto vmstat = PinnedFile::Open(root / "proc/vmstat")) source.vmstat_ = std::move(*vmstat);
  return source;
}

void MemorySource::Read(TelemetrySample& sample) {
  constexpr std::uint64_t kKib = 1024;
  const auto kib = ValueOf(meminfo_.Read(), "MemAvailable:");
  if (kib) sample.memory_available_bytes = *kib * kKib;
}

void MemorySource::ReadSwap(TelemetrySample& sample) {
  if (!vmstat_) return;
  const std::string_view text = vmstat_->Read();
  const auto in = ValueOf(text, "pswpin");
  const auto out = ValueOf(text, "pswpout");
  if (in && out) sample.swapped_pages = *in + *out;
}

Result<EnergySource> EnergySource::Open(const fs::path& root) {
  const fs::path powercap = "sys/class/powercap";
  EnergySource source;
  std::vector<fs::path> zones;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root / powercap, error)) {
    // intel-rapl-mmio: the same counters by another way.
    if (entry.path().filename().string().starts_with("intel-rapl:")) zones.push_back(entry.path());
  }
  std::sort(zones.begin(), zones.end());
  std::string refused;
  for (const fs::path& zone : zones) {
    const auto name = ReadFile(zone / "name");
    auto file = PinnedFile::Open(zone / "energy_uj");
    if (!file) refused = file.error().message;
    if (!name || !file) continue;
    std::string_view words = *name;
    const auto range = ReadFile(zone / "max_energy_range_uj");
    source.domains_.push_back({std::string(TakeWord(words)),
                               ("/" / powercap / zone.filename()).string(),
                               range ? LeadingNumber(*range).value_or(0) : 0});
    source.files_.push_back(std::move(*file));
  }
  if (source.files_.empty()) {
    return MakeError(
        ErrorCode::kUnavailable, "{}",
        !refused.empty() ? refused : fmt::format("{}: no RAPL zone", (root / powercap).string()));
  }
  return source;
}

void EnergySource::Read(TelemetrySample& sample) {
  sample.energy_uj.clear();
  for (PinnedFile& file : files_) {
    const auto energy = LeadingNumber(file.Read());
    if (!energy) {
      sample.energy_uj.clear();
      return;
    }
    sample.energy_uj.push_back(*energy);
  }
}

Result<PressureSource> PressureSource::Open(const fs::path& root) {
  const fs::path folder = root / "proc/pressure";
  ASSAY_ASSIGN_OR_RETURN(PinnedFile cpu, PinnedFile::Open(folder / "cpu"));
  ASSAY_ASSIGN_OR_RETURN(PinnedFile memory, PinnedFile::Open(folder / "memory"));
  ASSAY_ASSIGN_OR_RETURN(PinnedFile io, PinnedFile::Open(folder / "io"));
  return PressureSource({std::move(cpu), std::move(memory), std::move(io)});
}

void PressureSource::Read(TelemetrySample& sample) {
  // "some avg10=0.00 avg60=0.00 avg300=0.00 total=123"
  std::array<std::uint64_t, 3> total{};
  for (std::size_t i = 0; i < files_.size(); ++i) {
    constexpr std::string_view kTotal = "total=";
    std::string_view text = files_[i].Read();
    const std::string_view line = TakeLine(text);
    const std::size_t at = line.find(kTotal);
    if (!line.starts_with("some") || at == std::string_view::npos) return;
    const auto value = LeadingNumber(line.substr(at + kTotal.size()));
    if (!value) return;
    total[i] = *value;
  }
  sample.pressure = PressureSample{total[0], total[1], total[2]};
}

namespace {

struct ProcessStat {
  std::int64_t parent = 0;
  std::uint64_t cpu_ticks = 0;
  std::uint64_t rss_pages = 0;
  bool ended = false;  // a zombie, whose memory is gone
};

// "pid (name) state ppid ...": the name may hold blanks and brackets.
std::optional<ProcessStat> ParseProcessStat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  ProcessStat stat;
  const std::string_view state = TakeWord(text);
  stat.ended = state == "Z" || state == "X";
  // The numbers of the fields in proc_pid_stat(5); the state is the third.
  constexpr int kParent = 4;
  constexpr int kUser = 14;
  constexpr int kSystem = 15;
  constexpr int kRss = 24;
  for (int field = kParent; field <= kRss; ++field) {
    const std::string_view word = TakeWord(text);
    const auto number = LeadingNumber(word);
    if (word.empty()) return std::nullopt;
    if (field == kParent) stat.parent = static_cast<std::int64_t>(number.value_or(0));
    if (field == kUser || field == kSystem) stat.cpu_ticks += number.value_or(0);
    if (field == kRss) stat.rss_pages = number.value_or(0);
  }
  return stat;
}

std::uint64_t PageBytes() {
  static const auto bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// Parent of every process of the machine that runs.
std::map<std::int64_t, std::int64_t> Parents(const fs::path& proc) {
  std::map<std::int64_t, std::int64_t> parents;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(proc, error)) {
    const auto pid = LeadingNumber(entry.path().filename().string());
    if (!pid) continue;
    const auto text = ReadFile(entry.path() / "stat");
    const auto stat = text ? ParseProcessStat(*text) : std::nullopt;
    if (stat && !stat->ended) parents[static_cast<std::int64_t>(*pid)] = stat->parent;
  }
  return parents;
}

}  // namespace

Result<ProcessSource> ProcessSource::OpenSelf(const fs::path& root) {
  ProcessSource source(root);
  ASSAY_ASSIGN_OR_RETURN(PinnedFile stat, PinnedFile::Open(root / "proc/self/stat"));
  source.processes_.push_back({0, std::move(stat)});
  return source;
}

Result<ProcessSource> ProcessSource::OpenTree(const fs::path& root, std::int64_t pid) {
  ProcessSource source(root);
  ASSAY_ASSIGN_OR_RETURN(PinnedFile stat,
                         PinnedFile::Open(root / fmt::format("proc/{}/stat", pid)));
  source.processes_.push_back({pid, std::move(stat)});
  source.FindDescendants();
  return source;
}

std::optional<ProcessSample> ProcessSource::Read() {
  ProcessSample sum{0, 0, 0};
  std::uint64_t ticks = 0;
  for (auto it = processes_.begin(); it != processes_.end();) {
    const auto stat = ParseProcessStat(it->stat.Read());
    if (!stat || stat->ended) {
      ended_ticks_ += std::max(it->cpu_ticks, stat ? stat->cpu_ticks : 0);
      it = processes_.erase(it);
      continue;
    }
    it->cpu_ticks = stat->cpu_ticks;
    ticks += stat->cpu_ticks;
    sum.rss_bytes += stat->rss_pages * PageBytes();
    ++sum.processes;
    ++it;
  }
  if (sum.processes == 0) return std::nullopt;
  sum.cpu_ms = TicksToMs(ticks + ended_ticks_);
  return sum;
}

void ProcessSource::FindDescendants() {
  const std::map<std::int64_t, std::int64_t> parents = Parents(root_ / "proc");
  const auto known = [this](std::int64_t pid) {
    return std::any_of(processes_.begin(), processes_.end(),
                       [pid](const Process& p) { return p.pid == pid; });
  };
  // Until a pass finds nobody: a child may have a smaller number than its parent.
  for (bool found = true; found;) {
    found = false;
    for (const auto& [pid, parent] : parents) {
      if (!known(parent) || known(pid)) continue;
      auto stat = PinnedFile::Open(root_ / fmt::format("proc/{}/stat", pid));
      if (!stat) continue;
      processes_.push_back({pid, std::move(*stat)});
      found = true;
    }
  }
}

}  // namespace assay
