// Where a submission tree holds its results: division/submitter/system/benchmark/scenario.

#ifndef ASSAY_RULES_SUBMISSION_TREE_H_
#define ASSAY_RULES_SUBMISSION_TREE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "rules/rounds.h"

namespace assay {

// One scenario's result. Paths are relative to the tree's root, without a slash at the end.
struct SubmittedResult {
  std::string division, submitter, system, benchmark_dir, scenario_dir;
  // Absent: the directory's name is none of the benchmark's.
  std::optional<BenchmarkId> benchmark;
  std::optional<Scenario> scenario;
  std::string directory;     // that holds performance/ and accuracy/
  std::string measurements;  // that holds user.conf and README.md
  std::string compliance;    // that holds TEST06/
};

struct Submitter {
  std::string division, name;
  TreeLayout layout = TreeLayout::kV6;
  std::string directory;             // "closed/NAME"
  std::string source;                // "closed/NAME/code" or "closed/NAME/src"
  std::vector<std::string> systems;  // names of the directories in results/, sorted
  std::vector<SubmittedResult> results;
};

struct SubmissionTree {
  fs::path root;
  std::vector<Submitter> submitters;   // by division and name
  std::vector<std::string> strangers;  // other benchmarks' directories, not judged here
};

// A result inside a submission tree: where it stands, and the round that the tree is judged by.
struct SubmittedPlace {
  const SubmissionTree* tree = nullptr;
  const SubmittedResult* result = nullptr;
  Round round = Round::kV61;
  bool round_asked = false;
  std::string round_why;
};

// "closed/NAME" with the directories of its layout; no systems and no results yet.
[[nodiscard]] Submitter MakeSubmitter(std::string_view division, const std::string& name,
                                      TreeLayout layout);
// Where the result of a scenario stands among a submitter's directories.
[[nodiscard]] SubmittedResult PlaceOf(const Submitter& submitter, const std::string& system,
                                      const std::string& benchmark, const std::string& scenario);
// The file that describes a result's measurements, as it is to be named.
[[nodiscard]] std::string MeasurementsPath(const Submitter& submitter,
                                           const SubmittedResult& result);
// The one that is there, relative to the tree's root. v5.1: the first JSON file that begins with
// the system's name; v6: measurements.json. nullopt: none.
[[nodiscard]] std::optional<std::string> FindMeasurements(const SubmissionTree& tree,
                                                          const Submitter& submitter,
                                                          const SubmittedResult& result);
// Names of the regular files in a directory, and of links to some, sorted; none where there is no
// such directory.
[[nodiscard]] std::vector<std::string> FilesIn(const fs::path& dir);

// Is there a division's directory in `dir` with a submitter who has results?
[[nodiscard]] bool IsSubmissionTree(const fs::path& dir);

// Value: every directory three levels below a results/ is a scenario, as the official checkers take
// it; benchmarks of other names are in `strangers`. Links are not followed.
// `layout` absent: told from the tree, for each submitter: measurements/, compliance/ or code/ mean
// v5.1's.
[[nodiscard]] SubmissionTree ReadSubmissionTree(const fs::path& root,
                                                std::optional<TreeLayout> layout);

}  // namespace assay

#endif  // ASSAY_RULES_SUBMISSION_TREE_H_
