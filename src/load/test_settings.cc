#include "load/test_settings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/format.h"
#include "load/schedule.h"
#include "load/user_conf.h"

namespace assay {
namespace {

constexpr int kMlperfConf = 0;  // LoadGen's names for FromConfig's conf_type
constexpr int kUserConf = 1;
constexpr double kNanosPerMilli = 1e6;
// In the order of LoadGen's enumerators.
constexpr std::array<std::string_view, 4> kScenarioNames{"SingleStream", "MultiStream", "Server",
                                                         "Offline"};
constexpr std::array<std::string_view, 4> kModeNames{"SubmissionRun", "AccuracyOnly",
                                                     "PerformanceOnly", "FindPeakPerformance"};

mlperf::TestScenario ScenarioOf(Scenario scenario) {
  switch (scenario) {
    case Scenario::kOffline:
      return mlperf::TestScenario::Offline;
    case Scenario::kServer:
    case Scenario::kInteractive:
      return mlperf::TestScenario::Server;
    case Scenario::kSingleStream:
      break;
  }
  return mlperf::TestScenario::SingleStream;
}

// LoadGen's own mlperf.conf, then user.conf where there is one: a call for user.conf loads both.
Result<std::vector<UserConfEntry>> ApplyConfFiles(const RunConfig& config, const std::string& model,
                                                  const std::string& scenario,
                                                  mlperf::TestSettings& settings) {
  if (config.user_conf.empty()) {
    settings.FromConfig("", model, scenario, kMlperfConf);
    return std::vector<UserConfEntry>{};
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadFile(config.user_conf));
  ASSAY_ASSIGN_OR_RETURN(std::vector<UserConfEntry> entries, ParseUserConf(text, config.user_conf));
  if (settings.FromConfig(config.user_conf, model, scenario, kUserConf) != 0) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: LoadGen rejects it", config.user_conf);
  }
  return entries;
}

// With permutations concatenated, LoadGen rounds SingleStream's count up past the next multiple of
// the set: a request for n queries makes 2n, one for n - 1 makes n.
std::uint64_t QueriesForEachSampleOnce(const RunConfig& config) {
  return config.scenario == Scenario::kSingleStream ? config.samples - 1 : config.samples;
}

// As an audit.config does, which applies to every model and scenario.
void ApplyCompliance(const ComplianceSettings& compliance, mlperf::TestSettings& settings) {
  settings.mode = mlperf::TestMode::PerformanceOnly;
  settings.accuracy_log_rng_seed = compliance.accuracy_log_rng_seed;
  settings.accuracy_log_sampling_target = compliance.records;
  settings.min_query_count = compliance.records;
  settings.min_duration_ms = compliance.min_duration_ms;
  settings.sample_concatenate_permutation = compliance.sample_concatenate_permutation;
}

// What the command line says beats every file.
void ApplyOptions(const RunConfig& config, mlperf::TestSettings& settings) {
  if (config.target_qps) {
    settings.server_target_qps = *config.target_qps;
    settings.offline_expected_qps = *config.target_qps;
  }
  if (config.expected_latency_ms) {
    settings.single_stream_expected_latency_ns = *config.expected_latency_ms * kNanosPerMilli;
  }
  if (config.min_duration_s) {
    settings.min_duration_ms =
        static_cast<std::uint64_t>(std::llround(*config.min_duration_s * 1e3));
  }
}

// Errors: kInvalidArgument: more than kMostQueries.
Status CheckQueryCount(const mlperf::TestSettings& settings) {
  constexpr auto kMost = static_cast<double>(kMostQueries);
  const auto rate = [&settings] {
    switch (settings.scenario) {
      case mlperf::TestScenario::Offline:
        return settings.offline_expected_qps;
      case mlperf::TestScenario::Server:
        return settings.server_target_qps;
      default:
        return 1e9 / static_cast<double>(settings.single_stream_expected_latency_ns);
    }
  }();
  const double seconds = static_cast<double>(settings.min_duration_ms) / 1e3;
  const double queries = std::max(static_cast<double>(settings.min_query_count), seconds * rate);
  if (queries <= kMost) return Ok{};
  return MakeError(ErrorCode::kInvalidArgument,
                   "min_duration {} s at {} queries per second and min_query_count {}: about {:g} "
                   "queries, at most {:g} can be asked",
                   seconds, rate, settings.min_query_count, queries, kMost);
}

}  // namespace

std::string LoadgenModel(BenchmarkId benchmark, Scenario scenario) {
  if (benchmark == BenchmarkId::kLlama31_8bEdge) return "llama3_1-8b-edge";
  return scenario == Scenario::kInteractive ? "llama3_1-8b-interactive" : "llama3_1-8b";
}

std::string LoadgenScenario(Scenario scenario) {
  return std::string(
      ScenarioTitle(scenario == Scenario::kInteractive ? Scenario::kServer : scenario));
}

Result<mlperf::TestSettings> MakeTestSettings(const RunConfig& config, TestKind test) {
  mlperf::TestSettings settings;
  settings.token_latency_scaling_factor = 1;  // LoadGen's header leaves it uninitialized
  settings.scenario = ScenarioOf(config.scenario);
  const std::string model = LoadgenModel(config.benchmark, config.scenario);
  const std::string scenario = LoadgenScenario(config.scenario);
  ASSAY_ASSIGN_OR_RETURN(const std::vector<UserConfEntry> user_conf,
                         ApplyConfFiles(config, model, scenario, settings));
  // After the files: which test this is follows from where its record goes.
  settings.mode = test == TestKind::kAccuracy ? mlperf::TestMode::AccuracyOnly
                                              : mlperf::TestMode::PerformanceOnly;
  if (!config.rules) {
    const auto defines = [&](std::string_view key) {
      return Defines(user_conf, model, scenario, key);
    };
    if (!defines("min_query_count")) settings.min_query_count = QueriesForEachSampleOnce(config);
    if (!defines("min_duration")) settings.min_duration_ms = 0;
    if (!defines("performance_sample_count_override")) {
      settings.performance_sample_count_override = config.samples;
    }
  }
  if (config.seeds) {
    settings.qsl_rng_seed = config.seeds->qsl;
    settings.sample_index_rng_seed = config.seeds->sample_index;
    settings.schedule_rng_seed = config.seeds->schedule;
  }
  ApplyOptions(config, settings);
  if (test == TestKind::kCompliance) {
    if (!config.compliance) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "run.json has no settings of the compliance test");
    }
    ApplyCompliance(*config.compliance, settings);
  }
  if (settings.performance_sample_count_override > 0 &&
      settings.performance_sample_count_override < config.samples) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "performance_sample_count_override is {} but the run has {} samples: LoadGen "
                     "would load them in parts; ask for fewer samples or raise it",
                     settings.performance_sample_count_override, config.samples);
  }
  if (settings.mode == mlperf::TestMode::PerformanceOnly) {
    ASSAY_RETURN_IF_ERROR(CheckQueryCount(settings));
  }
  return settings;
}

Json ToJson(const mlperf::TestSettings& s) {
  return Json{
      {"scenario", std::string(kScenarioNames.at(static_cast<std::size_t>(s.scenario)))},
      {"mode", std::string(kModeNames.at(static_cast<std::size_t>(s.mode)))},
      {"single_stream_expected_latency_ns", s.single_stream_expected_latency_ns},
      {"single_stream_target_latency_percentile", s.single_stream_target_latency_percentile},
      {"server_target_qps", s.server_target_qps},
      {"server_target_latency_ns", s.server_target_latency_ns},
      {"server_target_latency_percentile", s.server_target_latency_percentile},
      {"server_coalesce_queries", s.server_coalesce_queries},
      {"server_max_async_queries", s.server_max_async_queries},
      {"server_num_issue_query_threads", s.server_num_issue_query_threads},
      {"offline_expected_qps", s.offline_expected_qps},
      {"sample_concatenate_permutation", s.sample_concatenate_permutation},
      {"min_duration_ms", s.min_duration_ms},
      {"max_duration_ms", s.max_duration_ms},
      {"min_query_count", s.min_query_count},
      {"max_query_count", s.max_query_count},
      {"qsl_rng_seed", s.qsl_rng_seed},
      {"sample_index_rng_seed", s.sample_index_rng_seed},
      {"schedule_rng_seed", s.schedule_rng_seed},
      {"accuracy_log_rng_seed", s.accuracy_log_rng_seed},
      {"accuracy_log_probability", s.accuracy_log_probability},
      {"accuracy_log_sampling_target", s.accuracy_log_sampling_target},
      {"print_timestamps", s.print_timestamps},
      {"performance_issue_unique", s.performance_issue_unique},
      {"performance_issue_same", s.performance_issue_same},
      {"performance_issue_same_index", s.performance_issue_same_index},
      {"performance_sample_count_override", s.performance_sample_count_override},
      {"accuracy_sample_count_override", s.accuracy_sample_count_override},
      {"use_token_latencies", s.use_token_latencies},
      {"server_ttft_latency", s.server_ttft_latency},
      {"server_tpot_latency", s.server_tpot_latency},
      {"infer_token_latencies", s.infer_token_latencies},
  };
}

}  // namespace assay
