#include "host/host_info.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"

namespace assay {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(Trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "0-3,8" -> 5. Absent if it is no such list.
std::optional<std::uint64_t> CountCpuList(std::string_view list) {
  std::uint64_t count = 0;
  for (const std::string_view range : Split(list, ',')) {
    const std::vector<std::string_view> ends = Split(range, '-');
    const auto first = ParseNumber<std::uint64_t>(ends.front());
    const auto last = ParseNumber<std::uint64_t>(ends.back());
    if (!first || !last || *last < *first || ends.size() > 2) return std::nullopt;
    count += *last - *first + 1;
  }
  return count;
}

// "512K" -> 524288.
std::optional<std::uint64_t> ParseCacheSize(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t unit = 1;
  if (text.back() == 'K') unit = 1024;
  if (text.back() == 'M') unit = std::uint64_t{1024} * 1024;
  if (unit > 1) text.remove_suffix(1);
  const auto number = ParseNumber<std::uint64_t>(text);
  return number ? std::optional(*number * unit) : std::nullopt;
}

// The value behind "key: value" or "key=value" in a text of such lines.
std::optional<std::string> ValueOf(std::string_view text, std::string_view key, char separator) {
  for (const std::string_view line : Split(text, '\n')) {
    const std::size_t at = line.find(separator);
    if (at == std::string_view::npos || Trim(line.substr(0, at)) != key) continue;
    return std::string(Trim(line.substr(at + 1)));
  }
  return std::nullopt;
}

class HostReader {
 public:
  explicit HostReader(fs::path root) : root_(std::move(root)) {}

  [[nodiscard]] std::optional<std::string> Text(const fs::path& path) const {
    const Result<std::string> bytes = ReadFile(root_ / path, kMaxBytes);
    if (!bytes) return std::nullopt;
    return std::string(Trim(*bytes));
  }

  // The value for the record; where there is none, null and a line in "absent".
  template <typename T>
  Json Known(std::string_view member, const std::optional<T>& value, std::string_view source) {
    if (value) return *value;
    absent_[std::string(member)] = source;
    return nullptr;
  }

  [[nodiscard]] std::vector<fs::path> Entries(const fs::path& directory,
                                              std::string_view prefix) const {
    std::vector<fs::path> entries;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root_ / directory, error)) {
      const std::string name = entry.path().filename().string();
      const std::string_view rest =
          std::string_view(name).substr(std::min(prefix.size(), name.size()));
      if (name.starts_with(prefix) && ParseNumber<std::uint64_t>(rest)) {
        entries.push_back(directory / name);
      }
    }
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  [[nodiscard]] Json TakeAbsent() { return std::move(absent_); }

 private:
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{16} << 20U;

  fs::path root_;
  Json absent_ = Json::object();
};

Json SystemOf(HostReader& host) {
  const std::string release = host.Text("etc/os-release").value_or("");
  std::optional<std::string> name = ValueOf(release, "PRETTY_NAME", '=');
  if (name) name->erase(std::remove(name->begin(), name->end(), '"'), name->end());
  return {{"name", host.Known("os.name", name, "/etc/os-release")},
          {"kernel", host.Known("os.kernel", host.Text("proc/sys/kernel/osrelease"),
                                "/proc/sys/kernel/osrelease")}};
}

// The number of different texts in the CPUs' files of this name.
std::optional<std::uint64_t> CountDistinct(const HostReader& host, const fs::path& file) {
  std::set<std::string> values;
  for (const fs::path& cpu : host.Entries("sys/devices/system/cpu", "cpu")) {
    const std::optional<std::string> value = host.Text(cpu / file);
    if (value) values.insert(*value);
  }
  return values.empty() ? std::nullopt : std::optional<std::uint64_t>(values.size());
}

Json CachesOf(const HostReader& host) {
  Json caches = Json::array();
  for (const fs::path& index : host.Entries("sys/devices/system/cpu/cpu0/cache", "index")) {
    const auto level = ParseNumber<std::uint64_t>(host.Text(index / "level").value_or(""));
    const auto size = ParseCacheSize(host.Text(index / "size").value_or(""));
    const std::optional<std::string> type = host.Text(index / "type");
    if (!level || !size || !type) continue;
    const auto shared = CountCpuList(host.Text(index / "shared_cpu_list").value_or(""));
    caches.push_back({{"level", *level},
                      {"type", *type},
                      {"size_bytes", *size},
                      {"shared_by_cpus", shared ? Json(*shared) : Json(nullptr)}});
  }
  return caches;
}

// The instruction sets that decide how fast a model runs on this processor.
Json InstructionSets(std::string_view flags) {
  constexpr std::array<std::string_view, 10> kWanted{
      "avx",     "avx2",        "fma",         "f16c",     "avx_vnni",
      "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"};
  Json sets = Json::array();
  const std::vector<std::string_view> have = Split(flags, ' ');
  for (const std::string_view wanted : kWanted) {
    if (std::find(have.begin(), have.end(), wanted) != have.end()) sets.push_back(wanted);
  }
  return sets;
}

Json ProcessorOf(HostReader& host) {
  const std::string cpuinfo = host.Text("proc/cpuinfo").value_or("");
  const auto flags = ValueOf(cpuinfo, "flags", ':');
  const auto online = CountCpuList(host.Text("sys/devices/system/cpu/online").value_or(""));
  const fs::path cpufreq = "sys/devices/system/cpu/cpu0/cpufreq";
  Json cpu;
  cpu["model"] = host.Known("cpu.model", ValueOf(cpuinfo, "model name", ':'), "/proc/cpuinfo");
  cpu["sockets"] = host.Known("cpu.sockets", CountDistinct(host, "topology/physical_package_id"),
                              "/sys/devices/system/cpu/cpu*/topology/physical_package_id");
  cpu["physical_cores"] =
      host.Known("cpu.physical_cores", CountDistinct(host, "topology/thread_siblings_list"),
                 "/sys/devices/system/cpu/cpu*/topology/thread_siblings_list");
  cpu["logical_cpus"] = host.Known("cpu.logical_cpus", online, "/sys/devices/system/cpu/online");
  const auto khz = ParseNumber<std::uint64_t>(host.Text(cpufreq / "cpuinfo_max_freq").value_or(""));
  cpu["max_mhz"] = host.Known("cpu.max_mhz", khz ? std::optional(*khz / 1000) : std::nullopt,
                              "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
  cpu["governor"] = host.Known("cpu.governor", host.Text(cpufreq / "scaling_governor"),
                               "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  cpu["instruction_sets"] =
      flags ? InstructionSets(*flags)
            : host.Known("cpu.instruction_sets", std::optional<std::string>(), "/proc/cpuinfo");
  cpu["caches"] = CachesOf(host);
  return cpu;
}

Json MemoryOf(HostReader& host) {
  const std::string meminfo = host.Text("proc/meminfo").value_or("");
  const auto bytes = [&](std::string_view key) -> std::optional<std::uint64_t> {
    const std::string value = ValueOf(meminfo, key, ':').value_or("");
    const auto kib = ParseNumber<std::uint64_t>(Split(value, ' ').front());
    return kib ? std::optional(*kib * 1024) : std::nullopt;
  };
  Json memory;
  for (const auto& [member, key] :
       {std::pair{"total_bytes", "MemTotal"}, std::pair{"available_bytes", "MemAvailable"},
        std::pair{"swap_total_bytes", "SwapTotal"}}) {
    memory[member] = host.Known(fmt::format("memory.{}", member), bytes(key), "/proc/meminfo");
  }
  memory["numa_nodes"] = host.Known(
      "memory.numa_nodes", CountCpuList(host.Text("sys/devices/system/node/online").value_or("")),
      "/sys/devices/system/node/online");
  return memory;
}

Json LoadAverageOf(HostReader& host) {
  const std::string text = host.Text("proc/loadavg").value_or("");
  Json load = Json::array();
  for (const std::string_view part : Split(text, ' ')) {
    const auto value = ParseNumber<double>(part);
    if (value && load.size() < 3) load.push_back(*value);
  }
  return host.Known("load_average", load.size() == 3 ? std::optional(load) : std::nullopt,
                    "/proc/loadavg");
}

// What this process may use of the machine.
Json LimitsOf(HostReader& host) {
  const std::string status = host.Text("proc/self/status").value_or("");
  const auto allowed = ValueOf(status, "Cpus_allowed_list", ':');
  Json limits;
  limits["cpus_allowed"] = host.Known("limits.cpus_allowed", allowed, "/proc/self/status");
  // "0::/system.slice/x.service" names the process's group in the unified hierarchy.
  std::string group = ValueOf(host.Text("proc/self/cgroup").value_or(""), "0", ':').value_or(":/");
  group.erase(0, std::min<std::size_t>(group.size(), 2));
  const fs::path cgroup = fs::path("sys/fs/cgroup") / group;
  limits["cgroup_cpu_max"] = host.Known("limits.cgroup_cpu_max", host.Text(cgroup / "cpu.max"),
                                        "/sys/fs/cgroup/*/cpu.max");
  limits["cgroup_memory_max"] = host.Known(
      "limits.cgroup_memory_max", host.Text(cgroup / "memory.max"), "/sys/fs/cgroup/*/memory.max");
  return limits;
}

Json VirtualisationOf(HostReader& host) {
  const auto flags = ValueOf(host.Text("proc/cpuinfo").value_or(""), "flags", ':');
  std::optional<bool> hypervisor;
  if (flags) {
    const std::vector<std::string_view> list = Split(*flags, ' ');
    hypervisor = std::find(list.begin(), list.end(), "hypervisor") != list.end();
  }
  return {
      {"hypervisor", host.Known("virtualisation.hypervisor", hypervisor, "/proc/cpuinfo")},
      {"product", host.Known("virtualisation.product", host.Text("sys/class/dmi/id/product_name"),
                             "/sys/class/dmi/id/product_name")}};
}

}  // namespace

Json CollectHostInfo(const fs::path& root) {
  HostReader host(root);
  Json info;
  info["hostname"] =
      host.Known("hostname", host.Text("proc/sys/kernel/hostname"), "/proc/sys/kernel/hostname");
  info["os"] = SystemOf(host);
  info["cpu"] = ProcessorOf(host);
  info["memory"] = MemoryOf(host);
  info["load_average"] = LoadAverageOf(host);
  info["limits"] = LimitsOf(host);
  info["virtualisation"] = VirtualisationOf(host);
  info["absent"] = host.TakeAbsent();
  return info;
}

}  // namespace assay
