// test.json, and the engine's description in it.

#include <system_error>
#include <utility>

#include "base/json_or_null.h"
#include "record/client_report.h"
#include "record/json_parts.h"
#include "record/run_directory.h"
#include "record/thread_record.h"

namespace assay {
namespace {

constexpr std::string_view kTestFile = "test.json";

Json ToJson(const ClockPair& pair) {
  return Json{
      {"steady_ns", pair.steady_ns}, {"wall_ns", pair.wall_ns}, {"width_ns", pair.width_ns}};
}

Result<ClockPair> ReadClockPairFrom(const JsonReader& r) {
  ClockPair pair;
  ASSAY_ASSIGN_OR_RETURN(pair.steady_ns, r.Int("steady_ns"));
  ASSAY_ASSIGN_OR_RETURN(pair.wall_ns, r.Int("wall_ns"));
  ASSAY_ASSIGN_OR_RETURN(pair.width_ns, r.Int("width_ns"));
  return pair;
}

Json ToJson(const ModelCosts& c) {
  return Json{{"weight_bytes", c.weight_bytes},
              {"weights", c.weights},
              {"output_bytes", c.output_bytes},
              {"output_weights", c.output_weights},
              {"cache_bytes_per_token", c.cache_bytes_per_token},
              {"attention_flops", c.attention_flops},
              {"arithmetic", c.arithmetic}};
}

Result<std::optional<ModelCosts>> ReadModelCosts(const Json& engine, const std::string& where) {
  const auto it = engine.find("costs");
  if (it == engine.end() || it->is_null()) return std::optional<ModelCosts>();
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(*it, where + ": costs"));
  ModelCosts c;
  ASSAY_ASSIGN_OR_RETURN(c.weight_bytes, r.Uint("weight_bytes"));
  ASSAY_ASSIGN_OR_RETURN(c.weights, r.Uint("weights"));
  ASSAY_ASSIGN_OR_RETURN(c.output_bytes, r.Uint("output_bytes"));
  ASSAY_ASSIGN_OR_RETURN(c.output_weights, r.Uint("output_weights"));
  ASSAY_ASSIGN_OR_RETURN(c.cache_bytes_per_token, r.Uint("cache_bytes_per_token"));
  ASSAY_ASSIGN_OR_RETURN(c.attention_flops, r.Uint("attention_flops"));
  ASSAY_ASSIGN_OR_RETURN(c.arithmetic, r.String("arithmetic"));
  return std::optional(std::move(c));
}

Json ToJson(const PhaseWork& w) {
  return Json{{"steps", w.steps},
              {"tokens", w.tokens},
              {"context_tokens", w.context_tokens},
              {"time_ns", w.time.count()}};
}

Result<PhaseWork> ReadPhaseWork(const Json& work, const char* key, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, Member(work, key, where));
  PhaseWork w;
  ASSAY_ASSIGN_OR_RETURN(w.steps, r.Uint("steps"));
  ASSAY_ASSIGN_OR_RETURN(w.tokens, r.Uint("tokens"));
  ASSAY_ASSIGN_OR_RETURN(w.context_tokens, r.Uint("context_tokens"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t ns, ReadNanos(r, "time_ns", where));
  w.time = Nanos(ns);
  return w;
}

Result<std::optional<EngineWork>> ReadEngineWork(const Json& test, const std::string& where) {
  const auto it = test.find("work");
  if (it == test.end() || it->is_null()) return std::optional<EngineWork>();
  EngineWork work;
  ASSAY_ASSIGN_OR_RETURN(work.prompts, ReadPhaseWork(*it, "prompts", where + ": work"));
  ASSAY_ASSIGN_OR_RETURN(work.generation, ReadPhaseWork(*it, "generation", where + ": work"));
  return std::optional(work);
}

}  // namespace

Json ToJson(const EngineInfo& e) {
  Json settings = Json::object();
  for (const auto& [key, value] : e.settings) settings[key] = value;
  return Json{{"engine", e.engine},
              {"version", e.version},
              {"model_name", e.model_name},
              {"model_path", e.model_path},
              {"model_sha256", e.model_sha256},
              {"model_size_bytes", e.model_size_bytes},
              {"parameter_count", e.parameter_count},
              {"precision", e.precision},
              {"context_tokens", e.context_tokens},
              {"device", e.device},
              {"layers_total", e.layers_total},
              {"layers_on_gpu", e.layers_on_gpu},
              {"costs", e.costs ? ToJson(*e.costs) : Json(nullptr)},
              {"no_costs", e.no_costs},
              {"settings", settings}};
}

Result<EngineInfo> EngineInfoFromJson(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  EngineInfo e;
  ASSAY_ASSIGN_OR_RETURN(e.engine, r.String("engine"));
  ASSAY_ASSIGN_OR_RETURN(e.version, r.String("version"));
  ASSAY_ASSIGN_OR_RETURN(e.model_name, r.String("model_name"));
  ASSAY_ASSIGN_OR_RETURN(e.model_path, r.String("model_path"));
  ASSAY_ASSIGN_OR_RETURN(e.model_sha256, r.String("model_sha256"));
  ASSAY_ASSIGN_OR_RETURN(e.model_size_bytes, r.Uint("model_size_bytes"));
  ASSAY_ASSIGN_OR_RETURN(e.parameter_count, r.Uint("parameter_count"));
  ASSAY_ASSIGN_OR_RETURN(e.precision, r.String("precision"));
  ASSAY_ASSIGN_OR_RETURN(e.context_tokens, r.Uint("context_tokens"));
  ASSAY_ASSIGN_OR_RETURN(e.device, r.String("device"));
  ASSAY_ASSIGN_OR_RETURN(e.layers_total, r.Int("layers_total"));
  ASSAY_ASSIGN_OR_RETURN(e.layers_on_gpu, r.Int("layers_on_gpu"));
  ASSAY_ASSIGN_OR_RETURN(e.costs, ReadModelCosts(json, where));
  ASSAY_ASSIGN_OR_RETURN(std::optional<std::string> no_costs, r.OptString("no_costs"));
  e.no_costs = std::move(no_costs).value_or("");
  const auto settings = json.find("settings");
  if (settings != json.end()) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader s, JsonReader::Of(*settings, where + ": settings"));
    for (const auto& [key, unused] : settings->items()) {
      ASSAY_ASSIGN_OR_RETURN(std::string value, s.String(key));
      e.settings.emplace_back(key, std::move(value));
    }
  }
  return e;
}

namespace {

Status ReadTestParts(const Json& json, const std::string& where, TestRecord& record) {
  const auto engine = json.find("engine");
  if (engine != json.end() && !engine->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(record.engine, EngineInfoFromJson(*engine, where + ": engine"));
  }
  if (const auto client = json.find("client"); client != json.end() && !client->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(record.client, ClientReportFromJson(*client, where + ": client"));
  }
  record.loadgen_settings = json.value("loadgen_settings", Json::object());
  if (const auto threads = json.find("threads"); threads != json.end()) {
    ASSAY_ASSIGN_OR_RETURN(record.threads, ThreadsFromJson(*threads, where + ": threads"));
  }
  ASSAY_ASSIGN_OR_RETURN(const JsonReader clocks, Member(json, "clocks_start", where));
  ASSAY_ASSIGN_OR_RETURN(record.clocks_start, ReadClockPairFrom(clocks));
  if (const auto end = json.find("clocks_end"); end != json.end() && !end->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(*end, where + ": clocks_end"));
    ASSAY_ASSIGN_OR_RETURN(record.clocks_end, ReadClockPairFrom(r));
  }
  ASSAY_ASSIGN_OR_RETURN(record.work, ReadEngineWork(json, where));
  for (const Json& endpoint : json.value("server_counters", Json::array())) {
    ASSAY_ASSIGN_OR_RETURN(EndpointCounters counters,
                           EndpointCountersFromJson(endpoint, where + ": server_counters"));
    record.server_counters.push_back(std::move(counters));
  }
  return Ok{};
}

}  // namespace

Status WriteTestRecord(const fs::path& run_dir, const TestRecord& t) {
  Json counters = Json::array();
  for (const EndpointCounters& endpoint : t.server_counters) counters.push_back(ToJson(endpoint));
  const Json json{{"format", "assay-test"},
                  {"version", kFormatVersion},
                  {"test", TestDirectoryName(t.test)},
                  {"status", t.status},
                  {"message", t.message},
                  {"engine", t.engine ? ToJson(*t.engine) : Json(nullptr)},
                  {"loadgen_version", t.loadgen_version},
                  {"loadgen_settings", t.loadgen_settings},
                  {"clocks_start", ToJson(t.clocks_start)},
                  {"clocks_end", t.clocks_end ? ToJson(*t.clocks_end) : Json(nullptr)},
                  {"origin_not_before_ns", OrNull(t.origin_not_before_ns)},
                  {"issued", t.issued},
                  {"completed", t.completed},
                  {"failed", t.failed},
                  {"work", t.work ? Json{{"prompts", ToJson(t.work->prompts)},
                                         {"generation", ToJson(t.work->generation)}}
                                  : Json(nullptr)},
                  {"peak_rss_bytes", t.peak_rss_bytes},
                  {"cpu_seconds", t.cpu_seconds},
                  {"threads", ToJson(t.threads)},
                  {"client", t.client ? ToJson(*t.client) : Json(nullptr)},
                  {"server_counters", counters}};
  return WriteFileAtomically(TestDirectory(run_dir, t.test) / kTestFile, ToPrettyJson(json));
}

Result<std::optional<TestRecord>> ReadTestRecord(const fs::path& run_dir, TestKind test) {
  const fs::path path = TestDirectory(run_dir, test) / kTestFile;
  std::error_code error;
  if (!fs::exists(path, error)) return std::optional<TestRecord>{};
  const std::string where = path.string();
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(bytes, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckFormat(r, "assay-test", where));
  TestRecord t;
  t.test = test;
  ASSAY_ASSIGN_OR_RETURN(t.status, r.String("status"));
  ASSAY_ASSIGN_OR_RETURN(t.message, r.String("message"));
  ASSAY_ASSIGN_OR_RETURN(t.loadgen_version, r.String("loadgen_version"));
  ASSAY_ASSIGN_OR_RETURN(t.origin_not_before_ns, ReadOptNanos(r, "origin_not_before_ns", where));
  ASSAY_ASSIGN_OR_RETURN(t.issued, r.Uint("issued"));
  ASSAY_ASSIGN_OR_RETURN(t.completed, r.Uint("completed"));
  ASSAY_ASSIGN_OR_RETURN(t.failed, r.Uint("failed"));
  ASSAY_ASSIGN_OR_RETURN(t.peak_rss_bytes, r.Int("peak_rss_bytes"));
  ASSAY_ASSIGN_OR_RETURN(t.cpu_seconds, r.Double("cpu_seconds"));
  ASSAY_RETURN_IF_ERROR(ReadTestParts(json, where, t));
  return std::optional<TestRecord>(std::move(t));
}

}  // namespace assay
