#include "rules/check_descriptions.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "base/json_keys.h"
#include "rules/description_fields.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

constexpr std::uint64_t kMaxDescriptionBytes = std::uint64_t{4} << 20U;

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool IsOneOf(std::span<const std::string_view> list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Why `bytes` are no JSON object for the official checkers, who read with Python's json; empty:
// they are, and `object` is it.
std::string ParseObject(std::string_view bytes, const std::string& file, Json& object) {
  if (bytes.starts_with(kByteOrderMark)) {
    return "a byte order mark at the beginning, which the official checkers do not read";
  }
  auto json = ParseJson(bytes, file);
  if (!json) return json.error().message;
  if (!json->is_object()) return "no JSON object";
  object = std::move(*json);
  return "";
}

// A JSON object; a finding where it is none.
std::optional<Json> ReadObject(const SubmissionTree& tree, const std::string& file,
                               Findings& findings) {
  const auto bytes = ReadFile(tree.root / file, kMaxDescriptionBytes);
  Json object;
  std::string reason = bytes ? ParseObject(*bytes, file, object) : bytes.error().message;
  if (!reason.empty()) {
    findings.Error(rule::kUnreadable, {.message = "A description cannot be read.",
                                       .found = std::move(reason),
                                       .needed = "a JSON object in UTF-8",
                                       .fix = "write it as one object of fields: {\"FIELD\": "
                                              "\"VALUE\", ...}",
                                       .file = file});
    return std::nullopt;
  }
  for (const std::string& key : RepeatedKeys(*bytes)) {
    findings.Warning(rule::kUnreadable,
                     {.message = fmt::format("The field {} stands more than once.", key),
                      .found = fmt::format("the last one is {}", ToJsonLine(object[key])),
                      .needed = "one value: readers differ in which they take",
                      .fix = "remove all but the one that holds",
                      .file = file});
  }
  return object;
}

void RequireFields(const Json& json, const std::string& file, const Rule& rule,
                   std::span<const std::string_view> names, bool may_be_empty, Findings& findings) {
  for (const FieldFault& fault : FaultyFields(json, names, may_be_empty)) {
    const std::string_view value = may_be_empty ? "\"\"" : "\"N/A\"";
    findings.Error(rule,
                   {.message = fmt::format("The field {} is {}.", fault.field,
                                           fault.missing ? "missing" : "empty"),
                    .found = fault.missing ? "absent" : fault.found,
                    .needed = may_be_empty ? "the field, which may be empty"
                                           : "a value that says something (\"N/A\" and \"No\" do)",
                    .fix = fmt::format("{} \"{}\": what holds, or {} where nothing does",
                                       fault.missing ? "add" : "set", fault.field, value),
                    .file = file});
  }
}

std::string TextOf(const Json& json, std::string_view key) {
  const auto it = json.find(key);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// What a system's type becomes where `benchmark` is to be run on it too.
std::string TypeAllowing(const std::string& type, BenchmarkId benchmark) {
  const std::string needed = benchmark == BenchmarkId::kLlama31_8bEdge ? "edge" : "datacenter";
  const std::string both = fmt::format("{},{}", type, needed);
  return IsOneOf(kSystemTypes, both) ? both : needed;
}

// Does the system's type allow a benchmark for data centres, or for the edge?
bool Allows(const std::string& system_type, BenchmarkId benchmark) {
  const std::string_view needed = benchmark == BenchmarkId::kLlama31_8bEdge ? "edge" : "datacenter";
  return system_type.find(needed) != std::string::npos;
}

// The values of a system's description, each where the field is there.
class SystemValues {
 public:
  SystemValues(const Json& json, const Submitter& submitter, const std::string& file,
               Findings& findings)
      : json_(json), submitter_(submitter), file_(file), findings_(findings) {}

  void Check() {
    if (!IsOneOf(kStatuses, Lower(TextOf(json_, "status")))) {
      Wrong("status", fmt::format("{}", fmt::join(kStatuses, ", ")),
            "say whether the system can be bought: \"status\": \"available\"; if not yet, "
            "\"preview\" or \"rdi\"");
    }
    CheckType();
    if (Lower(TextOf(json_, "submitter")) != Lower(submitter_.name)) {
      Wrong("submitter", fmt::format("the directory's name, {}", submitter_.name),
            fmt::format("set \"submitter\": \"{}\"", submitter_.name));
    }
    if (Lower(TextOf(json_, "division")) != submitter_.division) {
      Wrong("division", submitter_.division,
            fmt::format("set \"division\": \"{}\", or move the submission", submitter_.division));
    }
    CheckNetwork();
  }

 private:
  void Wrong(std::string_view key, std::string needed, std::string fix) {
    const auto it = json_.find(key);
    if (it == json_.end()) return;
    findings_.Error(rule::kSystemValues, {.message = fmt::format("{} does not fit.", key),
                                          .found = ToJsonLine(*it),
                                          .needed = std::move(needed),
                                          .fix = std::move(fix),
                                          .file = file_});
  }

  void CheckType() {
    const std::string type = TextOf(json_, "system_type");
    if (IsOneOf(kSystemTypes, type)) return;
    std::string likely = Lower(type);
    std::erase(likely, ' ');
    if (!IsOneOf(kSystemTypes, likely)) {
      likely = submitter_.results.empty() || !submitter_.results.front().benchmark
                   ? "datacenter"
                   : TypeAllowing("", *submitter_.results.front().benchmark);
    }
    Wrong("system_type", fmt::format("{}", fmt::join(kSystemTypes, "; ")),
          fmt::format("set \"system_type\": \"{}\"", likely));
  }

  void CheckNetwork() {
    const auto network = json_.find("is_network");
    const bool of_network = submitter_.division == "network";
    const std::string fix = of_network ? "set \"is_network\": \"True\""
                                       : "remove is_network, or move the submission to network/";
    if (network != json_.end() && !network->is_null() && !network->is_string()) {
      return Wrong("is_network", "a string, or no such field", fix);
    }
    const bool is_network = Lower(TextOf(json_, "is_network")) == "true";
    const bool fits = of_network ? is_network : submitter_.division != "closed" || !is_network;
    if (fits) return;
    findings_.Error(rule::kSystemValues,
                    {.message = "is_network does not fit the division.",
                     .found = network == json_.end() ? "absent" : ToJsonLine(*network),
                     .needed = of_network ? "\"True\"" : "no such field",
                     .fix = fix,
                     .file = file_});
  }

  const Json& json_;
  const Submitter& submitter_;
  const std::string& file_;
  Findings& findings_;
};

// What the submitter let pass when the package was built: the package itself says that it is there.
void CheckAccepted(const Json& measurements, const std::string& file, Findings& findings) {
  const auto accepted = measurements.find(kAcceptedField);
  if (accepted == measurements.end()) return;
  for (const auto& entry : *accepted) {
    const std::string id = entry.is_object() ? TextOf(entry, "rule") : "";
    const auto rules = AllRules();
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.id == id; });
    findings.Error(rule == rules.end() ? rule::kMeasurements : *rule,
                   {.message = fmt::format("The package was built in spite of a finding. {}",
                                           entry.is_object() ? TextOf(entry, "message") : ""),
                    .found = entry.is_object() ? TextOf(entry, "found") : ToJsonLine(entry),
                    .needed = entry.is_object() ? TextOf(entry, "needed") : "",
                    .fix = "build the package from runs that keep the rule, without "
                           "--accept-unofficial",
                    .file = file});
  }
}

}  // namespace

void CheckSystem(const SubmissionTree& tree, const Submitter& submitter, const std::string& system,
                 Findings& findings) {
  const std::string file = fmt::format("{}/systems/{}.json", submitter.directory, system);
  if (!Exists(tree.root / file)) {
    findings.Error(rule::kSystemFields,
                   {.message = "The system is not described.",
                    .needed = file,
                    .fix = "fill in the system.json that assay submission templates writes, and "
                           "put it there",
                    .file = file});
    return;
  }
  const auto json = ReadObject(tree, file, findings);
  if (!json) return;
  const auto require = [&](std::span<const std::string_view> names, bool may_be_empty) {
    RequireFields(*json, file, rule::kSystemFields, names, may_be_empty, findings);
  };
  require(kSystemFields, false);
  require(kSystemFieldsMayBeEmpty, true);
  if (Lower(TextOf(*json, "is_network")) == "true") require(kNetworkFields, true);
  SystemValues(*json, submitter, file, findings).Check();
  const std::string type = TextOf(*json, "system_type");
  for (const SubmittedResult& result : submitter.results) {
    if (result.system != system || !result.benchmark || Allows(type, *result.benchmark)) continue;
    findings.Error(
        rule::kSystemValues,
        {.message = "The system's type does not allow this benchmark.",
         .found = fmt::format("{} on a system of type \"{}\"", result.benchmark_dir, type),
         .needed = *result.benchmark == BenchmarkId::kLlama31_8bEdge ? "a type with \"edge\""
                                                                     : "a type with \"datacenter\"",
         .fix = fmt::format("set \"system_type\": \"{}\", or move the result",
                            TypeAllowing(type, *result.benchmark)),
         .file = file});
    break;
  }
}

void CheckMeasurementsJson(const SubmissionTree& tree, const Submitter& submitter,
                           const SubmittedResult& result, Findings& findings) {
  const auto file = FindMeasurements(tree, submitter, result);
  if (!file) {
    const std::string needed = MeasurementsPath(submitter, result);
    findings.Error(rule::kTreeFiles,
                   {.message = "The measurements' description is missing.",
                    .needed = needed,
                    .fix = fmt::format("write a JSON object there with the fields {}",
                                       fmt::join(kMeasurementFields, ", ")),
                    .file = needed});
    return;
  }
  if (const auto json = ReadObject(tree, *file, findings)) {
    RequireFields(*json, *file, rule::kMeasurements, kMeasurementFields, false, findings);
    CheckAccepted(*json, *file, findings);
  }
}

}  // namespace assay
