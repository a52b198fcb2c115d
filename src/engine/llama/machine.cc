#include "engine/llama/machine.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sched.h>

#include "base/format.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::vector<int> AllowedCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

// The number at the start of a file; absent if there is none ("max").
std::optional<std::uint64_t> NumberIn(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> KernelsEstimate(const fs::path& root) {
  std::ifstream file(root / "proc/meminfo");
  std::string word;
  while (file >> word) {
    std::uint64_t kib = 0;
    if (word == "MemAvailable:" && file >> kib) return kib * 1024;
  }
  return std::nullopt;
}

}  // namespace

int PhysicalCores(const std::vector<int>& cpus, const fs::path& root) {
  std::set<std::string> cores;
  for (const int cpu : cpus) {
    std::ifstream file(
        root / fmt::format("sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
    std::string siblings;
    if (!(file >> siblings)) siblings = fmt::format("only {}", cpu);
    cores.insert(siblings);
  }
  return std::max(1, static_cast<int>(cores.size()));
}

std::optional<int> CpuQuota(const fs::path& root) {
  std::ifstream file(root / "sys/fs/cgroup/cpu.max");
  std::uint64_t quota_us = 0;
  std::uint64_t period_us = 0;
  if (!(file >> quota_us >> period_us) || period_us == 0) return std::nullopt;
  return std::max(1, static_cast<int>((quota_us + period_us - 1) / period_us));
}

int ComputeThreads() {
  const int cores = PhysicalCores(AllowedCpus());
  return std::min(cores, CpuQuota().value_or(cores));
}

std::optional<std::uint64_t> AvailableMemory(const fs::path& root) {
  const std::optional<std::uint64_t> estimate = KernelsEstimate(root);
  const std::optional<std::uint64_t> limit = NumberIn(root / "sys/fs/cgroup/memory.max");
  const std::optional<std::uint64_t> used = NumberIn(root / "sys/fs/cgroup/memory.current");
  if (!limit || !used) return estimate;
  const std::uint64_t left = *limit - std::min(*limit, *used);
  return std::min(left, estimate.value_or(left));
}

}  // namespace assay
