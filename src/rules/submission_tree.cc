#include "rules/submission_tree.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

std::vector<std::string> Subdirectories(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    std::error_code no_status;
    if (it->is_directory(no_status)) names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool IsDirectory(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

TreeLayout LayoutOf(const fs::path& submitter) {
  for (const std::string_view name : {"measurements", "compliance", "code"}) {
    if (IsDirectory(submitter / name)) return TreeLayout::kV5;
  }
  return TreeLayout::kV6;
}

bool IsOfThisBenchmark(const std::string& directory) {
  return BenchmarkOfDirectory(directory) || directory.starts_with("llama3.1-8b") ||
         directory.starts_with("llama3_1-8b");
}

void ReadResults(const fs::path& root, Submitter& submitter, SubmissionTree& tree) {
  const fs::path results = root / submitter.directory / "results";
  for (const std::string& system : submitter.systems) {
    for (const std::string& benchmark : Subdirectories(results / system)) {
      if (!IsOfThisBenchmark(benchmark)) {
        tree.strangers.push_back(
            fmt::format("{}/results/{}/{}", submitter.directory, system, benchmark));
        continue;
      }
      for (const std::string& scenario : Subdirectories(results / system / benchmark)) {
        submitter.results.push_back(PlaceOf(submitter, system, benchmark, scenario));
      }
    }
  }
}

}  // namespace

Submitter MakeSubmitter(std::string_view division, const std::string& name, TreeLayout layout) {
  Submitter submitter;
  submitter.division = division;
  submitter.name = name;
  submitter.layout = layout;
  submitter.directory = fmt::format("{}/{}", division, name);
  submitter.source = submitter.directory + (layout == TreeLayout::kV5 ? "/code" : "/src");
  return submitter;
}

SubmittedResult PlaceOf(const Submitter& submitter, const std::string& system,
                        const std::string& benchmark, const std::string& scenario) {
  const auto under = [&](std::string_view kind) {
    return fmt::format("{}/{}/{}/{}/{}", submitter.directory, kind, system, benchmark, scenario);
  };
  SubmittedResult place{.division = submitter.division,
                        .submitter = submitter.name,
                        .system = system,
                        .benchmark_dir = benchmark,
                        .scenario_dir = scenario,
                        .benchmark = BenchmarkOfDirectory(benchmark),
                        .scenario = std::nullopt,
                        .directory = under("results"),
                        .measurements = under("results"),
                        .compliance = under("results")};
  if (submitter.layout == TreeLayout::kV5) {
    place.measurements = under("measurements");
    place.compliance = under("compliance");
  }
  if (const auto parsed = ParseScenario(scenario)) place.scenario = *parsed;
  return place;
}

std::string MeasurementsPath(const Submitter& submitter, const SubmittedResult& result) {
  if (submitter.layout == TreeLayout::kV6) return result.measurements + "/measurements.json";
  return fmt::format("{}/{}_{}.json", result.measurements, result.system, result.scenario_dir);
}

std::optional<std::string> FindMeasurements(const SubmissionTree& tree, const Submitter& submitter,
                                            const SubmittedResult& result) {
  if (submitter.layout == TreeLayout::kV6) {
    std::string file = MeasurementsPath(submitter, result);
    std::error_code error;
    return fs::exists(tree.root / file, error) ? std::optional(std::move(file)) : std::nullopt;
  }
  for (const std::string& name : FilesIn(tree.root / result.measurements)) {
    if (name.starts_with(result.system) && name.ends_with(".json")) {
      return fmt::format("{}/{}", result.measurements, name);
    }
  }
  return std::nullopt;
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

bool IsSubmissionTree(const fs::path& dir) {
  return std::any_of(kDivisions.begin(), kDivisions.end(), [&](std::string_view division) {
    const auto submitters = Subdirectories(dir / division);
    return std::any_of(submitters.begin(), submitters.end(), [&](const std::string& name) {
      return IsDirectory(dir / division / name / "results");
    });
  });
}

SubmissionTree ReadSubmissionTree(const fs::path& root, std::optional<TreeLayout> layout) {
  SubmissionTree tree;
  tree.root = root;
  for (const std::string_view division : kDivisions) {
    for (const std::string& name : Subdirectories(root / division)) {
      Submitter submitter =
          MakeSubmitter(division, name, layout.value_or(LayoutOf(root / division / name)));
      submitter.systems = Subdirectories(root / submitter.directory / "results");
      ReadResults(root, submitter, tree);
      tree.submitters.push_back(std::move(submitter));
    }
  }
  return tree;
}

}  // namespace assay
