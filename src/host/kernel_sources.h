// What the Linux kernel tells of a machine while it works: one class a source. Each is opened once,
// names why it is not there, and fills its part of a sample. docs/formats.md says where each reads.
//
// `root` is where proc/ and sys/ are; tests put a tree of their own there.

#ifndef ASSAY_HOST_KERNEL_SOURCES_H_
#define ASSAY_HOST_KERNEL_SOURCES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/result.h"

#include "base/file.h"
#include "host/pinned_file.h"
#include "record/telemetry.h"

namespace assay {

// Times of every CPU. Source: proc_stat(5); ticks of sysconf(_SC_CLK_TCK).
class CpuTimeSource {
 public:
  static Result<CpuTimeSource> Open(const fs::path& root);
  [[nodiscard]] const std::vector<std::uint32_t>& cpus() const { return cpus_; }
  // A CPU that was taken off line keeps its last times.
  void Read(TelemetrySample& sample);

 private:
  explicit CpuTimeSource(PinnedFile file) : file_(std::move(file)) {}
  PinnedFile file_;
  std::vector<std::uint32_t> cpus_;
  std::vector<CpuTimes> last_;
};

// Clock of each of `cpus`. Source: cpufreq, scaling_cur_freq.
class FrequencySource {
 public:
  static Result<FrequencySource> Open(const fs::path& root, const std::vector<std::uint32_t>& cpus);
  void Read(TelemetrySample& sample);

 private:
  std::vector<PinnedFile> files_;
};

// How often the processor slowed itself down for heat. Source: thermal_throttle (x86).
class ThrottleSource {
 public:
  static Result<ThrottleSource> Open(const fs::path& root, const std::vector<std::uint32_t>& cpus);
  void Read(TelemetrySample& sample);

 private:
  std::vector<PinnedFile> files_;
};

// Memory that is free to be used, and traffic with the swap space. Source: proc_meminfo(5),
// proc_vmstat(5).
class MemorySource {
 public:
  static Result<MemorySource> Open(const fs::path& root);
  void Read(TelemetrySample& sample);
  // The longer file, which changes slowly.
  void ReadSwap(TelemetrySample& sample);

 private:
  explicit MemorySource(PinnedFile meminfo) : meminfo_(std::move(meminfo)) {}
  PinnedFile meminfo_;
  std::optional<PinnedFile> vmstat_;
};

// Energy counters. Source: the kernel's powercap documentation, intel-rapl (Intel and AMD).
class EnergySource {
 public:
  static Result<EnergySource> Open(const fs::path& root);
  [[nodiscard]] const std::vector<EnergyDomain>& domains() const { return domains_; }
  void Read(TelemetrySample& sample);

 private:
  std::vector<EnergyDomain> domains_;
  std::vector<PinnedFile> files_;
};

// Pressure stall information. Source: the kernel's documentation of PSI, "some" lines.
class PressureSource {
 public:
  static Result<PressureSource> Open(const fs::path& root);
  void Read(TelemetrySample& sample);

 private:
  explicit PressureSource(std::array<PinnedFile, 3> files) : files_(std::move(files)) {}
  std::array<PinnedFile, 3> files_;  // cpu, memory, io
};

// Memory and CPU time of one process, or of it and all its descendants. Source: proc_pid_stat(5);
// the kernel's resident size is approximate.
class ProcessSource {
 public:
  static Result<ProcessSource> OpenSelf(const fs::path& root);
  static Result<ProcessSource> OpenTree(const fs::path& root, std::int64_t pid);
  // Value: the sum over those that still run; nullopt where none does. The CPU time of one that
  // ended stays in the sum.
  [[nodiscard]] std::optional<ProcessSample> Read();
  // Looks for descendants that came since. Costs a look at every process of the machine.
  void FindDescendants();

 private:
  struct Process {
    std::int64_t pid;  // 0: ourselves
    PinnedFile stat;
    std::uint64_t cpu_ticks = 0;
  };
  explicit ProcessSource(fs::path root) : root_(std::move(root)) {}

  fs::path root_;
  std::vector<Process> processes_;
  std::uint64_t ended_ticks_ = 0;
};

}  // namespace assay

#endif  // ASSAY_HOST_KERNEL_SOURCES_H_
