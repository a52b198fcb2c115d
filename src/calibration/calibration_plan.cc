#include "calibration/calibration_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/check.h"

namespace assay {
namespace {

constexpr double kPacedSeconds = 3.0;
constexpr double kLongestAnswerMs = 1000.0;
constexpr double kLowestRate = 40.0;
constexpr std::uint64_t kMostSamples = 100;
constexpr double kBurstTokens = 250'000.0;
constexpr double kMostBurstRequests = 20'000.0;
constexpr std::uint64_t kBurstConcurrency = 64;
constexpr std::uint64_t kWarmups = 8;
// LoadGen puts this much more into an Offline query than rate times duration.
constexpr double kOfflineSlack = 1.1;

DrawnTime Fixed(double ms) {
  return {DrawnTime::Kind::kFixed, ms, 0.0};
}

// What both phases take over from the run, and what they leave: its rules, files and secrets.
RunConfig CommonConfig(const RunConfig& run) {
  ASSAY_CHECK(run.endpoint.has_value());
  RunConfig config = run;
  config.tests = {TestKind::kPerformance};
  config.rules.reset();
  config.seeds.reset();
  config.user_conf.clear();
  config.expected_latency_ms.reset();
  config.goodput = {};
  config.model.clear();
  config.samples = std::min(run.samples, kMostSamples);
  config.keep_inputs = false;
  config.trace = false;
  config.telemetry_hz = 0.0;
  config.serve.clear();
  EndpointConfig& endpoint = *config.endpoint;
  endpoint.base_urls.clear();
  endpoint.api_key_env.clear();
  endpoint.api_key_file.clear();
  endpoint.header_names.clear();
  endpoint.max_errors.reset();
  endpoint.retries = 0;
  endpoint.num_warmups = kWarmups;
  return config;
}

CalibrationPlan Paced(const RunConfig& run, std::optional<double> rate) {
  CalibrationPlan plan{CommonConfig(run), {}};
  plan.config.min_duration_s = kPacedSeconds;
  if (run.scenario == Scenario::kSingleStream) {
    plan.script.ttft = Fixed(5.0);
    plan.script.tpot = Fixed(0.1);
    return plan;
  }
  if (run.scenario == Scenario::kOffline) plan.config.scenario = Scenario::kServer;
  plan.config.target_qps = std::max(rate.value_or(kLowestRate), kLowestRate);
  plan.script.ttft = {DrawnTime::Kind::kUniform, 10.0, 30.0};
  plan.script.tpot = Fixed(std::min(5.0, kLongestAnswerMs / run.max_tokens));
  return plan;
}

CalibrationPlan Burst(const RunConfig& run) {
  CalibrationPlan plan{CommonConfig(run), {}};
  const double requests =
      run.endpoint->stream ? std::clamp(kBurstTokens / run.max_tokens,
                                        static_cast<double>(kBurstConcurrency), kMostBurstRequests)
                           : kMostBurstRequests;
  plan.config.scenario = Scenario::kOffline;
  plan.config.benchmark = BenchmarkId::kLlama31_8b;
  plan.config.min_duration_s = 1.0;
  plan.config.target_qps = std::ceil(requests / kOfflineSlack);
  std::optional<std::uint64_t>& concurrency = plan.config.endpoint->max_concurrency;
  concurrency = std::min(concurrency.value_or(kBurstConcurrency), kBurstConcurrency);
  return plan;
}

}  // namespace

fs::path PhaseDirectory(const fs::path& run_dir, CalibrationPhase phase) {
  return run_dir / "calibration" / (phase == CalibrationPhase::kPaced ? "paced" : "burst");
}

fs::path ServerLogPath(const fs::path& phase_dir) {
  return phase_dir / "server.jsonl";
}

CalibrationPlan PlanCalibration(CalibrationPhase phase, const RunConfig& run,
                                std::optional<double> rate) {
  return phase == CalibrationPhase::kPaced ? Paced(run, rate) : Burst(run);
}

}  // namespace assay
