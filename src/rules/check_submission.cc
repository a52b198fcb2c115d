#include "rules/check_submission.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "base/utf8.h"
#include "rules/check_descriptions.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

constexpr std::uint64_t kMaxTextBytes = std::uint64_t{4} << 20U;
constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::uint64_t SizeOf(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
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
    const auto has = [&there = scenarios](Scenario scenario) { return there.contains(scenario); };
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

// Beside a name that should be a file's.
std::string WhatIsThere(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return "a directory of that name";
  if (fs::is_symlink(path, error)) return "a link that leads to no file";
  return "";
}

// Where a file that is missing comes from.
std::string SourceOf(std::string_view name, std::string_view test) {
  if (name == "accuracy.txt") {
    return "put there what scoring the accuracy log prints; assay submission truncate adds the "
           "hash";
  }
  if (name == "user.conf") return "copy the user.conf that LoadGen ran with";
  if (name == "README.md") return "say there how this result can be run again";
  return fmt::format("copy it from the directory that LoadGen wrote in the {} test", test);
}

void CheckFileList(const SubmissionTree& tree, const std::string& dir, std::string_view test,
                   std::span<const std::string_view> needed, Findings& findings) {
  const std::vector<std::string> files = FilesIn(tree.root / dir);
  for (const std::string_view name : needed) {
    const std::string path = fmt::format("{}/{}", dir, name);
    if (std::find(files.begin(), files.end(), name) != files.end()) continue;
    findings.Error(rule::kTreeFiles, {.message = fmt::format("{} is missing.", name),
                                      .found = WhatIsThere(tree.root / path),
                                      .needed = path,
                                      .fix = SourceOf(name, test),
                                      .file = path});
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

// user.conf and README.md, neither of them empty, and the JSON file beside them.
void CheckMeasurements(const SubmissionTree& tree, const Submitter& submitter,
                       const SubmittedResult& result, Findings& findings) {
  for (const std::string_view name : kMeasurementFiles) {
    const std::string file = fmt::format("{}/{}", result.measurements, name);
    const bool there = Exists(tree.root / file);
    if (there && SizeOf(tree.root / file) > 0) continue;
    findings.Error(rule::kTreeFiles,
                   {.message = fmt::format("{} is {}.", name, there ? "empty" : "missing"),
                    .found = WhatIsThere(tree.root / file),
                    .needed = file,
                    .fix = SourceOf(name, "performance"),
                    .file = file});
  }
  CheckMeasurementsJson(tree, submitter, result, findings);
}

// The lines of a text, without the blanks around each.
std::set<std::string> LinesOf(std::string_view text) {
  std::set<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
    lines.emplace(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void CheckTest06Text(const SubmissionTree& tree, const SubmittedResult& result,
                     Findings& findings) {
  const std::string file = result.compliance + "/TEST06/verify_accuracy.txt";
  const auto text = ReadFile(tree.root / file, kMaxTextBytes);
  if (!text) {
    findings.Error(rule::kTest06Text, {.message = "TEST06's verification is missing.",
                                       .found = text.error().message,
                                       .needed = file,
                                       .fix = "run TEST06 for this scenario",
                                       .file = file});
    return;
  }
  const std::set<std::string> lines = LinesOf(*text);
  for (std::size_t i = 0; i < kTest06Lines.size(); ++i) {
    const std::string_view part = kTest06Lines.at(i);
    const bool skippable = i == 0;
    const std::string failed = fmt::format("{}False", part);
    if (lines.contains(fmt::format("{}True", part)) ||
        (skippable && lines.contains(fmt::format("{}Skipped", part)))) {
      if (lines.contains(failed)) {
        findings.Warning(rule::kTest06Text,
                         {.message = "TEST06's verification passed and did not, by its own text.",
                          .found = fmt::format("\"{}\" beside another answer", failed),
                          .needed = "the output of one verification",
                          .fix = "put there what TEST06's verification of this log prints",
                          .file = file});
      }
      continue;
    }
    const auto other = lines.lower_bound(std::string(part));
    const bool told = other != lines.end() && other->starts_with(part);
    findings.Error(rule::kTest06Text,
                   {.message = "TEST06 did not pass.",
                    .found = told ? *other : fmt::format("no line \"{}True\"", part),
                    .needed = fmt::format("{}True", part),
                    .fix = told ? fmt::format("{}, and repeat TEST06", kTest06Fixes.at(i))
                                : "put there what TEST06's verification of this log prints",
                    .file = file});
  }
}

bool IsPlainText(std::string_view name) {
  const bool control =
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
  return !control && !FirstInvalidUtf8(name);
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
    } else if (!IsPlainText(name)) {
      findings.Warning(rule::kTreeNames, {.message = "A name is no plain text.",
                                          .found = "a control character, or bytes not in UTF-8",
                                          .needed = "a name that every system can show",
                                          .fix = "remove or rename it",
                                          .file = file});
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
                                .fix = "put there what was run, or a README.md that says where "
                                       "it can be had",
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
                    .fix = "remove the description, or add its results",
                    .file = fmt::format("{}/systems/{}", submitter.directory, name)});
  }
  CheckScenarios(submitter, round, findings);
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
                    .fix = "rename it to one of them, or take it out of results/",
                    .file = result.directory});
    return;
  }
  CheckFileList(tree, result.directory + "/performance/run_1", "performance", kPerformanceFiles,
                findings);
  CheckFileList(tree, result.directory + "/accuracy", "accuracy", kAccuracyFiles, findings);
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
