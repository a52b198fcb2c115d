// An untimed warm-up: is the engine what the rules ask for, and how fast is it about?

#ifndef ASSAY_RUN_WARM_UP_H_
#define ASSAY_RUN_WARM_UP_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/clock.h"
#include "assay/engine.h"
#include "assay/record.h"
#include "assay/result.h"

#include "base/file.h"
#include "load/loadgen_test.h"
#include "record/run_config.h"

namespace assay {

inline constexpr const char* kWarmUpFile = "warm_up.json";
// What the warm-up of a run found, in that file of its directory until its supervisor has read it.
struct WarmUpRecord {
  EngineInfo engine;
  std::optional<LoadEstimate> estimate;  // absent: the run has its rate
};
[[nodiscard]] Status WriteWarmUp(const fs::path& run_dir, const WarmUpRecord& record);
[[nodiscard]] Result<WarmUpRecord> ReadWarmUp(const fs::path& run_dir);

// Limits of Server and Interactive at the 99th percentile; absent: the scenario has none.
struct LatencyLimits {
  std::optional<std::uint64_t> ttft_ns;
  std::optional<std::uint64_t> tpot_ns;
};

// How long the parts of a warm-up take at least, in seconds.
struct WarmUpLengths {
  double single_stream = 30.0;
  double batch = 20.0;
  double rate = 30.0;
};

// Estimates what LoadGen must be told.
//
// Single stream: the mean latency of requests one after another, 16 at most.
// Offline: batches, each twice the last, until one takes its time or holds every sample; the rate
// of that one and a quarter more: a test that is too short is invalid, one that is too long is not.
// Server, Interactive: from 85 % of the Offline rate downwards by a fifth each, at least 30
// requests at random times of that rate, until the 99th percentiles keep `limits`; 95 % of that
// rate.
//
// `samples` must not be empty; they, `engine` and `clock` must outlive the call. Every prompt must
// be one that the engine takes. Threads: calls the engine from this one.
// Errors: kUnavailable: a request fails, or the engine is so slow that nothing ends in ten minutes.
[[nodiscard]] Result<LoadEstimate> EstimateLoad(Scenario scenario, const LatencyLimits& limits,
                                                std::span<const PromptSample> samples,
                                                Engine& engine, const Clock& clock,
                                                const WarmUpLengths& lengths = {});

}  // namespace assay

#endif  // ASSAY_RUN_WARM_UP_H_
