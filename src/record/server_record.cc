#include "record/server_record.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/json_or_null.h"
#include "record/json_parts.h"

namespace assay {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<std::pair<ServerEnd, std::string_view>, 5> kEnds{
    {{ServerEnd::kRunning, "running"},
     {ServerEnd::kStopped, "stopped"},
     {ServerEnd::kKilled, "killed"},
     {ServerEnd::kByItself, "by itself"},
     {ServerEnd::kKeeperKilled, "keeper killed"}}};

// The counters and their names in the record.
constexpr std::array<std::pair<const char*, std::optional<double> ServerCounters::*>, 7> kCounters{
    {{"prompt_tokens", &ServerCounters::prompt_tokens},
     {"generation_tokens", &ServerCounters::generation_tokens},
     {"cached_prompt_tokens", &ServerCounters::cached_prompt_tokens},
     {"prefix_queries", &ServerCounters::prefix_queries},
     {"prefix_hits", &ServerCounters::prefix_hits},
     {"preemptions", &ServerCounters::preemptions},
     {"requests_finished", &ServerCounters::requests_finished}}};

Json ToJson(const Pairs& pairs) {
  Json json = Json::object();
  for (const auto& [key, value] : pairs) json[key] = value;
  return json;
}

Result<Pairs> ReadPairs(const Json& json, const char* key, const std::string& where) {
  Pairs pairs;
  const auto it = json.find(key);
  if (it == json.end()) return pairs;
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r,
                         JsonReader::Of(*it, fmt::format("{}: {}", where, key)));
  for (const auto& [name, unused] : it->items()) {
    ASSAY_ASSIGN_OR_RETURN(std::string value, r.String(name));
    pairs.emplace_back(name, std::move(value));
  }
  return pairs;
}

Json ToJson(const StartedServer& s) {
  return Json{{"command", s.command},
              {"started_utc", s.started_utc},
              {"log", s.log},
              {"pid", s.pid},
              {"ready_seconds", OrNull(s.ready_seconds)},
              {"end", ServerEndName(s.end)},
              {"exit_code", OrNull(s.exit_code)},
              {"signal", OrNull(s.signal)},
              {"processes_left", s.processes_left},
              {"peak_rss_bytes", OrNull(s.peak_rss_bytes)},
              {"cpu_seconds", OrNull(s.cpu_seconds)},
              {"log_facts", ToJson(s.log_facts)}};
}

Result<ServerEnd> ParseServerEnd(const std::string& name, const std::string& where) {
  const auto it = std::find_if(kEnds.begin(), kEnds.end(),
                               [&](const auto& entry) { return entry.second == name; });
  if (it == kEnds.end()) {
    return MakeError(ErrorCode::kParse, "{}: \"end\" is \"{}\", which is not known", where, name);
  }
  return it->first;
}

Result<StartedServer> ReadStarted(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  StartedServer s;
  ASSAY_ASSIGN_OR_RETURN(s.command, r.String("command"));
  ASSAY_ASSIGN_OR_RETURN(s.started_utc, r.String("started_utc"));
  ASSAY_ASSIGN_OR_RETURN(s.log, r.String("log"));
  ASSAY_ASSIGN_OR_RETURN(s.pid, r.Int("pid"));
  ASSAY_ASSIGN_OR_RETURN(s.ready_seconds, r.OptDouble("ready_seconds"));
  ASSAY_ASSIGN_OR_RETURN(const std::string end, r.String("end"));
  ASSAY_ASSIGN_OR_RETURN(s.end, ParseServerEnd(end, where));
  ASSAY_ASSIGN_OR_RETURN(const auto exit_code, r.OptInt("exit_code"));
  ASSAY_ASSIGN_OR_RETURN(const auto signal, r.OptInt("signal"));
  if (exit_code) s.exit_code = static_cast<int>(*exit_code);
  if (signal) s.signal = static_cast<int>(*signal);
  ASSAY_ASSIGN_OR_RETURN(s.processes_left, r.Uint("processes_left"));
  ASSAY_ASSIGN_OR_RETURN(s.peak_rss_bytes, r.OptInt("peak_rss_bytes"));
  ASSAY_ASSIGN_OR_RETURN(s.cpu_seconds, r.OptDouble("cpu_seconds"));
  ASSAY_ASSIGN_OR_RETURN(s.log_facts, ReadPairs(json, "log_facts", where));
  return s;
}

Json ToJson(const EndpointFacts& e) {
  return Json{{"url", e.url},
              {"software", e.software},
              {"version", e.version},
              {"models", e.models},
              {"context_tokens", OrNull(e.context_tokens)},
              {"prefix_caching", OrNull(e.prefix_caching)},
              {"metrics", e.metrics},
              {"settings", ToJson(e.settings)},
              {"unanswered", ToJson(e.unanswered)}};
}

Result<EndpointFacts> ReadEndpoint(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  EndpointFacts e;
  ASSAY_ASSIGN_OR_RETURN(e.url, r.String("url"));
  ASSAY_ASSIGN_OR_RETURN(e.software, r.String("software"));
  ASSAY_ASSIGN_OR_RETURN(e.version, r.String("version"));
  ASSAY_ASSIGN_OR_RETURN(e.models, ReadStrings(json, "models", where));
  if (const auto it = json.find("context_tokens"); it != json.end() && !it->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(e.context_tokens, r.Uint("context_tokens"));
  }
  ASSAY_ASSIGN_OR_RETURN(e.prefix_caching, r.OptBool("prefix_caching"));
  ASSAY_ASSIGN_OR_RETURN(e.metrics, r.Bool("metrics"));
  ASSAY_ASSIGN_OR_RETURN(e.settings, ReadPairs(json, "settings", where));
  ASSAY_ASSIGN_OR_RETURN(e.unanswered, ReadPairs(json, "unanswered", where));
  return e;
}

Json ToJson(const std::optional<ServerCounters>& counters) {
  if (!counters) return nullptr;
  Json json = Json::object();
  for (const auto& [name, member] : kCounters) json[name] = OrNull((*counters).*member);
  return json;
}

Result<std::optional<ServerCounters>> ReadCounters(const Json& json, const char* key,
                                                   const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end() || it->is_null()) return std::optional<ServerCounters>{};
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r,
                         JsonReader::Of(*it, fmt::format("{}: {}", where, key)));
  ServerCounters counters;
  for (const auto& [name, member] : kCounters) {
    ASSAY_ASSIGN_OR_RETURN(counters.*member, r.OptDouble(name));
  }
  return std::optional<ServerCounters>(counters);
}

}  // namespace

std::string_view ServerEndName(ServerEnd end) {
  return std::find_if(kEnds.begin(), kEnds.end(),
                      [end](const auto& entry) { return entry.first == end; })
      ->second;
}

std::optional<double> CounterGrowth(std::span<const EndpointCounters> endpoints,
                                    std::optional<double> ServerCounters::*counter) {
  std::optional<double> sum;
  for (const EndpointCounters& endpoint : endpoints) {
    if (!endpoint.before || !endpoint.after) return std::nullopt;
    const std::optional<double> before = (*endpoint.before).*counter;
    const std::optional<double> after = (*endpoint.after).*counter;
    if (!before || !after || *after < *before) return std::nullopt;
    sum = sum.value_or(0.0) + (*after - *before);
  }
  return sum;
}

Json ToJson(const ServerRecord& server) {
  Json endpoints = Json::array();
  for (const EndpointFacts& facts : server.endpoints) endpoints.push_back(ToJson(facts));
  return Json{{"started", server.started ? ToJson(*server.started) : Json(nullptr)},
              {"endpoints", endpoints}};
}

Result<ServerRecord> ServerRecordFromJson(const Json& json, const std::string& where) {
  ASSAY_RETURN_IF_ERROR(JsonReader::Of(json, where));
  ServerRecord server;
  if (const auto it = json.find("started"); it != json.end() && !it->is_null()) {
    ASSAY_ASSIGN_OR_RETURN(server.started, ReadStarted(*it, where + ": started"));
  }
  const auto endpoints = json.find("endpoints");
  if (endpoints == json.end() || !endpoints->is_array()) {
    return MakeError(ErrorCode::kParse, "{}: \"endpoints\" must be an array", where);
  }
  for (const Json& endpoint : *endpoints) {
    ASSAY_ASSIGN_OR_RETURN(EndpointFacts facts, ReadEndpoint(endpoint, where + ": endpoints"));
    server.endpoints.push_back(std::move(facts));
  }
  return server;
}

Json ToJson(const EndpointCounters& counters) {
  return Json{{"url", counters.url},
              {"before", ToJson(counters.before)},
              {"after", ToJson(counters.after)}};
}

Result<EndpointCounters> EndpointCountersFromJson(const Json& json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  EndpointCounters counters;
  ASSAY_ASSIGN_OR_RETURN(counters.url, r.String("url"));
  ASSAY_ASSIGN_OR_RETURN(counters.before, ReadCounters(json, "before", where));
  ASSAY_ASSIGN_OR_RETURN(counters.after, ReadCounters(json, "after", where));
  return counters;
}

}  // namespace assay
