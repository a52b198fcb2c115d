#include "record/run_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/format.h"
#include "base/json_or_null.h"

namespace assay {
namespace {

template <typename T>
struct Named {
  T value;
  std::string_view name;
};

constexpr std::array<Named<Scenario>, 4> kScenarioTitles{
    {{Scenario::kOffline, "Offline"},
     {Scenario::kServer, "Server"},
     {Scenario::kInteractive, "Interactive"},
     {Scenario::kSingleStream, "SingleStream"}}};
constexpr std::array<Named<Scenario>, 4> kScenarioNames{
    {{Scenario::kOffline, "offline"},
     {Scenario::kServer, "server"},
     {Scenario::kInteractive, "interactive"},
     {Scenario::kSingleStream, "singlestream"}}};
constexpr std::array<Named<TestKind>, 3> kTests{{{TestKind::kPerformance, "performance"},
                                                 {TestKind::kAccuracy, "accuracy"},
                                                 {TestKind::kCompliance, "TEST06"}}};
constexpr std::array<Named<BenchmarkId>, 2> kBenchmarks{
    {{BenchmarkId::kLlama31_8b, "llama3.1-8b"},
     {BenchmarkId::kLlama31_8bEdge, "llama3.1-8b-edge"}}};

template <typename Table, typename T>
std::string_view NameIn(const Table& table, T value) {
  return std::find_if(table.begin(), table.end(),
                      [value](const auto& n) { return n.value == value; })
      ->name;
}

template <typename T, typename Table>
Result<T> ValueIn(const Table& table, std::string_view name, std::string_view what) {
  std::string accepted;
  for (const auto& entry : table) {
    if (entry.name == name) return entry.value;
    accepted += fmt::format("{}{}", accepted.empty() ? "" : ", ", entry.name);
  }
  return MakeError(ErrorCode::kInvalidArgument, "{} \"{}\" is not known; accepted: {}", what, name,
                   accepted);
}

Json ToJson(const LoadgenSeeds& seeds) {
  return Json{
      {"qsl", seeds.qsl}, {"sample_index", seeds.sample_index}, {"schedule", seeds.schedule}};
}

Json ToJson(const ComplianceSettings& settings) {
  return Json{{"accuracy_log_rng_seed", settings.accuracy_log_rng_seed},
              {"records", settings.records},
              {"min_duration_ms", settings.min_duration_ms},
              {"sample_concatenate_permutation", settings.sample_concatenate_permutation}};
}

}  // namespace

std::string_view ScenarioName(Scenario scenario) {
  return NameIn(kScenarioNames, scenario);
}
std::string_view ScenarioTitle(Scenario scenario) {
  return NameIn(kScenarioTitles, scenario);
}

Result<Scenario> ParseScenario(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ValueIn<Scenario>(kScenarioNames, lower, "scenario");
}

std::string_view TestDirectoryName(TestKind test) {
  return NameIn(kTests, test);
}
Result<TestKind> ParseTestKind(std::string_view directory_name) {
  return ValueIn<TestKind>(kTests, directory_name, "test");
}

std::string_view BenchmarkName(BenchmarkId benchmark) {
  return NameIn(kBenchmarks, benchmark);
}
Result<BenchmarkId> ParseBenchmark(std::string_view name) {
  return ValueIn<BenchmarkId>(kBenchmarks, name, "benchmark");
}

Json ToJson(const LoadEstimate& estimate) {
  return Json{{"option", estimate.option},     {"value", estimate.value},
              {"measured", estimate.measured}, {"requests", estimate.requests},
              {"seconds", estimate.seconds},   {"method", estimate.method}};
}

Json ToJson(const RunConfig& config) {
  Json tests = Json::array();
  for (const TestKind test : config.tests) tests.push_back(TestDirectoryName(test));
  return Json{
      {"engine", config.engine},
      {"model", config.model},
      {"script", config.script},
      {"gpu_layers", OrNull(config.llama.gpu_layers)},
      {"threads", OrNull(config.llama.threads)},
      {"slots", OrNull(config.llama.slots)},
      {"batch_tokens", OrNull(config.llama.batch_tokens)},
      {"endpoint", config.endpoint ? ToJson(*config.endpoint) : Json(nullptr)},
      {"serve", config.serve.empty() ? Json(nullptr) : Json(config.serve)},
      {"benchmark", BenchmarkName(config.benchmark)},
      {"scenario", ScenarioName(config.scenario)},
      {"tests", tests},
      {"dataset", config.dataset},
      {"bundled_sample", config.bundled_sample},
      {"samples", config.samples},
      {"tokenizer", config.tokenizer},
      {"rules", OrNull(config.rules)},
      {"seeds", config.seeds ? ToJson(*config.seeds) : Json(nullptr)},
      {"compliance", config.compliance ? ToJson(*config.compliance) : Json(nullptr)},
      {"target_qps", OrNull(config.target_qps)},
      {"expected_latency_ms", OrNull(config.expected_latency_ms)},
      {"estimate", config.estimate ? ToJson(*config.estimate) : Json(nullptr)},
      {"min_duration_s", OrNull(config.min_duration_s)},
      {"user_conf", config.user_conf},
      {"min_tokens", config.min_tokens},
      {"max_tokens", config.max_tokens},
      {"goodput",
       {{"ttft_ms", OrNull(config.goodput.ttft_ms)},
        {"tpot_ms", OrNull(config.goodput.tpot_ms)},
        {"e2el_ms", OrNull(config.goodput.e2el_ms)}}},
      {"telemetry_hz", config.telemetry_hz},
      {"cpu_latency_us", OrNull(config.cpu_latency_us)},
      {"keep_inputs", config.keep_inputs},
      {"trace", config.trace},
      {"accept_unofficial", config.accept_unofficial},
  };
}

namespace {

Status ReadEngineConfig(const JsonReader& r, RunConfig& config) {
  ASSAY_ASSIGN_OR_RETURN(config.engine, r.String("engine"));
  ASSAY_ASSIGN_OR_RETURN(config.model, r.String("model"));
  ASSAY_ASSIGN_OR_RETURN(config.script, r.String("script"));
  ASSAY_ASSIGN_OR_RETURN(config.llama.gpu_layers, r.OptInt("gpu_layers"));
  ASSAY_ASSIGN_OR_RETURN(config.llama.threads, r.OptInt("threads"));
  ASSAY_ASSIGN_OR_RETURN(config.llama.slots, r.OptInt("slots"));
  ASSAY_ASSIGN_OR_RETURN(config.llama.batch_tokens, r.OptInt("batch_tokens"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t min_tokens, r.Int("min_tokens"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t max_tokens, r.Int("max_tokens"));
  config.min_tokens = static_cast<std::int32_t>(min_tokens);
  config.max_tokens = static_cast<std::int32_t>(max_tokens);
  return Ok{};
}

Status ReadTests(const Json& json, const std::string& where, RunConfig& config) {
  const auto tests = json.find("tests");
  if (tests == json.end() || !tests->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"tests\" must be an array", where);
  }
  for (const Json& test : *tests) {
    if (!test.is_string()) {
      return MakeError(ErrorCode::kParse, "{}: \"tests\" must hold strings", where);
    }
    ASSAY_ASSIGN_OR_RETURN(const TestKind kind, ParseTestKind(test.get<std::string>()));
    config.tests.push_back(kind);
  }
  return Ok{};
}

Status ReadLoadConfig(const JsonReader& r, RunConfig& config) {
  ASSAY_ASSIGN_OR_RETURN(const std::string benchmark, r.String("benchmark"));
  ASSAY_ASSIGN_OR_RETURN(config.benchmark, ParseBenchmark(benchmark));
  ASSAY_ASSIGN_OR_RETURN(const std::string scenario, r.String("scenario"));
  ASSAY_ASSIGN_OR_RETURN(config.scenario, ParseScenario(scenario));
  ASSAY_ASSIGN_OR_RETURN(config.dataset, r.String("dataset"));
  ASSAY_ASSIGN_OR_RETURN(config.bundled_sample, r.Bool("bundled_sample"));
  ASSAY_ASSIGN_OR_RETURN(config.samples, r.Uint("samples"));
  ASSAY_ASSIGN_OR_RETURN(config.tokenizer, r.String("tokenizer"));
  ASSAY_ASSIGN_OR_RETURN(config.rules, r.OptString("rules"));
  ASSAY_ASSIGN_OR_RETURN(config.target_qps, r.OptDouble("target_qps"));
  ASSAY_ASSIGN_OR_RETURN(config.expected_latency_ms, r.OptDouble("expected_latency_ms"));
  ASSAY_ASSIGN_OR_RETURN(config.min_duration_s, r.OptDouble("min_duration_s"));
  ASSAY_ASSIGN_OR_RETURN(config.user_conf, r.String("user_conf"));
  ASSAY_ASSIGN_OR_RETURN(const std::optional<double> telemetry_hz, r.OptDouble("telemetry_hz"));
  config.telemetry_hz = telemetry_hz.value_or(0.0);
  ASSAY_ASSIGN_OR_RETURN(config.cpu_latency_us, r.OptInt("cpu_latency_us"));
  ASSAY_ASSIGN_OR_RETURN(config.keep_inputs, r.Bool("keep_inputs"));
  ASSAY_ASSIGN_OR_RETURN(config.trace, r.Bool("trace"));
  ASSAY_ASSIGN_OR_RETURN(const auto accept, r.OptBool("accept_unofficial"));
  config.accept_unofficial = accept.value_or(false);
  return Ok{};
}

Status ReadSeeds(const Json& json, const std::string& where, RunConfig& config) {
  const auto it = json.find("seeds");
  if (it == json.end() || it->is_null()) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(*it, where + ": seeds"));
  LoadgenSeeds seeds;
  ASSAY_ASSIGN_OR_RETURN(seeds.qsl, r.Uint("qsl"));
  ASSAY_ASSIGN_OR_RETURN(seeds.sample_index, r.Uint("sample_index"));
  ASSAY_ASSIGN_OR_RETURN(seeds.schedule, r.Uint("schedule"));
  config.seeds = seeds;
  return Ok{};
}

Status ReadCompliance(const Json& json, const std::string& where, RunConfig& config) {
  const auto it = json.find("compliance");
  if (it == json.end() || it->is_null()) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(*it, where + ": compliance"));
  ComplianceSettings settings;
  ASSAY_ASSIGN_OR_RETURN(settings.accuracy_log_rng_seed, r.Uint("accuracy_log_rng_seed"));
  ASSAY_ASSIGN_OR_RETURN(settings.records, r.Uint("records"));
  ASSAY_ASSIGN_OR_RETURN(settings.min_duration_ms, r.Uint("min_duration_ms"));
  ASSAY_ASSIGN_OR_RETURN(settings.sample_concatenate_permutation,
                         r.Bool("sample_concatenate_permutation"));
  config.compliance = settings;
  return Ok{};
}

}  // namespace

Result<std::optional<LoadEstimate>> LoadEstimateFromJson(const Json& json,
                                                         const std::string& where) {
  if (json.is_null()) return std::optional<LoadEstimate>();
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  LoadEstimate estimate;
  ASSAY_ASSIGN_OR_RETURN(estimate.option, r.String("option"));
  ASSAY_ASSIGN_OR_RETURN(estimate.value, r.Double("value"));
  ASSAY_ASSIGN_OR_RETURN(estimate.measured, r.Double("measured"));
  ASSAY_ASSIGN_OR_RETURN(estimate.requests, r.Uint("requests"));
  ASSAY_ASSIGN_OR_RETURN(estimate.seconds, r.Double("seconds"));
  ASSAY_ASSIGN_OR_RETURN(estimate.method, r.String("method"));
  return std::optional<LoadEstimate>(std::move(estimate));
}

Result<RunConfig> RunConfigFromJson(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  RunConfig config;
  ASSAY_RETURN_IF_ERROR(ReadEngineConfig(r, config));
  ASSAY_RETURN_IF_ERROR(ReadLoadConfig(r, config));
  ASSAY_RETURN_IF_ERROR(ReadTests(json, where, config));
  ASSAY_RETURN_IF_ERROR(ReadSeeds(json, where, config));
  ASSAY_RETURN_IF_ERROR(ReadCompliance(json, where, config));
  ASSAY_ASSIGN_OR_RETURN(
      config.estimate,
      LoadEstimateFromJson(json.value("estimate", Json(nullptr)), where + ": estimate"));
  ASSAY_ASSIGN_OR_RETURN(const auto serve, r.OptString("serve"));
  config.serve = serve.value_or("");
  if (const auto endpoint = json.find("endpoint"); endpoint != json.end() && !endpoint->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(config.endpoint,
                           EndpointConfigFromJson(*endpoint, where + ": endpoint"));
  }
  const Json goodput = json.value("goodput", Json::object());
  ASSAY_ASSIGN_OR_RETURN(const JsonReader g, JsonReader::Of(goodput, where + ": goodput"));
  ASSAY_ASSIGN_OR_RETURN(config.goodput.ttft_ms, g.OptDouble("ttft_ms"));
  ASSAY_ASSIGN_OR_RETURN(config.goodput.tpot_ms, g.OptDouble("tpot_ms"));
  ASSAY_ASSIGN_OR_RETURN(config.goodput.e2el_ms, g.OptDouble("e2el_ms"));
  return config;
}

}  // namespace assay
