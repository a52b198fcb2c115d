// The effective configuration of a run: what was asked, after defaults were filled in.

#ifndef ASSAY_RECORD_RUN_CONFIG_H_
#define ASSAY_RECORD_RUN_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "base/json.h"
#include "record/endpoint_config.h"

namespace assay {

enum class Scenario { kOffline, kServer, kInteractive, kSingleStream };
// One LoadGen test, in one process, in one directory of the run.
enum class TestKind { kPerformance, kAccuracy, kCompliance };
enum class BenchmarkId { kLlama31_8b, kLlama31_8bEdge };

// "offline", "server", "interactive", "singlestream": as on the command line and in records.
[[nodiscard]] std::string_view ScenarioName(Scenario scenario);
// "Offline", "Server", "Interactive", "SingleStream": as directories of submissions spell them.
[[nodiscard]] std::string_view ScenarioTitle(Scenario scenario);
// Accepts either spelling in any case. Errors: kInvalidArgument, listing what is accepted.
[[nodiscard]] Result<Scenario> ParseScenario(std::string_view name);

// "performance", "accuracy", "TEST06": the test's directory in the run directory.
[[nodiscard]] std::string_view TestDirectoryName(TestKind test);
[[nodiscard]] Result<TestKind> ParseTestKind(std::string_view directory_name);

// "llama3.1-8b", "llama3.1-8b-edge".
[[nodiscard]] std::string_view BenchmarkName(BenchmarkId benchmark);
[[nodiscard]] Result<BenchmarkId> ParseBenchmark(std::string_view name);

struct GoodputLimits {
  std::optional<double> ttft_ms;
  std::optional<double> tpot_ms;
  std::optional<double> e2el_ms;
};

struct LlamaConfig {
  std::optional<std::int64_t> gpu_layers;  // absent: all
  std::optional<std::int64_t> threads;     // absent: from the machine
  std::optional<std::int64_t> slots;
  std::optional<std::int64_t> batch_tokens;
};

// The three seeds of LoadGen that a round prescribes.
struct LoadgenSeeds {
  std::uint64_t qsl = 0;
  std::uint64_t sample_index = 0;
  std::uint64_t schedule = 0;
  bool operator==(const LoadgenSeeds&) const = default;
};

// What LoadGen is told in a compliance test, as its audit.config has it.
struct ComplianceSettings {
  std::uint64_t accuracy_log_rng_seed = 0;
  std::uint64_t records = 0;  // sampling target and minimum query count
  std::uint64_t min_duration_ms = 0;
  bool sample_concatenate_permutation = false;
};

// A rate or latency that LoadGen needs, estimated in an untimed warm-up because none was given.
struct LoadEstimate {
  std::string option;          // the option whose value it is: "--target-qps"
  double value = 0.0;          // what LoadGen got: queries/s, or ms
  double measured = 0.0;       // in the warm-up: samples/s, or the mean latency in ms
  std::uint64_t requests = 0;  // of the warm-up that were measured
  double seconds = 0.0;        // that they took
  std::string method;          // one sentence: how `value` follows from them
};

struct RunConfig {
  std::string engine;  // "llama", "openai", "scripted"
  std::string model;   // path of a GGUF; an endpoint's name of it, empty: the only one it serves
  std::string script;  // path; scripted engine
  LlamaConfig llama;
  std::optional<EndpointConfig> endpoint;  // of the engine "openai", and only there
  std::string serve;  // command that starts the endpoint's server, without keys; empty: none
  BenchmarkId benchmark = BenchmarkId::kLlama31_8b;
  Scenario scenario = Scenario::kOffline;
  std::vector<TestKind> tests;
  std::string dataset;  // path
  bool bundled_sample = false;
  std::uint64_t samples = 0;                     // of the data set's first ones; >= 1
  std::string tokenizer;                         // path
  std::optional<std::string> rules;              // "v5.1", "v6.0", "v6.1"
  std::optional<LoadgenSeeds> seeds;             // of `rules`
  std::optional<ComplianceSettings> compliance;  // absent: no compliance test among `tests`
  std::optional<double> target_qps;
  std::optional<double> expected_latency_ms;  // SingleStream
  std::optional<LoadEstimate> estimate;       // where one of the two was not given under `rules`
  std::optional<double> min_duration_s;       // absent: user.conf's, the round's, or none
  std::string user_conf;                      // path; empty: none
  std::int32_t min_tokens = 1;
  std::int32_t max_tokens = 128;
  GoodputLimits goodput;
  double telemetry_hz = 0.0;  // samples of the machine per second; 0: none
  // Idle states of this machine's processors were held to those left within so many microseconds.
  std::optional<std::int64_t> cpu_latency_us;
  bool keep_inputs = true;  // false: only hashes (--no-inputs)
  bool trace = false;       // LoadGen's trace
  // Under `rules`: go on although data set or model are not the benchmark's. The verdict stays.
  bool accept_unofficial = false;
};

[[nodiscard]] Json ToJson(const LoadEstimate& estimate);
// nullopt of JSON's null. Errors: kParse.
[[nodiscard]] Result<std::optional<LoadEstimate>> LoadEstimateFromJson(const Json& json,
                                                                       const std::string& where);
[[nodiscard]] Json ToJson(const RunConfig& config);
// `where` names the file in errors. Errors: kParse.
[[nodiscard]] Result<RunConfig> RunConfigFromJson(const Json& json, const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_RUN_CONFIG_H_
