// What this process may use of the machine, for the engine's defaults.

#ifndef ASSAY_ENGINE_LLAMA_MACHINE_H_
#define ASSAY_ENGINE_LLAMA_MACHINE_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace assay {

// `root`: the folder in place of "/", for tests.

// Value: physical cores among `cpus` (numbers of logical CPUs): those that share a core, as
// root/sys/devices/system/cpu/cpuN/topology/thread_siblings_list says, count once; a CPU without
// that file counts as a core. At least 1.
[[nodiscard]] int PhysicalCores(const std::vector<int>& cpus,
                                const std::filesystem::path& root = "/");

// Value: how many CPUs the control group's quota amounts to, rounded up, or nullopt without one.
// Source: the Linux kernel's cgroup v2 documentation, cpu.max.
[[nodiscard]] std::optional<int> CpuQuota(const std::filesystem::path& root = "/");

// Value: threads that can compute without sharing a core: the physical cores that this process's
// affinity allows, and not more than the quota.
[[nodiscard]] int ComputeThreads();

// Value: bytes that can be allocated without swapping: the kernel's estimate, and not more than
// the control group has left; nullopt if neither can be read.
[[nodiscard]] std::optional<std::uint64_t> AvailableMemory(const std::filesystem::path& root = "/");

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_MACHINE_H_
