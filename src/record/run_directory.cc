#include "record/run_directory.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/format.h"
#include "base/hash.h"
#include "record/client_report.h"
#include "record/thread_record.h"

namespace assay {
namespace {

constexpr std::string_view kRunFile = "run.json";
constexpr std::string_view kTestFile = "test.json";
constexpr std::string_view kManifestFile = "manifest.json";
constexpr int kFormatVersion = 1;
// Files that later verbs remake at will, by name at the top of the run directory.
constexpr std::array<std::string_view, 9> kDerived{
    "score.json", "samples.jsonl", "metrics.json", "verdict.json", "report.txt",
    "report.md",  "report.html",   "report.json",  "manifest.json"};

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Status CheckFormat(const JsonReader& r, std::string_view format, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const std::string found, r.String("format"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t version, r.Int("version"));
  if (found != format || version != kFormatVersion) {
    return MakeError(ErrorCode::kUnsupported,
                     "{}: is \"{}\" version {}, expected \"{}\" version {}", where, found, version,
                     format, kFormatVersion);
  }
  return Ok{};
}

Result<JsonReader> Member(const Json& json, const char* key, const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end()) return MakeError(ErrorCode::kParse, "{}: \"{}\" is missing", where, key);
  return JsonReader::Of(*it, fmt::format("{}: {}", where, key));
}

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
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t ns, r.Int("time_ns"));
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

Json ToJson(const TestEnd& end) {
  return Json{{"test", TestDirectoryName(end.test)},
              {"outcome", end.outcome},
              {"exit_code", OrNull(end.exit_code)},
              {"signal", OrNull(end.signal)},
              {"message", end.message}};
}

Result<TestEnd> ReadTestEnd(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  TestEnd end;
  ASSAY_ASSIGN_OR_RETURN(const std::string test, r.String("test"));
  ASSAY_ASSIGN_OR_RETURN(end.test, ParseTestKind(test));
  ASSAY_ASSIGN_OR_RETURN(end.outcome, r.String("outcome"));
  ASSAY_ASSIGN_OR_RETURN(const auto exit_code, r.OptInt("exit_code"));
  ASSAY_ASSIGN_OR_RETURN(const auto signal, r.OptInt("signal"));
  if (exit_code) end.exit_code = static_cast<int>(*exit_code);
  if (signal) end.signal = static_cast<int>(*signal);
  ASSAY_ASSIGN_OR_RETURN(end.message, r.String("message"));
  return end;
}

Json ToJson(const DatasetRecord& d) {
  return Json{{"path", d.path},
              {"sha256", d.sha256},
              {"format", d.format},
              {"count", d.count},
              {"identity", d.identity},
              {"bundled_sample", d.bundled_sample},
              {"near_duplicates", d.near_duplicates},
              {"near_duplicate_clusters", d.near_duplicate_clusters}};
}

Result<DatasetRecord> ReadDatasetRecord(const JsonReader& r) {
  DatasetRecord d;
  ASSAY_ASSIGN_OR_RETURN(d.path, r.String("path"));
  ASSAY_ASSIGN_OR_RETURN(d.sha256, r.String("sha256"));
  ASSAY_ASSIGN_OR_RETURN(d.format, r.String("format"));
  ASSAY_ASSIGN_OR_RETURN(d.count, r.Uint("count"));
  ASSAY_ASSIGN_OR_RETURN(d.identity, r.String("identity"));
  ASSAY_ASSIGN_OR_RETURN(d.bundled_sample, r.Bool("bundled_sample"));
  ASSAY_ASSIGN_OR_RETURN(d.near_duplicates, r.Uint("near_duplicates"));
  ASSAY_ASSIGN_OR_RETURN(d.near_duplicate_clusters, r.Uint("near_duplicate_clusters"));
  return d;
}

Json ToJson(const Tokenizer::Identity& t) {
  return Json{{"path", t.path},
              {"sha256", t.sha256},
              {"kind", t.kind},
              {"clean_up_spaces", t.clean_up_spaces},
              {"clean_up_from_settings", t.clean_up_from_settings}};
}

Result<Tokenizer::Identity> ReadTokenizerIdentity(const JsonReader& r) {
  Tokenizer::Identity t;
  ASSAY_ASSIGN_OR_RETURN(t.path, r.String("path"));
  ASSAY_ASSIGN_OR_RETURN(t.sha256, r.String("sha256"));
  ASSAY_ASSIGN_OR_RETURN(t.kind, r.String("kind"));
  ASSAY_ASSIGN_OR_RETURN(t.clean_up_spaces, r.Bool("clean_up_spaces"));
  ASSAY_ASSIGN_OR_RETURN(t.clean_up_from_settings, r.Bool("clean_up_from_settings"));
  return t;
}

Result<std::vector<std::string>> ReadStrings(const Json& json, const char* key,
                                             const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || !it->is_array() ||
      !std::all_of(it->begin(), it->end(), [](const Json& v) { return v.is_string(); })) {
    return MakeError(ErrorCode::kParse, "{}: \"{}\" must be an array of strings", where, key);
  }
  return it->get<std::vector<std::string>>();
}

Status ReadRunParts(const Json& json, const std::string& where, RunRecord& record) {
  ASSAY_ASSIGN_OR_RETURN(record.command, ReadStrings(json, "command", where));
  ASSAY_RETURN_IF_ERROR(Member(json, "config", where));
  ASSAY_ASSIGN_OR_RETURN(record.config, RunConfigFromJson(json["config"], where + ": config"));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader dataset, Member(json, "dataset", where));
  ASSAY_ASSIGN_OR_RETURN(record.dataset, ReadDatasetRecord(dataset));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader tokenizer, Member(json, "tokenizer", where));
  ASSAY_ASSIGN_OR_RETURN(record.tokenizer, ReadTokenizerIdentity(tokenizer));
  record.host = json.value("host", Json(nullptr));
  if (const auto server = json.find("server"); server != json.end() && !server->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(record.server, ServerRecordFromJson(*server, where + ": server"));
  }
  const auto tests = json.find("tests");
  if (tests == json.end() || !tests->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"tests\" must be an array", where);
  }
  for (const Json& test : *tests) {
    ASSAY_ASSIGN_OR_RETURN(TestEnd end, ReadTestEnd(test, where + ": tests"));
    record.tests.push_back(std::move(end));
  }
  return Ok{};
}

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

struct ManifestEntry {
  std::string sha256;
  std::uint64_t size = 0;
  bool operator==(const ManifestEntry&) const = default;
};
using Manifest = std::map<std::string, ManifestEntry>;

Result<Manifest> HashDirectory(const fs::path& run_dir) {
  Manifest manifest;
  std::error_code error;
  for (fs::recursive_directory_iterator it(run_dir, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file()) continue;
    const std::string relative = fs::relative(it->path(), run_dir).generic_string();
    if (std::find(kDerived.begin(), kDerived.end(), relative) != kDerived.end()) continue;
    ASSAY_ASSIGN_OR_RETURN(std::string hash, Sha256OfFile(it->path()));
    manifest[relative] = {std::move(hash), it->file_size()};
  }
  if (error) {
    return MakeError(ErrorCode::kIo, "{}: cannot list: {}", run_dir.string(), error.message());
  }
  return manifest;
}

Result<Manifest> ReadManifest(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(bytes, path.string()));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, path.string()));
  ASSAY_RETURN_IF_ERROR(CheckFormat(r, "assay-manifest", path.string()));
  ASSAY_RETURN_IF_ERROR(Member(json, "files", path.string()));
  Manifest manifest;
  for (const auto& [name, value] : json["files"].items()) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader entry,
                           JsonReader::Of(value, fmt::format("{}: {}", path.string(), name)));
    ManifestEntry& read = manifest[name];
    ASSAY_ASSIGN_OR_RETURN(read.sha256, entry.String("sha256"));
    ASSAY_ASSIGN_OR_RETURN(read.size, entry.Uint("size_bytes"));
  }
  return manifest;
}

Result<InputSample> ParseInputSample(std::string_view line, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  InputSample sample;
  ASSAY_ASSIGN_OR_RETURN(sample.index, r.Uint("index"));
  ASSAY_ASSIGN_OR_RETURN(sample.id, r.String("id"));
  ASSAY_ASSIGN_OR_RETURN(sample.sha256, r.String("sha256"));
  ASSAY_ASSIGN_OR_RETURN(sample.article, r.OptString("article"));
  ASSAY_ASSIGN_OR_RETURN(sample.reference, r.OptString("reference"));
  if (const auto ids = json.find("prompt_ids"); ids != json.end()) {
    if (!ids->is_array() || !std::all_of(ids->begin(), ids->end(),
                                         [](const Json& v) { return v.is_number_integer(); })) {
      return MakeError(ErrorCode::kParse, "{}: \"prompt_ids\" must be an array of integers", where);
    }
    sample.prompt_ids = ids->get<std::vector<TokenId>>();
  }
  return sample;
}

}  // namespace

Json ToJson(const InputSample& sample) {
  Json json{{"index", sample.index}, {"id", sample.id}, {"sha256", sample.sha256}};
  if (sample.article) json["article"] = *sample.article;
  if (sample.reference) json["reference"] = *sample.reference;
  if (sample.prompt_ids) json["prompt_ids"] = *sample.prompt_ids;
  return json;
}

Result<std::vector<InputSample>> ReadInputSamples(const fs::path& run_dir) {
  const fs::path path = run_dir / "inputs" / "samples.jsonl";
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  std::vector<InputSample> samples;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ASSAY_ASSIGN_OR_RETURN(InputSample sample,
                           ParseInputSample(rest.substr(0, end), fmt::format("{}:{}", path.string(),
                                                                             samples.size() + 1)));
    samples.push_back(std::move(sample));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return samples;
}

Status WriteRunRecord(const fs::path& run_dir, const RunRecord& record) {
  Json tests = Json::array();
  for (const TestEnd& end : record.tests) tests.push_back(ToJson(end));
  const Json json{{"format", "assay-run"},
                  {"version", kFormatVersion},
                  {"assay_version", record.assay_version},
                  {"build", record.build},
                  {"command", record.command},
                  {"started_utc", record.started_utc},
                  {"ended_utc", OrNull(record.ended_utc)},
                  {"interrupted", record.interrupted},
                  {"config", ToJson(record.config)},
                  {"dataset", ToJson(record.dataset)},
                  {"tokenizer", ToJson(record.tokenizer)},
                  {"prompt_template_sha256", record.prompt_template_sha256},
                  {"host", record.host},
                  {"server", record.server ? ToJson(*record.server) : Json(nullptr)},
                  {"tests", tests}};
  return WriteFileAtomically(run_dir / kRunFile, ToPrettyJson(json));
}

Result<RunRecord> ReadRunRecord(const fs::path& run_dir) {
  const fs::path path = run_dir / kRunFile;
  const std::string where = path.string();
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(bytes, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckFormat(r, "assay-run", where));
  RunRecord record;
  ASSAY_ASSIGN_OR_RETURN(record.assay_version, r.String("assay_version"));
  ASSAY_ASSIGN_OR_RETURN(record.build, r.String("build"));
  ASSAY_ASSIGN_OR_RETURN(record.started_utc, r.String("started_utc"));
  ASSAY_ASSIGN_OR_RETURN(record.ended_utc, r.OptString("ended_utc"));
  ASSAY_ASSIGN_OR_RETURN(record.interrupted, r.Bool("interrupted"));
  ASSAY_ASSIGN_OR_RETURN(record.prompt_template_sha256, r.String("prompt_template_sha256"));
  ASSAY_RETURN_IF_ERROR(ReadRunParts(json, where, record));
  return record;
}

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
  ASSAY_ASSIGN_OR_RETURN(t.origin_not_before_ns, r.OptInt("origin_not_before_ns"));
  ASSAY_ASSIGN_OR_RETURN(t.issued, r.Uint("issued"));
  ASSAY_ASSIGN_OR_RETURN(t.completed, r.Uint("completed"));
  ASSAY_ASSIGN_OR_RETURN(t.failed, r.Uint("failed"));
  ASSAY_ASSIGN_OR_RETURN(t.peak_rss_bytes, r.Int("peak_rss_bytes"));
  ASSAY_ASSIGN_OR_RETURN(t.cpu_seconds, r.Double("cpu_seconds"));
  ASSAY_RETURN_IF_ERROR(ReadTestParts(json, where, t));
  return std::optional<TestRecord>(std::move(t));
}

fs::path TestDirectory(const fs::path& run_dir, TestKind test) {
  return run_dir / TestDirectoryName(test);
}

bool IsRunDirectory(const fs::path& dir) {
  std::error_code error;
  return fs::is_regular_file(dir / kRunFile, error);
}

Status WriteManifest(const fs::path& run_dir) {
  ASSAY_ASSIGN_OR_RETURN(const Manifest manifest, HashDirectory(run_dir));
  Json files = Json::object();
  for (const auto& [name, entry] : manifest) {
    files[name] = Json{{"sha256", entry.sha256}, {"size_bytes", entry.size}};
  }
  const Json json{{"format", "assay-manifest"}, {"version", kFormatVersion}, {"files", files}};
  return WriteFileAtomically(run_dir / kManifestFile, ToPrettyJson(json));
}

Result<ManifestCheck> CheckManifest(const fs::path& run_dir) {
  ManifestCheck check;
  std::error_code error;
  if (!fs::exists(run_dir / kManifestFile, error)) return check;
  check.present = true;
  ASSAY_ASSIGN_OR_RETURN(const Manifest recorded, ReadManifest(run_dir / kManifestFile));
  ASSAY_ASSIGN_OR_RETURN(const Manifest found, HashDirectory(run_dir));
  for (const auto& [name, entry] : recorded) {
    const auto it = found.find(name);
    if (it == found.end()) {
      check.missing.push_back(name);
    } else if (!(it->second == entry)) {
      check.changed.push_back(name);
    }
  }
  for (const auto& [name, entry] : found) {
    if (recorded.find(name) == recorded.end()) check.added.push_back(name);
  }
  return check;
}

}  // namespace assay
