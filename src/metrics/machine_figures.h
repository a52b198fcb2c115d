// What the machine did during a test, from its telemetry. docs/metrics.md defines each number.

#ifndef ASSAY_METRICS_MACHINE_FIGURES_H_
#define ASSAY_METRICS_MACHINE_FIGURES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metrics/metrics.h"
#include "record/journal.h"
#include "record/run_directory.h"
#include "record/telemetry.h"

namespace assay {

// From the first scheduled time to the last end of any request, as for throughput.
struct MeasuredWindow {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};
// Value: nullopt where nothing ended or no time passed.
[[nodiscard]] std::optional<MeasuredWindow> WindowOf(std::span<const RequestRecord> requests,
                                                     const TestRecord& test);

// Between two samples that follow one another. Shares are of all CPUs together.
struct MachineInterval {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::optional<double> cpu_busy;       // 0 to 1
  std::optional<double> cpu_steal;      // 0 to 1
  std::optional<double> busy_cpus;      // CPUs' worth of work
  std::optional<double> process_cpus;   // of the test's process
  std::optional<double> engine_cpus;    // of a server's processes
  std::optional<double> package_watts;  // of the processors, with their memory where it is told
  std::vector<std::optional<double>> gpu_watts;
};
// For plots of a run over time, and for the largest values. Value: one fewer than there are
// samples.
[[nodiscard]] std::vector<MachineInterval> IntervalsOf(const Telemetry& telemetry);

struct GpuFigures {
  std::string name;
  std::optional<double> utilisation_mean;  // 0 to 1
  std::optional<double> utilisation_max;
  std::optional<double> memory_utilisation_mean;
  std::optional<double> memory_used_max_bytes;
  std::optional<double> sm_mhz_mean;
  std::optional<double> sm_mhz_min;
  std::optional<double> temperature_max_c;
  std::optional<double> power_mean_w;
  std::optional<double> energy_j;
  bool energy_from_power = false;                       // integrated, for want of a counter
  std::vector<std::pair<std::string, double>> limited;  // by what, share of the samples; above 0
};

// What a server said of its load. Absent: it does not tell this.
struct ServerLoadFigures {
  std::string url;
  std::uint64_t answers = 0;  // in the window, or around it where it is shorter than a second
  std::optional<double> running_mean;
  std::optional<double> running_max;
  std::optional<double> waiting_mean;
  std::optional<double> waiting_max;
  std::optional<double> kv_cache_used_mean;  // 0 to 1
  std::optional<double> kv_cache_used_max;
  std::optional<double> prompt_tokens_per_s;
  std::optional<double> generation_tokens_per_s;
};

// Energy over the window. Not an official power result: no calibrated meter, no rules of one.
struct EnergyFigures {
  std::vector<std::string> counted;  // "package-0", "dram", "GPU 0", "GPU 1 (power, integrated)"
  double joules = 0.0;
  double watts_mean = 0.0;
  // Absent: `not_per_token` says why.
  std::optional<double> joules_per_output_token;
  std::optional<double> joules_per_sample;
  std::string not_per_token;
};

struct MachineFigures {
  double rate_hz = 0.0;  // asked
  std::uint64_t samples = 0;
  std::optional<double> longest_gap_s;  // between two samples
  // CPU time of the sampling per second, of one CPU: what telemetry cost.
  std::optional<double> own_cpu_share;
  bool covers_window = false;  // samples before its begin and after its end
  bool cut_off = false;        // the file's last line was

  std::optional<double> cpu_busy_mean;  // of all CPUs, 0 to 1
  std::optional<double> cpu_busy_max;
  std::optional<double> cpu_steal_mean;
  std::optional<double> cpu_steal_max;
  std::optional<double> process_cpus_mean;  // CPUs' worth
  std::optional<double> engine_cpus_mean;
  std::optional<double> others_cpus_mean;  // busy, less the two
  std::optional<double> mhz_mean;
  std::optional<double> mhz_min;
  std::optional<double> throttle_events;
  std::optional<double> swapped_pages;
  std::optional<double> memory_available_min_bytes;
  std::optional<double> process_rss_max_bytes;
  std::optional<double> engine_rss_max_bytes;
  std::optional<double> pressure_cpu;  // share of the window in which some task waited
  std::optional<double> pressure_memory;
  std::optional<double> pressure_io;
  std::vector<GpuFigures> gpus;
  std::vector<ServerLoadFigures> servers;
  std::optional<EnergyFigures> energy;  // absent: no counter, or they do not cover the window
  std::vector<std::pair<std::string, std::string>> absent;  // the header's
};

// `metrics`  of the same test.
// Value: over the measured window; counters are interpolated at its ends. Without a window, only
// what telemetry says of itself.
[[nodiscard]] MachineFigures ComputeMachineFigures(const Telemetry& telemetry,
                                                   std::span<const RequestRecord> requests,
                                                   const TestRecord& test, const Metrics& metrics);

}  // namespace assay

#endif  // ASSAY_METRICS_MACHINE_FIGURES_H_
