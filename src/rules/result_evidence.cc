#include "rules/result_evidence.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

#include "base/format.h"
#include "rules/special_files.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 7> kDirectories{
    "", "performance/run_1/", "performance/", "run_1/", "accuracy/", "TEST06/accuracy/", "TEST06/"};

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

bool HasLogs(const fs::path& dir) {
  return Exists(dir / "mlperf_log_detail.txt") || Exists(dir / "mlperf_log_accuracy.json");
}

bool IsLoadgenResult(const fs::path& dir) {
  return std::any_of(kDirectories.begin(), kDirectories.end(),
                     [&](std::string_view directory) { return HasLogs(dir / directory); });
}

// Is `dir` TEST06's folder, or one inside it?
bool IsInsideTest06(const fs::path& dir) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(dir, error);
  const std::string_view name = TestDirectoryName(TestKind::kCompliance);
  return std::any_of(absolute.begin(), absolute.end(),
                     [name](const fs::path& part) { return part.string() == name; });
}

// The test that a folder of logs in `dir` is: by the folder's name, otherwise by the detail log's
// mode; a log without a detail log beside it is an accuracy test's.
TestKind KindOf(const fs::path& dir, const LoadgenEvidence& evidence) {
  if (IsInsideTest06(dir)) return TestKind::kCompliance;
  if (evidence.directory.starts_with("performance")) return TestKind::kPerformance;
  if (evidence.directory.starts_with("TEST06")) return TestKind::kCompliance;
  if (evidence.directory.starts_with("accuracy") || !evidence.detail) return TestKind::kAccuracy;
  return TestOf(*evidence.detail).value_or(TestKind::kPerformance);
}

// The first component of the path that `read` understands, the last one first.
template <typename T, typename Read>
std::optional<T> FromPath(const fs::path& dir, const Read& read) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(dir, error);
  std::vector<std::string> parts;
  for (const fs::path& part : absolute) parts.push_back(part.string());
  for (auto it = parts.rbegin(); it != parts.rend(); ++it) {
    if (std::optional<T> value = read(*it)) return value;
  }
  return std::nullopt;
}

// Where a directory that is no result may belong.
std::string TreeAround(const fs::path& dir) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(dir, error);
  while (!at.empty() && at != at.root_path()) {
    at = at.parent_path();
    if (IsSubmissionTree(at)) {
      return fmt::format("; it is inside the submission tree {}, which can be checked as a whole",
                         at.string());
    }
  }
  return "";
}

class ResultLoader {
 public:
  ResultLoader(fs::path root, const CheckOptions& options) : options_(options) {
    result_.root = std::move(root);
  }

  Result<ResultEvidence> Load() {
    for (const std::string_view directory : kDirectories) {
      if (!HasLogs(result_.root / directory)) continue;
      LoadgenEvidence evidence = LoadLoadgenEvidence(result_.root, std::string(directory));
      const TestKind kind = KindOf(result_.root, evidence);
      if (result_.Find(kind) == nullptr) result_.tests.emplace_back(kind, std::move(evidence));
    }
    if (result_.tests.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "{}: holds no mlperf_log_detail.txt or mlperf_log_accuracy.json, itself or "
                       "in performance/ or accuracy/{}",
                       result_.root.string(), TreeAround(result_.root));
    }
    ASSAY_RETURN_IF_ERROR(LoadTexts());
    SetScope();
    return std::move(result_);
  }

  Result<ResultEvidence> LoadSubmitted(const SubmittedPlace& place) {
    const SubmittedResult& result = *place.result;
    AddIfThere(TestKind::kPerformance, result.directory + "/performance/run_1/");
    AddIfThere(TestKind::kAccuracy, result.directory + "/accuracy/");
    AddIfThere(TestKind::kCompliance, result.compliance + "/TEST06/accuracy/");
    if (result_.Find(TestKind::kCompliance) == nullptr) {
      AddIfThere(TestKind::kCompliance, result.compliance + "/performance/run_1/", true);
    }
    ASSAY_RETURN_IF_ERROR(LoadTexts());
    SetSubmittedScope(place);
    return std::move(result_);
  }

 private:
  // TEST06's own run keeps its performance logs; those of a v6 result are not TEST06's.
  void AddIfThere(TestKind kind, const std::string& directory, bool only_compliance = false) {
    if (!HasLogs(result_.root / directory)) return;
    LoadgenEvidence evidence = LoadLoadgenEvidence(result_.root, directory);
    if (only_compliance &&
        (!evidence.detail || TestOf(*evidence.detail) != TestKind::kCompliance)) {
      return;
    }
    result_.tests.emplace_back(kind, std::move(evidence));
  }

  void SetSubmittedScope(const SubmittedPlace& place) {
    const SubmittedResult& result = *place.result;
    result_.choice = {place.round, place.round_asked, place.round_why};
    result_.scope.round = &RulesOf(result_.choice.round);
    result_.scope.submitted = true;
    result_.scope.benchmark =
        &RulesOf(*result_.scope.round, result.benchmark.value_or(BenchmarkId::kLlama31_8b));
    if (!result.scenario) return;
    result_.scope.scenario = RulesOf(*result_.scope.benchmark, *result.scenario);
    const LoadgenEvidence* performance = result_.Find(TestKind::kPerformance);
    // The rules allow an edge system to infer Offline from SingleStream, by copying the directory.
    result_.inferred = result.benchmark == BenchmarkId::kLlama31_8bEdge &&
                       result.scenario == Scenario::kOffline && performance != nullptr &&
                       performance->detail &&
                       performance->detail->Text("effective_scenario") == "SingleStream";
    if (result_.inferred) {
      result_.scope.scenario = RulesOf(*result_.scope.benchmark, Scenario::kSingleStream);
    }
  }

  [[nodiscard]] const LoadgenDetailLog* AnyDetail() const {
    for (const TestKind kind :
         {TestKind::kPerformance, TestKind::kAccuracy, TestKind::kCompliance}) {
      const LoadgenEvidence* evidence = result_.Find(kind);
      if (evidence != nullptr && evidence->detail) return &*evidence->detail;
    }
    return nullptr;
  }

  Status LoadTexts() {
    if (options_.dataset) {
      ASSAY_ASSIGN_OR_RETURN(result_.dataset, LoadDataset(*options_.dataset));
    } else {
      FindDatasetBeside();
    }
    if (options_.tokenizer) {
      ASSAY_ASSIGN_OR_RETURN(result_.tokenizer, LoadTokenizer(*options_.tokenizer));
    }
    return Ok{};
  }

  // A data set beside a log, under an official file's name.
  void FindDatasetBeside() {
    for (const auto& [kind, evidence] : result_.tests) {
      for (const BenchmarkRules& benchmark : AllRounds().front().benchmarks) {
        const std::string file = evidence.directory + std::string(benchmark.dataset_file);
        if (!Exists(result_.root / file)) continue;
        auto dataset = LoadDataset(result_.root / file);
        if (dataset) {
          result_.dataset = std::move(*dataset);
          return;
        }
        result_.unreadable.push_back({file, dataset.error().message});
      }
    }
  }

  void SetScope() {
    const LoadgenDetailLog* log = AnyDetail();
    result_.choice = ChooseRound(options_.rules, log);
    result_.scope.round = &RulesOf(result_.choice.round);
    auto benchmark = FromPath<BenchmarkId>(result_.root, BenchmarkOfDirectory);
    if (!benchmark && log != nullptr) benchmark = BenchmarkOf(*log);
    result_.scope.benchmark =
        &RulesOf(*result_.scope.round,
                 benchmark.value_or(result_.scope.round->benchmarks.front().benchmark));
    auto scenario = FromPath<Scenario>(result_.root, [](const std::string& part) {
      const auto parsed = ParseScenario(part);
      return parsed ? std::optional<Scenario>(*parsed) : std::nullopt;
    });
    if (!scenario && log != nullptr) scenario = ScenarioOf(*log, *result_.scope.benchmark);
    if (scenario) result_.scope.scenario = RulesOf(*result_.scope.benchmark, *scenario);
  }

  const CheckOptions& options_;
  ResultEvidence result_;
};

}  // namespace

const LoadgenEvidence* ResultEvidence::Find(TestKind kind) const {
  for (const auto& [test, evidence] : tests) {
    if (test == kind) return &evidence;
  }
  return nullptr;
}

Result<ResultEvidence> LoadResult(const fs::path& dir, const CheckOptions& options) {
  if (IsLoadgenResult(dir)) ASSAY_RETURN_IF_ERROR(CheckNoSpecialFiles(dir));
  return ResultLoader(dir, options).Load();
}

Result<ResultEvidence> LoadSubmittedResult(const SubmittedPlace& place,
                                           const CheckOptions& options) {
  return ResultLoader(place.tree->root, options).LoadSubmitted(place);
}

}  // namespace assay
