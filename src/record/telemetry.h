// telemetry.jsonl: what the machine did while a test ran. docs/formats.md defines it.

#ifndef ASSAY_RECORD_TELEMETRY_H_
#define ASSAY_RECORD_TELEMETRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/result.h"

#include "base/file.h"

namespace assay {

// A counter of energy.
struct EnergyDomain {
  std::string name;                // "package-0", "dram", ...
  std::string path;                // of its folder in /sys
  std::uint64_t max_range_uj = 0;  // the counter begins again at 0 after this; 0: not told
  bool operator==(const EnergyDomain&) const = default;
};

// What does not change of an NVIDIA GPU. Absent: it does not tell.
struct GpuDevice {
  std::string name;
  std::string uuid;
  std::optional<std::uint64_t> memory_total_bytes;
  std::optional<std::uint64_t> memory_bus_bits;
  std::optional<std::uint64_t> max_sm_mhz;
  std::optional<std::uint64_t> max_memory_mhz;
  std::optional<std::uint64_t> cores;  // CUDA cores
  std::optional<std::uint64_t> power_limit_mw;
  bool operator==(const GpuDevice&) const = default;
};

// The first line.
struct TelemetryHeader {
  double rate_hz = 0.0;             // as asked
  std::vector<std::uint32_t> cpus;  // numbers of the CPUs, in the order of every sample's arrays
  std::vector<EnergyDomain> energy;
  std::vector<GpuDevice> gpus;
  std::vector<std::string> servers;        // URLs, in the order of every sample's array
  std::optional<std::int64_t> engine_pid;  // root of the engine's processes; absent: it is in ours
  std::vector<std::pair<std::string, std::string>> sources;  // name -> where it is read
  std::vector<std::pair<std::string, std::string>> absent;   // name -> why it is not there
  bool operator==(const TelemetryHeader&) const = default;
};

// Of one CPU since the machine started.
struct CpuTimes {
  std::uint64_t busy_ms = 0;   // user, nice, system, interrupts
  std::uint64_t idle_ms = 0;   // idle, waiting for input and output
  std::uint64_t steal_ms = 0;  // the hypervisor ran somebody else
  bool operator==(const CpuTimes&) const = default;
};

// Of a process, or of a tree of them.
struct ProcessSample {
  std::uint64_t rss_bytes = 0;  // resident memory, summed
  std::uint64_t cpu_ms = 0;     // user and system time of all threads since their start
  std::uint64_t processes = 1;
  bool operator==(const ProcessSample&) const = default;
};

// Microseconds in which some task waited for the resource, since the machine started.
struct PressureSample {
  std::uint64_t cpu_us = 0;
  std::uint64_t memory_us = 0;
  std::uint64_t io_us = 0;
  bool operator==(const PressureSample&) const = default;
};

struct GpuSample {
  std::optional<std::uint64_t> utilisation_percent;         // of time in which a kernel ran
  std::optional<std::uint64_t> memory_utilisation_percent;  // of time in which memory was accessed
  std::optional<std::uint64_t> memory_used_bytes;
  std::optional<std::uint64_t> sm_mhz;
  std::optional<std::uint64_t> memory_mhz;
  std::optional<std::uint64_t> temperature_c;
  std::optional<std::uint64_t> power_mw;
  std::optional<std::uint64_t> energy_mj;         // since the driver was loaded
  std::optional<std::uint64_t> throttle_reasons;  // NVML's bits
  bool operator==(const GpuSample&) const = default;
};

// What a server's /metrics told. Absent: it does not tell this.
struct ServerLoadSample {
  std::int64_t t_ns = 0;                // steady clock, when it had answered
  std::optional<double> running;        // requests that it computes
  std::optional<double> waiting;        // requests that it has and does not compute yet
  std::optional<double> kv_cache_used;  // 0 to 1, of its fullest engine
  std::optional<double> prompt_tokens;  // since its start
  std::optional<double> generation_tokens;
  bool operator==(const ServerLoadSample&) const = default;
};

// One line. What is empty or absent was not read at this moment.
struct TelemetrySample {
  std::int64_t t_ns = 0;        // steady clock, when the reading began
  std::int64_t width_ns = 0;    // how long it took
  std::int64_t own_cpu_ns = 0;  // CPU time of the threads that sample, since their start
  std::vector<CpuTimes> cpus;
  std::vector<std::uint32_t> mhz;                // per CPU
  std::optional<std::uint64_t> throttle_events;  // of cores and packages, summed over the CPUs
  std::optional<std::uint64_t> memory_available_bytes;
  std::optional<std::uint64_t> swapped_pages;  // in and out, since the machine started
  std::optional<ProcessSample> process;        // the test's own
  std::optional<ProcessSample> engine;         // a server's processes
  std::vector<std::uint64_t> energy_uj;        // per domain; 0 to its range
  std::vector<GpuSample> gpus;
  std::optional<PressureSample> pressure;
  // Per server its newest answer since the line before. Empty: none of them answered meanwhile.
  std::vector<std::optional<ServerLoadSample>> servers;
  bool operator==(const TelemetrySample&) const = default;
};

[[nodiscard]] std::string ToTelemetryLine(const TelemetryHeader& header);
// Replaces `line`, whose memory is used again: sampling must not disturb what it watches.
void ToTelemetryLine(const TelemetrySample& sample, std::string& line);

struct Telemetry {
  TelemetryHeader header;
  std::vector<TelemetrySample> samples;  // in the order of time
  bool cut_off = false;  // the last line was (the process was killed): it is not among them
};

// Errors: kIo; kParse with file and line for a line that is whole and wrong, for arrays that are
// not as long as the header says, and for samples that are not in the order of time; kUnsupported
// for another version.
[[nodiscard]] Result<Telemetry> ReadTelemetry(const fs::path& path);
[[nodiscard]] Result<Telemetry> ParseTelemetry(std::string_view bytes, const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_TELEMETRY_H_
