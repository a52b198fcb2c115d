#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "report/number_format.h"
#include "report/sections.h"

namespace assay {
namespace {

// The members of the host record, which may come from another version or a damaged file: whatever
// is not what it should be is absent.
const Json* Member(const Json* object, const char* name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto it = object->find(name);
  return it == object->end() ? nullptr : &*it;
}

std::optional<std::string> StringOf(const Json* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<std::uint64_t> CountOf(const Json* value) {
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  return value->get<std::uint64_t>();
}

Text OrAbsent(const std::optional<std::string>& text) {
  return text && !text->empty() ? Foreign(*text) : Text(std::string(kNotAvailable));
}

Field HostField(const Json& host) {
  const Json* os = Member(&host, "os");
  Field field{
      "Host",
      {OrAbsent(StringOf(Member(&host, "hostname"))), OrAbsent(StringOf(Member(os, "name")))}};
  const auto kernel = StringOf(Member(os, "kernel"));
  if (kernel) field.parts.push_back(Foreign("kernel " + *kernel));
  const Json* hypervisor = Member(Member(&host, "virtualisation"), "hypervisor");
  if (hypervisor != nullptr && hypervisor->is_boolean() && hypervisor->get<bool>()) {
    field.parts.emplace_back("virtual machine");
  }
  return field;
}

std::string CacheList(const Json* caches) {
  std::string list;
  if (caches == nullptr || !caches->is_array()) return list;
  for (const Json& cache : *caches) {
    const auto level = CountOf(Member(&cache, "level"));
    const auto size = CountOf(Member(&cache, "size_bytes"));
    const auto type = StringOf(Member(&cache, "type"));
    if (!level || !size || !type || *type == "Instruction") continue;
    list += fmt::format("{}L{} {}", list.empty() ? "" : ", ", *level, FormatBytes(*size));
  }
  return list;
}

Field ProcessorField(const Json& host, std::optional<std::int64_t> latency_us) {
  const Json* cpu = Member(&host, "cpu");
  Field field{"CPU", {OrAbsent(StringOf(Member(cpu, "model")))}};
  field.parts.emplace_back(fmt::format("{} cores, {} CPUs",
                                       FormatCount(CountOf(Member(cpu, "physical_cores"))),
                                       FormatCount(CountOf(Member(cpu, "logical_cpus")))));
  const auto sockets = CountOf(Member(cpu, "sockets"));
  if (sockets && *sockets > 1) field.parts.emplace_back(fmt::format("{} sockets", *sockets));
  const std::string caches = CacheList(Member(cpu, "caches"));
  if (!caches.empty()) field.parts.emplace_back(caches);
  const auto governor = StringOf(Member(cpu, "governor"));
  field.parts.push_back(governor ? Foreign("governor " + *governor) : Text("governor n/a"));
  if (latency_us) {
    field.parts.emplace_back(
        fmt::format("kept out of idle states of more than {} µs", *latency_us));
  }
  return field;
}

Field MemoryField(const Json& host) {
  const Json* memory = Member(&host, "memory");
  const auto bytes = [&](const char* name) {
    const auto value = CountOf(Member(memory, name));
    return value ? FormatBytes(*value) : std::string(kNotAvailable);
  };
  Field field{"Memory",
              {Text(bytes("total_bytes")), Text(bytes("available_bytes") + " available")}};
  const Json* load = Member(&host, "load_average");
  if (load != nullptr && load->is_array() && load->size() == 3 &&
      std::all_of(load->begin(), load->end(), [](const Json& v) { return v.is_number(); })) {
    field.parts.emplace_back(fmt::format("load average {:.2f} {:.2f} {:.2f} at the start",
                                         (*load)[0].get<double>(), (*load)[1].get<double>(),
                                         (*load)[2].get<double>()));
  }
  return field;
}

const EngineInfo* EngineOf(const ReportModel& model) {
  for (const TestView& test : model.tests) {
    if (test.record && test.record->engine) return &*test.record->engine;
  }
  return nullptr;
}

// As much of a hash as a person compares; the whole one is in report.json.
std::string ShortHash(const std::string& hash) {
  constexpr std::size_t kDigits = 16;
  return hash.size() > kDigits ? hash.substr(0, kDigits) + "…" : hash;
}

Field ModelField(const ReportModel& model) {
  const EngineInfo* engine = EngineOf(model);
  if (engine == nullptr) {
    return {"Model", {OrAbsent(model.run.config.model), Text("no engine started", Tone::kCaution)}};
  }
  const std::string& name = engine->model_name.empty() ? engine->model_path : engine->model_name;
  Field field{"Model", {OrAbsent(name), OrAbsent(engine->precision)}};
  if (engine->parameter_count > 0) {
    field.parts.emplace_back(FormatMagnitude(engine->parameter_count) + " parameters");
  }
  if (engine->model_size_bytes > 0) field.parts.emplace_back(FormatBytes(engine->model_size_bytes));
  if (!engine->model_sha256.empty()) {
    field.parts.push_back(Foreign("SHA-256 " + ShortHash(engine->model_sha256), Tone::kQuiet));
  }
  return field;
}

Field EngineField(const ReportModel& model) {
  const EngineInfo* engine = EngineOf(model);
  if (engine == nullptr) return {"Engine", {OrAbsent(model.run.config.engine)}};
  // A library's version has its name in it; a bare number needs a word.
  const bool bare = engine->version.find_first_not_of("0123456789.") == std::string::npos;
  std::string version = engine->version.empty() ? std::string(kNotAvailable) : engine->version;
  if (bare) version = "version " + version;
  Field field{"Engine",
              {Foreign(fmt::format("{} ({})", engine->engine, version)), OrAbsent(engine->device)}};
  if (engine->layers_total > 0) {
    const bool partly = engine->layers_on_gpu > 0 && engine->layers_on_gpu < engine->layers_total;
    field.parts.emplace_back(
        fmt::format("{} of {} layers on a GPU", engine->layers_on_gpu, engine->layers_total),
        partly ? Tone::kCaution : Tone::kPlain);
  }
  for (const auto& [name, value] : engine->settings) {
    field.parts.push_back(Foreign(fmt::format("{} {}", name, value)));
  }
  return field;
}

void AddPairs(const std::vector<std::pair<std::string, std::string>>& pairs, Field& field) {
  for (const auto& [name, value] : pairs) {
    field.parts.push_back(Foreign(fmt::format("{} {}", name, value)));
  }
}

Field EndpointField(const EndpointFacts& endpoint) {
  Field field{"Server", {OrAbsent(endpoint.url)}};
  const std::string software =
      endpoint.software + (endpoint.version.empty() ? "" : " ") + endpoint.version;
  field.parts.push_back(software.empty() ? Text("does not say what it is") : Foreign(software));
  if (endpoint.context_tokens) {
    field.parts.emplace_back("context of " + FormatCount(*endpoint.context_tokens) + " tokens");
  }
  if (endpoint.prefix_caching) {
    field.parts.emplace_back(
        fmt::format("prefix caching {}", *endpoint.prefix_caching ? "on" : "off"),
        *endpoint.prefix_caching ? Tone::kCaution : Tone::kPlain);
  }
  AddPairs(endpoint.settings, field);
  return field;
}

Field StartedField(const StartedServer& server) {
  Field field{"Started", {Foreign(server.command)}};
  if (server.ready_seconds) {
    field.parts.emplace_back(fmt::format("ready after {:.1f} s", *server.ready_seconds));
  } else {
    field.parts.emplace_back("never ready", Tone::kBad);
  }
  const bool as_told = server.end == ServerEnd::kStopped || server.end == ServerEnd::kKilled;
  field.parts.emplace_back("end: " + std::string(ServerEndName(server.end)),
                           as_told ? Tone::kPlain : Tone::kBad);
  if (server.peak_rss_bytes) {
    field.parts.emplace_back("peak memory " +
                             FormatBytes(static_cast<std::uint64_t>(*server.peak_rss_bytes)));
  }
  if (server.cpu_seconds) {
    field.parts.emplace_back(fmt::format("{:.2f} s of CPU time", *server.cpu_seconds));
  }
  AddPairs(server.log_facts, field);
  return field;
}

void AddServers(const std::optional<ServerRecord>& server, std::vector<Field>& fields) {
  if (!server) return;
  for (const EndpointFacts& endpoint : server->endpoints) fields.push_back(EndpointField(endpoint));
  if (server->started) fields.push_back(StartedField(*server->started));
}

Field LoadField(const ReportModel& model) {
  Field field{"Load", {}};
  for (const TestView& test : model.tests) {
    if (!test.record || test.record->loadgen_version.empty()) continue;
    field.parts.push_back(Foreign("MLCommons LoadGen " + test.record->loadgen_version));
    break;
  }
  const RunConfig& config = model.run.config;
  field.parts.emplace_back(std::string(ScenarioName(config.scenario)), Tone::kStrong);
  std::string tests;
  for (const TestKind test : config.tests) {
    tests += fmt::format("{}{}", tests.empty() ? "" : " and ", TestDirectoryName(test));
  }
  if (!tests.empty()) field.parts.emplace_back(tests);
  if (config.target_qps) {
    field.parts.emplace_back(fmt::format("{} queries/s asked", *config.target_qps));
  }
  if (config.expected_latency_ms) {
    field.parts.emplace_back(fmt::format("{} ms expected", *config.expected_latency_ms));
  }
  field.parts.emplace_back(fmt::format("{} to {} tokens", config.min_tokens, config.max_tokens));
  field.parts.emplace_back(config.rules ? Text("rules " + *config.rules)
                                        : Text("no round's rules asked for"));
  return field;
}

Field DataField(const ReportModel& model) {
  const DatasetRecord& data = model.run.dataset;
  Field field{"Data", {}};
  if (data.bundled_sample) {
    field.parts.emplace_back("bundled sample (not CNN/DailyMail)");
  } else {
    field.parts.push_back(OrAbsent(data.path));
  }
  field.parts.emplace_back(fmt::format("{} of {} samples", FormatCount(model.run.config.samples),
                                       FormatCount(data.count)));
  if (!data.bundled_sample) {
    const bool known = !data.identity.empty() && data.identity != "none";
    field.parts.push_back(known ? Foreign(data.identity) : Text("no official data set"));
  }
  if (data.near_duplicates > 0) {
    field.parts.emplace_back(FormatCount(data.near_duplicates) + " near-duplicates",
                             Tone::kCaution);
  }
  if (!data.sha256.empty()) {
    field.parts.push_back(Foreign("SHA-256 " + ShortHash(data.sha256), Tone::kQuiet));
  }
  return field;
}

Field TokenizerField(const ReportModel& model) {
  const Tokenizer::Identity& tokenizer = model.run.tokenizer;
  return {"Tokenizer",
          {OrAbsent(tokenizer.kind),
           Text(fmt::format("clean-up of spaces {} ({})", tokenizer.clean_up_spaces ? "on" : "off",
                            tokenizer.clean_up_from_settings ? "its settings" : "default"))}};
}

Field BuildField(const ReportModel& model) {
  return {"Assay", {OrAbsent(model.run.assay_version), OrAbsent(model.run.build)}};
}

Field DateField(const ReportModel& model) {
  Field field{"Date", {OrAbsent(model.run.started_utc)}};
  field.parts.push_back(model.run.ended_utc ? Foreign("to " + *model.run.ended_utc)
                                            : Text("did not reach its end", Tone::kCaution));
  return field;
}

std::string CommandLine(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$`*?;&|<>()") == std::string::npos;
    line += (line.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  return line;
}

std::string StateOf(const ReportModel& model, const TestView& test) {
  const auto end = std::find_if(model.run.tests.begin(), model.run.tests.end(),
                                [&](const TestEnd& e) { return e.test == test.test; });
  if (end == model.run.tests.end()) return test.record ? test.record->status : "not started";
  if (end->outcome == "running") return "no word of its end: killed, or still running";
  std::string state = end->outcome;
  if (end->signal) state += fmt::format(" (signal {})", *end->signal);
  if (end->exit_code && *end->exit_code != 0) {
    state += fmt::format(" (exit code {})", *end->exit_code);
  }
  return state;
}

// Its last words.
std::string MessageOf(const ReportModel& model, const TestView& test) {
  for (const TestEnd& end : model.run.tests) {
    if (end.test == test.test && !end.message.empty()) return end.message;
  }
  return test.record ? test.record->message : std::string();
}

Field TestStateField(const ReportModel& model, const TestView& test) {
  Field field{std::string(TestDirectoryName(test.test)), {}};
  const std::string state = StateOf(model, test);
  field.parts.emplace_back(state, state == "completed" ? Tone::kGood : Tone::kBad);
  if (test.numbers) {
    const RequestCounts& counts = test.numbers->metrics.counts;
    field.parts.emplace_back(FormatCount(counts.ended) + " requests had ended");
  } else {
    field.parts.emplace_back("no journal: it left no figures");
  }
  if (test.journal_cut_off) field.parts.emplace_back("the journal's last line was cut off");
  const std::string message = MessageOf(model, test);
  if (!message.empty()) field.parts.push_back(Foreign(message));
  return field;
}

}  // namespace

Section ContextSection(const ReportModel& model) {
  Fields fields;
  fields.fields = {DateField(model),
                   HostField(model.run.host),
                   ProcessorField(model.run.host, model.run.config.cpu_latency_us),
                   MemoryField(model.run.host),
                   ModelField(model),
                   EngineField(model)};
  AddServers(model.run.server, fields.fields);
  for (Field& field :
       std::array{LoadField(model), DataField(model), TokenizerField(model), BuildField(model)}) {
    fields.fields.push_back(std::move(field));
  }
  const std::string command = CommandLine(model.run.command);
  if (!command.empty()) fields.fields.push_back({"Command", {Foreign(command, Tone::kQuiet)}});
  return {"", {}, {std::move(fields)}};
}

std::optional<Section> StateSection(const ReportModel& model) {
  if (IsComplete(model)) return std::nullopt;
  Section section{model.run.interrupted ? "This run was interrupted" : "This run did not complete",
                  Text("what follows is of the requests that had ended"),
                  {}};
  Fields fields;
  for (const TestView& test : model.tests) fields.fields.push_back(TestStateField(model, test));
  section.blocks.emplace_back(std::move(fields));
  section.blocks.emplace_back(
      Paragraph{{Text("Look at it again with"),
                 Foreign("assay report " + CommandLine({model.run_dir.string()}))}});
  return section;
}

}  // namespace assay
