#include "record/telemetry.h"

#include <array>
#include <iterator>
#include <span>

#include "base/format.h"
#include "base/json.h"
#include "record/json_parts.h"

namespace assay {
namespace {

constexpr std::string_view kFormat = "assay-telemetry";
constexpr std::int64_t kVersion = 1;

using OptCount = std::optional<std::uint64_t>;

// Name and place of each optional number, so that writing and reading cannot differ.
template <typename T>
struct CountField {
  std::string_view name;
  OptCount T::*member;
};

constexpr std::array<CountField<GpuDevice>, 6> kDeviceFields{
    {{"memory_total_bytes", &GpuDevice::memory_total_bytes},
     {"memory_bus_bits", &GpuDevice::memory_bus_bits},
     {"max_sm_mhz", &GpuDevice::max_sm_mhz},
     {"max_memory_mhz", &GpuDevice::max_memory_mhz},
     {"cores", &GpuDevice::cores},
     {"power_limit_mw", &GpuDevice::power_limit_mw}}};

constexpr std::array<CountField<GpuSample>, 9> kGpuFields{
    {{"utilisation_percent", &GpuSample::utilisation_percent},
     {"memory_utilisation_percent", &GpuSample::memory_utilisation_percent},
     {"memory_used_bytes", &GpuSample::memory_used_bytes},
     {"sm_mhz", &GpuSample::sm_mhz},
     {"memory_mhz", &GpuSample::memory_mhz},
     {"temperature_c", &GpuSample::temperature_c},
     {"power_mw", &GpuSample::power_mw},
     {"energy_mj", &GpuSample::energy_mj},
     {"throttle_reasons", &GpuSample::throttle_reasons}}};

constexpr std::array<CountField<TelemetrySample>, 3> kSampleFields{
    {{"throttle_events", &TelemetrySample::throttle_events},
     {"memory_available_bytes", &TelemetrySample::memory_available_bytes},
     {"swapped_pages", &TelemetrySample::swapped_pages}}};

struct LoadField {
  std::string_view name;
  std::optional<double> ServerLoadSample::*member;
};
constexpr std::array<LoadField, 5> kLoadFields{
    {{"running", &ServerLoadSample::running},
     {"waiting", &ServerLoadSample::waiting},
     {"kv_cache_used", &ServerLoadSample::kv_cache_used},
     {"prompt_tokens", &ServerLoadSample::prompt_tokens},
     {"generation_tokens", &ServerLoadSample::generation_tokens}}};

struct CpuField {
  std::string_view name;
  std::uint64_t CpuTimes::*member;
};
constexpr std::array<CpuField, 3> kCpuFields{{{"busy_ms", &CpuTimes::busy_ms},
                                              {"idle_ms", &CpuTimes::idle_ms},
                                              {"steal_ms", &CpuTimes::steal_ms}}};

template <typename... Args>
void Append(std::string& line, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(line), format, std::forward<Args>(args)...);
}

// "name":[a,b,c]
template <typename Range, typename Value>
void AppendArray(std::string& line, std::string_view name, const Range& range, Value value) {
  Append(line, "\"{}\":[", name);
  bool first = true;
  for (const auto& element : range) {
    if (!first) line += ',';
    first = false;
    value(element);
  }
  line += ']';
}

void AppendProcess(std::string& line, std::string_view name,
                   const std::optional<ProcessSample>& process) {
  if (!process) return;
  Append(line, ",\"{}\":{{\"rss_bytes\":{},\"cpu_ms\":{},\"processes\":{}}}", name,
         process->rss_bytes, process->cpu_ms, process->processes);
}

void AppendGpu(std::string& line, const GpuSample& gpu) {
  line += '{';
  bool first = true;
  for (const auto& field : kGpuFields) {
    const OptCount& value = gpu.*field.member;
    if (!value) continue;
    Append(line, "{}\"{}\":{}", first ? "" : ",", field.name, *value);
    first = false;
  }
  line += '}';
}

void AppendLoad(std::string& line, const std::optional<ServerLoadSample>& load) {
  if (!load) {
    line += "null";
    return;
  }
  Append(line, "{{\"t_ns\":{}", load->t_ns);
  for (const LoadField& field : kLoadFields) {
    const std::optional<double>& value = (*load).*field.member;
    if (value) Append(line, ",\"{}\":{}", field.name, *value);
  }
  line += '}';
}

Json ToJson(const GpuDevice& gpu) {
  Json json{{"name", gpu.name}, {"uuid", gpu.uuid}};
  for (const auto& field : kDeviceFields) {
    if (const OptCount& value = gpu.*field.member) json[std::string(field.name)] = *value;
  }
  return json;
}

Json ToJson(const std::vector<std::pair<std::string, std::string>>& texts) {
  Json json = Json::object();
  for (const auto& [name, text] : texts) json[name] = text;
  return json;
}

// Reading. `where` names file and line.

Result<OptCount> OptUint(const JsonReader& r, std::string_view key) {
  if (!r.Has(key)) return OptCount();
  ASSAY_ASSIGN_OR_RETURN(const std::uint64_t value, r.Uint(key));
  return OptCount(value);
}

template <typename T, std::size_t kCount>
Status ReadCounts(const JsonReader& r, const std::array<CountField<T>, kCount>& fields, T& out) {
  for (const auto& field : fields) {
    ASSAY_ASSIGN_OR_RETURN(out.*field.member, OptUint(r, field.name));
  }
  return Ok{};
}

Result<const Json*> ArrayOf(const Json& json, std::string_view key, std::size_t size,
                            const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || !it->is_array() || it->size() != size) {
    return MakeError(ErrorCode::kParse, "{}: \"{}\" must be an array of {} elements", where, key,
                     size);
  }
  return &*it;
}

Result<std::vector<std::uint64_t>> Counts(const Json& json, std::string_view key, std::size_t size,
                                          const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json* array, ArrayOf(json, key, size, where));
  std::vector<std::uint64_t> values;
  values.reserve(size);
  for (const Json& element : *array) {
    if (!element.is_number_unsigned()) {
      return MakeError(ErrorCode::kParse, "{}: \"{}\" must hold whole numbers", where, key);
    }
    values.push_back(element.get<std::uint64_t>());
  }
  return values;
}

Result<std::optional<ProcessSample>> ReadProcess(const Json& json, std::string_view key,
                                                 const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end()) return std::optional<ProcessSample>();
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r,
                         JsonReader::Of(*it, fmt::format("{}: {}", where, key)));
  ProcessSample process;
  ASSAY_ASSIGN_OR_RETURN(process.rss_bytes, r.Uint("rss_bytes"));
  ASSAY_ASSIGN_OR_RETURN(process.cpu_ms, r.Uint("cpu_ms"));
  ASSAY_ASSIGN_OR_RETURN(process.processes, r.Uint("processes"));
  return std::optional(process);
}

Status ReadCpus(const Json& json, const std::string& where, std::size_t count,
                TelemetrySample& sample) {
  if (const auto cpu = json.find("cpu"); cpu != json.end()) {
    sample.cpus.resize(count);
    for (const CpuField& field : kCpuFields) {
      ASSAY_ASSIGN_OR_RETURN(const auto values, Counts(*cpu, field.name, count, where + ": cpu"));
      for (std::size_t i = 0; i < count; ++i) sample.cpus[i].*field.member = values[i];
    }
  }
  if (json.contains("mhz")) {
    ASSAY_ASSIGN_OR_RETURN(const auto values, Counts(json, "mhz", count, where));
    for (const std::uint64_t mhz : values) sample.mhz.push_back(static_cast<std::uint32_t>(mhz));
  }
  return Ok{};
}

Status ReadDevices(const Json& json, const std::string& where, const TelemetryHeader& header,
                   TelemetrySample& sample) {
  if (json.contains("energy_uj")) {
    ASSAY_ASSIGN_OR_RETURN(sample.energy_uj,
                           Counts(json, "energy_uj", header.energy.size(), where));
  }
  if (!json.contains("gpus")) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const Json* gpus, ArrayOf(json, "gpus", header.gpus.size(), where));
  for (const Json& gpu : *gpus) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(gpu, where + ": gpus"));
    ASSAY_RETURN_IF_ERROR(ReadCounts(r, kGpuFields, sample.gpus.emplace_back()));
  }
  return Ok{};
}

Status ReadServers(const Json& json, const std::string& where, const TelemetryHeader& header,
                   TelemetrySample& sample) {
  if (!json.contains("servers")) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const Json* servers,
                         ArrayOf(json, "servers", header.servers.size(), where));
  for (const Json& server : *servers) {
    std::optional<ServerLoadSample>& load = sample.servers.emplace_back();
    if (server.is_null()) continue;
    ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(server, where + ": servers"));
    load.emplace();
    ASSAY_ASSIGN_OR_RETURN(load->t_ns, ReadNanos(r, "t_ns", where));
    for (const LoadField& field : kLoadFields) {
      if (!r.Has(field.name)) continue;
      ASSAY_ASSIGN_OR_RETURN((*load).*field.member, r.Double(field.name));
    }
  }
  return Ok{};
}

Result<TelemetrySample> ParseSample(std::string_view line, const TelemetryHeader& header,
                                    const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  TelemetrySample sample;
  ASSAY_ASSIGN_OR_RETURN(sample.t_ns, ReadNanos(r, "t_ns", where));
  ASSAY_ASSIGN_OR_RETURN(sample.width_ns, ReadNanos(r, "width_ns", where));
  ASSAY_ASSIGN_OR_RETURN(sample.own_cpu_ns, ReadNanos(r, "own_cpu_ns", where));
  ASSAY_RETURN_IF_ERROR(ReadCounts(r, kSampleFields, sample));
  ASSAY_RETURN_IF_ERROR(ReadCpus(json, where, header.cpus.size(), sample));
  ASSAY_ASSIGN_OR_RETURN(sample.process, ReadProcess(json, "process", where));
  ASSAY_ASSIGN_OR_RETURN(sample.engine, ReadProcess(json, "engine", where));
  ASSAY_RETURN_IF_ERROR(ReadDevices(json, where, header, sample));
  ASSAY_RETURN_IF_ERROR(ReadServers(json, where, header, sample));
  if (const auto it = json.find("pressure"); it != json.end()) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader p, JsonReader::Of(*it, where + ": pressure"));
    PressureSample& pressure = sample.pressure.emplace();
    ASSAY_ASSIGN_OR_RETURN(pressure.cpu_us, p.Uint("cpu_us"));
    ASSAY_ASSIGN_OR_RETURN(pressure.memory_us, p.Uint("memory_us"));
    ASSAY_ASSIGN_OR_RETURN(pressure.io_us, p.Uint("io_us"));
  }
  return sample;
}

Status ReadTexts(const Json& json, const char* key, const std::string& where,
                 std::vector<std::pair<std::string, std::string>>& out) {
  const Json texts = json.value(key, Json::object());
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r,
                         JsonReader::Of(texts, fmt::format("{}: {}", where, key)));
  for (const auto& [name, unused] : texts.items()) {
    ASSAY_ASSIGN_OR_RETURN(std::string text, r.String(name));
    out.emplace_back(name, std::move(text));
  }
  return Ok{};
}

Result<TelemetryHeader> ParseHeader(std::string_view line, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(line, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_ASSIGN_OR_RETURN(const std::string format, r.String("format"));
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t version, r.Int("version"));
  if (format != kFormat || version != kVersion) {
    return MakeError(ErrorCode::kUnsupported,
                     "{}: is \"{}\" version {}, expected \"{}\" version {}", where, format, version,
                     kFormat, kVersion);
  }
  TelemetryHeader header;
  ASSAY_ASSIGN_OR_RETURN(header.rate_hz, r.Double("rate_hz"));
  ASSAY_ASSIGN_OR_RETURN(header.engine_pid, r.OptInt("engine_pid"));
  const Json cpus = json.value("cpus", Json::array());
  ASSAY_ASSIGN_OR_RETURN(const auto numbers, Counts(json, "cpus", cpus.size(), where));
  for (const std::uint64_t cpu : numbers) header.cpus.push_back(static_cast<std::uint32_t>(cpu));
  for (const Json& domain : json.value("energy", Json::array())) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader d, JsonReader::Of(domain, where + ": energy"));
    EnergyDomain& read = header.energy.emplace_back();
    ASSAY_ASSIGN_OR_RETURN(read.name, d.String("name"));
    ASSAY_ASSIGN_OR_RETURN(read.path, d.String("path"));
    ASSAY_ASSIGN_OR_RETURN(read.max_range_uj, d.Uint("max_range_uj"));
  }
  for (const Json& gpu : json.value("gpus", Json::array())) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader g, JsonReader::Of(gpu, where + ": gpus"));
    GpuDevice& read = header.gpus.emplace_back();
    ASSAY_ASSIGN_OR_RETURN(read.name, g.String("name"));
    ASSAY_ASSIGN_OR_RETURN(read.uuid, g.String("uuid"));
    ASSAY_RETURN_IF_ERROR(ReadCounts(g, kDeviceFields, read));
  }
  if (json.contains("servers")) {
    ASSAY_ASSIGN_OR_RETURN(header.servers, ReadStrings(json, "servers", where));
  }
  ASSAY_RETURN_IF_ERROR(ReadTexts(json, "sources", where, header.sources));
  ASSAY_RETURN_IF_ERROR(ReadTexts(json, "absent", where, header.absent));
  return header;
}

}  // namespace

std::string ToTelemetryLine(const TelemetryHeader& header) {
  Json energy = Json::array();
  for (const EnergyDomain& domain : header.energy) {
    energy.push_back(
        {{"name", domain.name}, {"path", domain.path}, {"max_range_uj", domain.max_range_uj}});
  }
  Json gpus = Json::array();
  for (const GpuDevice& gpu : header.gpus) gpus.push_back(ToJson(gpu));
  Json json{{"format", kFormat}, {"version", kVersion}, {"rate_hz", header.rate_hz}};
  json["engine_pid"] = header.engine_pid ? Json(*header.engine_pid) : Json(nullptr);
  json["cpus"] = header.cpus;
  json["energy"] = std::move(energy);
  json["gpus"] = std::move(gpus);
  json["servers"] = header.servers;
  json["sources"] = ToJson(header.sources);
  json["absent"] = ToJson(header.absent);
  return ToJsonLine(json) + "\n";
}

void ToTelemetryLine(const TelemetrySample& sample, std::string& line) {
  line.clear();
  Append(line, "{{\"t_ns\":{},\"width_ns\":{},\"own_cpu_ns\":{}", sample.t_ns, sample.width_ns,
         sample.own_cpu_ns);
  const auto number = [&line](std::uint64_t value) { Append(line, "{}", value); };
  if (!sample.cpus.empty()) {
    line += ",\"cpu\":{";
    for (const CpuField& field : kCpuFields) {
      if (field.name != kCpuFields.front().name) line += ',';
      AppendArray(line, field.name, sample.cpus,
                  [&](const CpuTimes& cpu) { number(cpu.*field.member); });
    }
    line += '}';
  }
  if (!sample.mhz.empty()) AppendArray(line += ',', "mhz", sample.mhz, number);
  for (const auto& field : kSampleFields) {
    if (const OptCount& value = sample.*field.member) {
      Append(line, ",\"{}\":{}", field.name, *value);
    }
  }
  AppendProcess(line, "process", sample.process);
  AppendProcess(line, "engine", sample.engine);
  if (!sample.energy_uj.empty()) AppendArray(line += ',', "energy_uj", sample.energy_uj, number);
  if (!sample.gpus.empty()) {
    AppendArray(line += ',', "gpus", sample.gpus,
                [&line](const GpuSample& gpu) { AppendGpu(line, gpu); });
  }
  if (sample.pressure) {
    Append(line, ",\"pressure\":{{\"cpu_us\":{},\"memory_us\":{},\"io_us\":{}}}",
           sample.pressure->cpu_us, sample.pressure->memory_us, sample.pressure->io_us);
  }
  if (!sample.servers.empty()) {
    AppendArray(line += ',', "servers", sample.servers,
                [&line](const auto& load) { AppendLoad(line, load); });
  }
  line += "}\n";
}

Result<Telemetry> ParseTelemetry(std::string_view bytes, const std::string& where) {
  Telemetry telemetry;
  std::uint64_t line_number = 0;
  while (!bytes.empty()) {
    ++line_number;
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      telemetry.cut_off = true;
      break;
    }
    const std::string place = fmt::format("{}:{}", where, line_number);
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line_number == 1) {
      ASSAY_ASSIGN_OR_RETURN(telemetry.header, ParseHeader(line, place));
      continue;
    }
    ASSAY_ASSIGN_OR_RETURN(TelemetrySample sample, ParseSample(line, telemetry.header, place));
    if (!telemetry.samples.empty() && sample.t_ns <= telemetry.samples.back().t_ns) {
      return MakeError(ErrorCode::kParse, "{}: \"t_ns\" must be later than in the line before",
                       place);
    }
    telemetry.samples.push_back(std::move(sample));
  }
  return telemetry;
}

Result<Telemetry> ReadTelemetry(const fs::path& path) {
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return ParseTelemetry(bytes, path.string());
}

}  // namespace assay
