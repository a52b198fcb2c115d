// How fast this machine could at most be with this model, and what share of that was reached.
// docs/metrics.md defines each number.

#ifndef ASSAY_METRICS_ROOFLINE_H_
#define ASSAY_METRICS_ROOFLINE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "assay/record.h"

#include "record/run_directory.h"
#include "record/telemetry.h"

namespace assay {

// What the machine can do at most. What is absent is not known.
struct MachinePeak {
  std::optional<double> bytes_per_s;         // from memory
  std::optional<double> f32_per_s;           // operations on 32-bit floating-point numbers
  std::uint64_t last_level_cache_bytes = 0;  // 0: not known
  std::string source;                        // how it is known
};

// `host`  of run.json: its "peak", measured by host/machine_peak.h.
[[nodiscard]] std::optional<MachinePeak> PeakOf(const Json& host);
// Of one GPU, by its clocks and widths. Memory that transfers twice a clock; no tensor cores.
[[nodiscard]] MachinePeak PeakOf(const GpuDevice& gpu);

// Prompts or generation.
struct PhaseLimit {
  double tokens_per_s = 0.0;        // reached, while the phase computed
  double mean_batch = 0.0;          // tokens in a step
  double mean_context = 0.0;        // tokens that a token attends to
  double limit_tokens_per_s = 0.0;  // at most, with this batch and context
  std::string limited_by;           // "memory", "arithmetic": what is the limit
  double share = 0.0;               // reached / limit
  std::optional<double> mbu;        // model bandwidth utilisation
  std::optional<double> mfu;        // model FLOPs utilisation; absent: the arithmetic is not known
};

struct Roofline {
  MachinePeak peak;
  std::optional<PhaseLimit> prompts;  // absent: nothing was computed
  std::optional<PhaseLimit> generation;
  std::string no_mfu;  // why there is no mfu; empty: there is
};

// Errors: kUnavailable with the reason: costs of the model, work of the engine or the machine's
// peak are not known, or the weights fit into the cache, so that memory is no limit.
[[nodiscard]] Result<Roofline> ComputeRoofline(const TestRecord& test,
                                               const std::optional<MachinePeak>& peak);

}  // namespace assay

#endif  // ASSAY_METRICS_ROOFLINE_H_
