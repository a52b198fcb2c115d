#include "rules/check_submission.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "rules/description_fields.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

constexpr std::uint64_t kMaxDescriptionBytes = std::uint64_t{4} << 20U;

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::uint64_t SizeOf(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::vector<std::string> FilesIn(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    std::error_code no_status;
    if (it->is_regular_file(no_status)) names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A JSON object; a finding where it is none.
std::optional<Json> ReadObject(const SubmissionTree& tree, const std::string& file,
                               Findings& findings) {
  std::string reason = "no JSON object";
  const auto bytes = ReadFile(tree.root / file, kMaxDescriptionBytes);
  if (bytes) {
    auto json = ParseJson(*bytes, file);
    if (json && json->is_object()) return std::move(*json);
    if (!json) reason = json.error().message;
  } else {
    reason = bytes.error().message;
  }
  findings.Error(rule::kUnreadable, {.message = "A description cannot be read.",
                                     .found = std::move(reason),
                                     .needed = "a JSON object",
                                     .file = file});
  return std::nullopt;
}

void RequireFields(const Json& json, const std::string& file, const Rule& rule,
                   std::span<const std::string_view> names, bool may_be_empty, Findings& findings) {
  for (const FieldFault& fault : FaultyFields(json, names, may_be_empty)) {
    findings.Error(rule, {.message = fmt::format("The field {} is {}.", fault.field,
                                                 fault.missing ? "missing" : "empty"),
                          .found = fault.missing ? "absent" : fault.found,
                          .needed = "a value that says something (\"N/A\" and \"No\" do)",
                          .file = file});
  }
}

std::string TextOf(const Json& json, std::string_view key) {
  const auto it = json.find(key);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

void CheckSystemValues(const Json& json, const Submitter& submitter, const std::string& file,
                       Findings& findings) {
  const auto wrong = [&](std::string_view key, std::string needed) {
    const auto it = json.find(key);
    if (it == json.end()) return;
    findings.Error(rule::kSystemValues, {.message = fmt::format("{} does not fit.", key),
                                         .found = ToJsonLine(*it),
                                         .needed = std::move(needed),
                                         .file = file});
  };
  const auto is_one_of = [](const auto& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  };
  if (!is_one_of(kStatuses, Lower(TextOf(json, "status")))) {
    wrong("status", fmt::format("{}", fmt::join(kStatuses, ", ")));
  }
  const std::string type = TextOf(json, "system_type");
  if (!is_one_of(kSystemTypes, type)) {
    wrong("system_type", fmt::format("{}", fmt::join(kSystemTypes, "; ")));
  }
  if (Lower(TextOf(json, "submitter")) != Lower(submitter.name)) {
    wrong("submitter", fmt::format("the directory's name, {}", submitter.name));
  }
  if (Lower(TextOf(json, "division")) != submitter.division) {
    wrong("division", submitter.division);
  }
  const auto network = json.find("is_network");
  if (network != json.end() && !network->is_null() && !network->is_string()) {
    wrong("is_network", "a string, or no such field");
    return;
  }
  const bool is_network = Lower(TextOf(json, "is_network")) == "true";
  if ((submitter.division == "closed" && is_network) ||
      (submitter.division == "network" && !is_network)) {
    findings.Error(rule::kSystemValues,
                   {.message = "is_network does not fit the division.",
                    .found = network == json.end() ? "absent" : ToJsonLine(*network),
                    .needed = submitter.division == "network" ? "\"True\"" : "no such field",
                    .file = file});
  }
}

// Does the system's type allow a benchmark for data centres, or for the edge?
bool Allows(const std::string& system_type, BenchmarkId benchmark) {
  const std::string_view needed = benchmark == BenchmarkId::kLlama31_8bEdge ? "edge" : "datacenter";
  return system_type.find(needed) != std::string::npos;
}

void CheckScenarios(const Submitter& submitter, const RoundRules& round, Findings& findings) {
  if (submitter.division == "open") return;
  std::map<std::pair<std::string, std::string>, std::set<Scenario>> found;
  for (const SubmittedResult& result : submitter.results) {
    auto& scenarios = found[{result.system, result.benchmark_dir}];
    if (result.scenario) scenarios.insert(*result.scenario);
  }
  for (const auto& [key, scenarios] : found) {
    const auto benchmark = BenchmarkOfDirectory(key.second);
    if (!benchmark) continue;
    const BenchmarkRules& rules = RulesOf(round, *benchmark);
    const std::string where =
        fmt::format("{}/results/{}/{}", submitter.directory, key.first, key.second);
    for (const Scenario scenario : rules.required_scenarios) {
      if (scenarios.contains(scenario)) continue;
      findings.Error(
          rule::kTreeScenarios,
          {.message = fmt::format("The scenario {} is missing.", ScenarioTitle(scenario)),
           .needed = fmt::format("{}/{}", where, ScenarioTitle(scenario)),
           .fix = "run that scenario too, or submit to the open division",
           .file = where});
    }
    const auto has = [&](Scenario scenario) { return scenarios.contains(scenario); };
    if (rules.one_of_scenarios.empty() ||
        std::any_of(rules.one_of_scenarios.begin(), rules.one_of_scenarios.end(), has)) {
      continue;
    }
    findings.Error(rule::kTreeScenarios, {.message = "Server or Interactive is missing.",
                                          .needed = "one of the two beside Offline",
                                          .fix = "run one of them, or submit to the open division",
                                          .file = where});
  }
}

void CheckFileList(const SubmissionTree& tree, const std::string& dir,
                   std::span<const std::string_view> needed, Findings& findings) {
  const std::vector<std::string> files = FilesIn(tree.root / dir);
  for (const std::string_view name : needed) {
    const std::string path = fmt::format("{}/{}", dir, name);
    if (std::find(files.begin(), files.end(), name) != files.end()) continue;
    findings.Error(rule::kTreeFiles,
                   {.message = fmt::format("{} is missing.", name), .needed = path, .file = path});
  }
  for (const std::string& name : files) {
    const auto is = [&](std::string_view known) { return known == name; };
    if (std::any_of(needed.begin(), needed.end(), is) ||
        std::any_of(kToleratedFiles.begin(), kToleratedFiles.end(), is)) {
      continue;
    }
    findings.Error(rule::kTreeFiles, {.message = "A file stands where it does not belong.",
                                      .found = name,
                                      .needed = fmt::format("{}", fmt::join(needed, ", ")),
                                      .fix = "remove it",
                                      .file = fmt::format("{}/{}", dir, name)});
  }
}

// v5.1: the first JSON file that begins with the system's name; v6: measurements.json.
std::optional<std::string> MeasurementsFile(const SubmissionTree& tree, const Submitter& submitter,
                                            const SubmittedResult& result) {
  if (submitter.layout == TreeLayout::kV6) {
    const std::string file = MeasurementsPath(submitter, result);
    return Exists(tree.root / file) ? std::optional(file) : std::nullopt;
  }
  for (const std::string& name : FilesIn(tree.root / result.measurements)) {
    if (name.starts_with(result.system) && name.ends_with(".json")) {
      return fmt::format("{}/{}", result.measurements, name);
    }
  }
  return std::nullopt;
}

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
                    .file = file});
  }
}

void CheckMeasurements(const SubmissionTree& tree, const Submitter& submitter,
                       const SubmittedResult& result, Findings& findings) {
  for (const std::string_view name : kMeasurementFiles) {
    const std::string file = fmt::format("{}/{}", result.measurements, name);
    const bool there = Exists(tree.root / file);
    if (there && SizeOf(tree.root / file) > 0) continue;
    findings.Error(rule::kTreeFiles,
                   {.message = fmt::format("{} is {}.", name, there ? "empty" : "missing"),
                    .needed = file,
                    .file = file});
  }
  const auto file = MeasurementsFile(tree, submitter, result);
  if (!file) {
    findings.Error(rule::kTreeFiles, {.message = "The measurements' description is missing.",
                                      .needed = MeasurementsPath(submitter, result),
                                      .file = result.measurements});
    return;
  }
  if (const auto json = ReadObject(tree, *file, findings)) {
    RequireFields(*json, *file, rule::kMeasurements, kMeasurementFields, false, findings);
    CheckAccepted(*json, *file, findings);
  }
}

void CheckTest06Text(const SubmissionTree& tree, const SubmittedResult& result,
                     Findings& findings) {
  const std::string file = result.compliance + "/TEST06/verify_accuracy.txt";
  const auto text = ReadFile(tree.root / file, kMaxDescriptionBytes);
  if (!text) {
    findings.Error(rule::kTest06Text, {.message = "TEST06's verification is missing.",
                                       .needed = file,
                                       .fix = "run TEST06 for this scenario",
                                       .file = file});
    return;
  }
  std::set<std::string> lines;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string line(rest.substr(0, end));
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) {
      line.pop_back();
    }
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    lines.insert(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const std::string_view part : kTest06Lines) {
    const bool skippable = part == kTest06Lines.front();
    if (lines.contains(fmt::format("{}True", part)) ||
        (skippable && lines.contains(fmt::format("{}Skipped", part)))) {
      continue;
    }
    findings.Error(rule::kTest06Text, {.message = "TEST06 did not pass.",
                                       .found = fmt::format("no line \"{}True\"", part),
                                       .needed = "three passes",
                                       .file = file});
  }
}

}  // namespace

void CheckTreeNames(const SubmissionTree& tree, Findings& findings) {
  std::error_code error;
  fs::recursive_directory_iterator it(tree.root, fs::directory_options::skip_permission_denied,
                                      error);
  const auto report = [&](const std::string& file, std::string message, std::string needed) {
    findings.Error(rule::kTreeNames, {.message = std::move(message),
                                      .needed = std::move(needed),
                                      .fix = "remove or rename it",
                                      .file = file});
  };
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name == ".git" || name == ".github") {
      it.disable_recursion_pending();
      continue;
    }
    const std::string file = fs::path(it->path()).lexically_relative(tree.root).string();
    std::error_code no_status;
    if (name.starts_with('.') && name != ".gitkeep" && name != ".gitignore") {
      report(file, "A hidden file is in the tree.", "no name that begins with a dot");
    } else if (name.find(' ') != std::string::npos) {
      report(file, "A name holds a blank.", "names without blanks");
    } else if (name == "__pycache__") {
      report(file, "A cache of Python is in the tree.", "no __pycache__");
    } else if (it->is_symlink(no_status) && !fs::exists(it->path(), no_status)) {
      report(file, "A link leads nowhere.", "links to what is there");
    } else if (it->is_directory(no_status) && fs::is_empty(it->path(), no_status)) {
      report(file, "A directory is empty.", "directories with files");
    } else if (it->is_regular_file(no_status) && SizeOf(it->path()) > kMaxSubmittedFileBytes) {
      report(file, "A file is larger than 50 MiB.", "50 MiB at most");
    }
  }
}

void CheckSubmitter(const SubmissionTree& tree, const Submitter& submitter, const RoundRules& round,
                    Findings& findings) {
  if (submitter.results.empty()) return;
  // Trees of the earlier layout are published ones, whose sources often stand elsewhere.
  const auto missing = [&](const Rule& rule, FindingText text) {
    if (submitter.layout == TreeLayout::kV5) {
      findings.Warning(rule, std::move(text));
    } else {
      findings.Error(rule, std::move(text));
    }
  };
  if (!Exists(tree.root / submitter.source)) {
    missing(rule::kTreeSource, {.message = "The source code is not in the tree.",
                                .needed = submitter.source + "/",
                                .file = submitter.source});
  }
  const auto calibration = [&](std::string_view name) {
    return SizeOf(tree.root / submitter.directory / name) > 0;
  };
  if (submitter.division != "open" && !calibration("calibration.md") &&
      !calibration("documentation/calibration.md")) {
    missing(rule::kTreeCalibration,
            {.message = "The calibration is not described.",
             .needed = submitter.directory + "/documentation/calibration.md",
             .fix = "say there how the model was quantised, or that it was not",
             .file = submitter.directory});
  }
  for (const std::string& name : FilesIn(tree.root / submitter.directory / "systems")) {
    if (!name.ends_with(".json")) continue;
    const std::string system = name.substr(0, name.size() - 5);
    if (std::binary_search(submitter.systems.begin(), submitter.systems.end(), system)) continue;
    findings.Error(rule::kTreeSystems,
                   {.message = "A described system has no results.",
                    .found = name,
                    .needed = fmt::format("{}/results/{}", submitter.directory, system),
                    .file = fmt::format("{}/systems/{}", submitter.directory, name)});
  }
  CheckScenarios(submitter, round, findings);
}

void CheckSystem(const SubmissionTree& tree, const Submitter& submitter, const std::string& system,
                 Findings& findings) {
  const std::string file = fmt::format("{}/systems/{}.json", submitter.directory, system);
  if (!Exists(tree.root / file)) {
    findings.Error(rule::kSystemFields,
                   {.message = "The system is not described.", .needed = file, .file = file});
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
  CheckSystemValues(*json, submitter, file, findings);
  const std::string type = TextOf(*json, "system_type");
  for (const SubmittedResult& result : submitter.results) {
    if (result.system != system || !result.benchmark || Allows(type, *result.benchmark)) continue;
    findings.Error(
        rule::kSystemValues,
        {.message = "The system's type does not allow this benchmark.",
         .found = fmt::format("{} on a system of type \"{}\"", result.benchmark_dir, type),
         .needed = *result.benchmark == BenchmarkId::kLlama31_8bEdge ? "a type with \"edge\""
                                                                     : "a type with \"datacenter\"",
         .file = file});
    break;
  }
}

void CheckResultFiles(const SubmissionTree& tree, const Submitter& submitter,
                      const SubmittedResult& result, const RoundRules& round, Findings& findings) {
  if (!result.benchmark || !result.scenario ||
      RulesOf(RulesOf(round, *result.benchmark), *result.scenario) == nullptr) {
    findings.Error(rule::kTreeNames,
                   {.message = "The directory is no scenario of this benchmark.",
                    .found = fmt::format("{}/{}", result.benchmark_dir, result.scenario_dir),
                    .needed = "llama3.1-8b/{Offline,Server,Interactive} or "
                              "llama3.1-8b-edge/{SingleStream,Offline}",
                    .file = result.directory});
    return;
  }
  CheckFileList(tree, result.directory + "/performance/run_1", kPerformanceFiles, findings);
  CheckFileList(tree, result.directory + "/accuracy", kAccuracyFiles, findings);
  const std::string log = result.directory + "/accuracy/mlperf_log_accuracy.json";
  if (const auto size = SizeOf(tree.root / log); size > kMaxAccuracyLogBytes) {
    findings.Error(rule::kAccuracyLogSize,
                   {.message = "The accuracy log is not truncated.",
                    .found = fmt::format("{} bytes", Grouped(size)),
                    .needed = fmt::format("{} bytes at most", Grouped(kMaxAccuracyLogBytes)),
                    .fix = "assay submission truncate",
                    .file = log});
  }
  CheckMeasurements(tree, submitter, result, findings);
  if (submitter.division != "open" && RulesOf(round, *result.benchmark).needs_test06) {
    CheckTest06Text(tree, result, findings);
  }
}

}  // namespace assay
