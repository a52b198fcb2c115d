#include "submission/compose.h"

#include <cmath>
#include <set>
#include <utility>

#include "base/format.h"
#include "base/hash.h"
#include "rules/submission_rules.h"
#include "rules/submission_tree.h"
#include "submission/readme.h"
#include "submission/truncate.h"

namespace assay {
namespace {

class Composer {
 public:
  Composer(const Plan& plan, const Descriptions& descriptions)
      : plan_(plan),
        descriptions_(descriptions),
        submitter_(MakeSubmitter(descriptions.division, descriptions.submitter,
                                 RulesOf(plan.round).layout)) {}

  Result<PackageFiles> Compose() {
    files_.tree[fmt::format("{}/systems/{}.json", submitter_.directory, descriptions_.system)] =
        ToPrettyJson(descriptions_.system_json);
    files_.tree[submitter_.directory + "/documentation/calibration.md"] =
        descriptions_.calibration + "\n";
    for (const PlannedResult& result : plan_.results) {
      files_.tree[fmt::format("{}/{}/README.md", submitter_.source,
                              BenchmarkName(result.benchmark))] = descriptions_.source + "\n";
      ASSAY_RETURN_IF_ERROR(AddResult(result));
    }
    return std::move(files_);
  }

 private:
  Status AddResult(const PlannedResult& result) {
    const SubmittedResult place =
        PlaceOf(submitter_, descriptions_.system, std::string(BenchmarkName(result.benchmark)),
                std::string(ScenarioTitle(result.scenario)));
    const fs::path performance =
        TestDirectory(result.performance->directory, TestKind::kPerformance);
    for (const std::string_view name : kPerformanceFiles) {
      ASSAY_ASSIGN_OR_RETURN(
          files_.tree[fmt::format("{}/performance/run_1/{}", place.directory, name)],
          ReadFile(performance / name));
    }
    ASSAY_RETURN_IF_ERROR(AddAccuracy(result, place));
    AddMeasurements(result, place);
    return result.test06 == nullptr ? Ok{} : AddTest06(result, place);
  }

  Status AddAccuracy(const PlannedResult& result, const SubmittedResult& place) {
    const std::string directory = place.directory + "/accuracy/";
    const fs::path source = TestDirectory(result.accuracy->directory, TestKind::kAccuracy);
    for (const std::string_view name : kAccuracyFiles) {
      if (!name.starts_with("mlperf_log_")) continue;
      ASSAY_ASSIGN_OR_RETURN(files_.tree[directory + std::string(name)], ReadFile(source / name));
    }
    const std::string log = directory + "mlperf_log_accuracy.json";
    std::string& bytes = files_.tree[log];
    files_.tree[directory + "accuracy.txt"] =
        ReferenceDict(*result.accuracy->accuracy) + "\n" + HashLine(Sha256Hex(bytes));
    ASSAY_ASSIGN_OR_RETURN(std::string truncated, TruncatedLog(bytes, (source / log).string()));
    files_.backup[log] = std::exchange(bytes, std::move(truncated));
    return Ok{};
  }

  void AddMeasurements(const PlannedResult& result, const SubmittedResult& place) {
    Json measurements = descriptions_.measurements;
    if (!result.accepted.empty()) measurements[std::string(kAcceptedField)] = AcceptedJson(result);
    files_.tree[MeasurementsPath(submitter_, place)] = ToPrettyJson(measurements);
    const ScenarioRules& scenario =
        *RulesOf(RulesOf(RulesOf(plan_.round), result.benchmark), result.scenario);
    const TestRecord& test = *Find(*result.performance, TestKind::kPerformance);
    files_.tree[place.measurements + "/user.conf"] = UserConfOf(test.loadgen_settings, scenario);
    files_.tree[place.measurements + "/README.md"] = ResultReadme(plan_.round, result);
  }

  static Json AcceptedJson(const PlannedResult& result) {
    Json list = Json::array();
    for (const Finding& finding : result.accepted) {
      list.push_back(Json{{"rule", finding.rule},
                          {"message", finding.message},
                          {"found", finding.found},
                          {"needed", finding.needed}});
    }
    return list;
  }

  Status AddTest06(const PlannedResult& result, const SubmittedResult& place) {
    const std::string directory = place.compliance + "/TEST06/";
    files_.tree[directory + "verify_accuracy.txt"] = *result.test06->test06;
    ASSAY_ASSIGN_OR_RETURN(files_.tree[directory + "accuracy/mlperf_log_accuracy.json"],
                           ReadFile(TestDirectory(result.test06->directory, TestKind::kCompliance) /
                                    "mlperf_log_accuracy.json"));
    return Ok{};
  }

  const Plan& plan_;
  const Descriptions& descriptions_;
  const Submitter submitter_;
  PackageFiles files_;
};

}  // namespace

std::string UserConfOf(const Json& settings, const ScenarioRules& scenario) {
  constexpr double kNanosPerMilli = 1e6;
  std::string text = "# What LoadGen was given for the performance test.\n";
  const auto line = [&](std::string_view key, const std::string& value) {
    text += fmt::format("{}.{}.{} = {}\n", scenario.loadgen_model, scenario.loadgen_scenario, key,
                        value);
  };
  const auto copy = [&](std::string_view key, std::string_view name) {
    const auto it = settings.find(name);
    if (it != settings.end()) line(key, it->dump());
  };
  if (scenario.scenario == Scenario::kOffline) {
    copy("target_qps", "offline_expected_qps");
  } else if (scenario.scenario == Scenario::kSingleStream) {
    const auto it = settings.find("single_stream_expected_latency_ns");
    if (it != settings.end() && it->is_number()) {
      line("target_latency", fmt::format("{}", std::llround(it->get<double>() / kNanosPerMilli)));
    }
  } else {
    copy("target_qps", "server_target_qps");
    if (settings.value("server_coalesce_queries", false)) line("coalesce_queries", "1");
    if (settings.value("server_max_async_queries", 0) != 0) {
      copy("max_async_queries", "server_max_async_queries");
    }
  }
  copy("min_duration", "min_duration_ms");
  copy("min_query_count", "min_query_count");
  copy("performance_sample_count_override", "performance_sample_count_override");
  return text;
}

Result<PackageFiles> ComposePackage(const Plan& plan, const Descriptions& descriptions) {
  return Composer(plan, descriptions).Compose();
}

}  // namespace assay
