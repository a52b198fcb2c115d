#include "submission/plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "rules/rule_table.h"

namespace assay {
namespace {

// What makes a package unofficial without making its logs wrong.
const std::array kUnofficial{rule::kDatasetIdentity, rule::kNearDuplicates, rule::kModel,
                             rule::kLoadgenRelease};
// What the open division leaves to the submitter: another model, and scores that are only reported.
const std::array kFreeInOpen{rule::kModel,          rule::kAccuracyRouge1,    rule::kAccuracyRouge2,
                             rule::kAccuracyRougeL, rule::kAccuracyRougeLsum, rule::kAccuracyGenLen,
                             rule::kAllLimits};

template <typename Rules>
bool IsOneOf(const Finding& finding, const Rules& rules) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const Rule& rule) { return rule.id == finding.rule; });
}

// Something that the tests of one result have in common.
struct Trait {
  std::string_view name;
  std::string value;
};

std::vector<Trait> TraitsOf(const PackedRun& run, const TestRecord& test) {
  const RunRecord& record = run.record;
  const EngineInfo& engine = *test.engine;
  return {{"model", fmt::format("{} ({})", engine.model_name, engine.precision)},
          {"model's SHA-256", engine.model_sha256},
          {"engine", fmt::format("{} {}", engine.engine, engine.version)},
          {"device", engine.device},
          {"data set's SHA-256", record.dataset.sha256},
          {"number of samples", fmt::format("{}", record.config.samples)},
          {"tokenizer's SHA-256", record.tokenizer.sha256},
          {"tokenizer's settings", ToJsonLine(Json(record.tokenizer.settings))},
          {"prompt template's SHA-256", record.prompt_template_sha256},
          {"limits of answers",
           fmt::format("{} to {} tokens", record.config.min_tokens, record.config.max_tokens)},
          {"LoadGen", test.loadgen_version}};
}

class Planner {
 public:
  Planner(const std::vector<PackedRun>& runs, const Descriptions& descriptions,
          bool accept_unofficial)
      : runs_(runs), descriptions_(descriptions), accept_(accept_unofficial) {}

  Plan Make(std::optional<Round> asked) {
    if (runs_.empty()) {
      Problem("no run directory was given");
      return std::move(plan_);
    }
    plan_.round = asked.value_or(runs_.front().round);
    CheckRounds(asked.has_value());
    Collect();
    for (PlannedResult& result : plan_.results) {
      CheckTests(result);
      CheckTraits(result);
    }
    CheckModels();
    CheckScenarios();
    for (PlannedResult& result : plan_.results) TakeBreaches(result);
    return std::move(plan_);
  }

 private:
  void Problem(std::string text) { plan_.problems.push_back(std::move(text)); }

  static std::string TitleOf(const PlannedResult& result) {
    return fmt::format("{} {}", BenchmarkName(result.benchmark), ScenarioTitle(result.scenario));
  }

  void CheckRounds(bool asked) {
    for (const PackedRun& run : runs_) {
      if (run.round == plan_.round) continue;
      Problem(fmt::format("{}: was held to the rules of {}, {} {}", run.directory.string(),
                          RulesOf(run.round).name, asked ? "asked for is" : "the first run to",
                          RulesOf(plan_.round).name));
    }
  }

  // Groups the runs' tests by benchmark and scenario.
  void Collect() {
    std::map<std::pair<BenchmarkId, Scenario>, PlannedResult> results;
    for (const PackedRun& run : runs_) {
      const RunConfig& config = run.record.config;
      PlannedResult& result = results[{config.benchmark, config.scenario}];
      result.benchmark = config.benchmark;
      result.scenario = config.scenario;
      Place(run, TestKind::kPerformance, result.performance);
      Place(run, TestKind::kAccuracy, result.accuracy);
      Place(run, TestKind::kCompliance, result.test06);
    }
    for (auto& [key, result] : results) plan_.results.push_back(std::move(result));
  }

  void Place(const PackedRun& run, TestKind test, const PackedRun*& place) {
    if (Find(run, test) == nullptr) return;
    if (place != nullptr) {
      Problem(fmt::format("{}: holds the {} test that {} has too; each test comes from one run",
                          run.directory.string(), TestDirectoryName(test),
                          place->directory.string()));
      return;
    }
    place = &run;
  }

  void CheckTests(const PlannedResult& result) {
    const auto need = [&](const PackedRun* run, TestKind test, std::string_view mode) {
      if (run != nullptr) return;
      Problem(fmt::format("{}: no run holds the {} test; assay run --scenario {} --mode {}",
                          TitleOf(result), TestDirectoryName(test), ScenarioName(result.scenario),
                          mode));
    };
    need(result.performance, TestKind::kPerformance, "performance");
    need(result.accuracy, TestKind::kAccuracy, "accuracy");
    if (descriptions_.division != "open" &&
        RulesOf(RulesOf(plan_.round), result.benchmark).needs_test06) {
      need(result.test06, TestKind::kCompliance, "compliance");
    }
  }

  void CheckTraits(const PlannedResult& result) {
    const PackedRun* first = nullptr;
    std::vector<Trait> expected;
    for (const auto& [run, test] : {std::pair{result.performance, TestKind::kPerformance},
                                    std::pair{result.accuracy, TestKind::kAccuracy},
                                    std::pair{result.test06, TestKind::kCompliance}}) {
      if (run == nullptr) continue;
      const std::vector<Trait> traits = TraitsOf(*run, *Find(*run, test));
      if (first == nullptr) {
        first = run;
        expected = traits;
        continue;
      }
      for (std::size_t i = 0; i < traits.size(); ++i) {
        if (traits[i].value == expected[i].value) continue;
        Problem(fmt::format("{}: another {} in {} of {} than in {}: {} and {}", TitleOf(result),
                            traits[i].name, TestDirectoryName(test), run->directory.string(),
                            first->directory.string(), traits[i].value, expected[i].value));
      }
    }
  }

  // One description of the measurements stands for all results.
  void CheckModels() {
    const auto model = [](const PackedRun& run) {
      return TraitsOf(run, run.tests.front()).front();
    };
    for (const PackedRun& run : runs_) {
      if (run.tests.empty()) {
        Problem(fmt::format("{}: holds no test", run.directory.string()));
      } else if (!runs_.front().tests.empty() && model(run).value != model(runs_.front()).value) {
        Problem(fmt::format("{}: ran {}, {} ran {}; a system's results are of one model",
                            run.directory.string(), model(run).value,
                            runs_.front().directory.string(), model(runs_.front()).value));
      }
    }
  }

  void CheckScenarios() {
    if (descriptions_.division == "open") return;
    for (const BenchmarkRules& rules : RulesOf(plan_.round).benchmarks) {
      const auto has = [&](Scenario scenario) {
        return std::any_of(plan_.results.begin(), plan_.results.end(), [&](const auto& result) {
          return result.benchmark == rules.benchmark && result.scenario == scenario;
        });
      };
      const bool present =
          std::any_of(rules.scenarios.begin(), rules.scenarios.end(),
                      [&](const ScenarioRules& scenario) { return has(scenario.scenario); });
      if (!present) continue;
      for (const Scenario scenario : rules.required_scenarios) {
        if (!has(scenario)) MissingScenario(rules, ScenarioTitle(scenario));
      }
      const auto& choice = rules.one_of_scenarios;
      if (!choice.empty() && std::none_of(choice.begin(), choice.end(), has)) {
        MissingScenario(rules, fmt::format("{} or {}", ScenarioTitle(choice.front()),
                                           ScenarioTitle(choice.back())));
      }
    }
  }

  void MissingScenario(const BenchmarkRules& rules, std::string_view scenario) {
    Problem(fmt::format("{}: no run of {}, which the {} division asks for",
                        BenchmarkName(rules.benchmark), scenario, descriptions_.division));
  }

  void TakeBreaches(PlannedResult& result) {
    std::vector<const PackedRun*> runs;
    for (const PackedRun* run : {result.performance, result.accuracy, result.test06}) {
      if (run != nullptr && std::find(runs.begin(), runs.end(), run) == runs.end()) {
        runs.push_back(run);
      }
    }
    for (const PackedRun* run : runs) {
      for (const Finding& finding : run->breaches) TakeBreach(*run, finding, result);
    }
  }

  void TakeBreach(const PackedRun& run, const Finding& finding, PlannedResult& result) {
    if (descriptions_.division == "open" && IsOneOf(finding, kFreeInOpen)) return;
    const bool unofficial = IsOneOf(finding, kUnofficial);
    if (unofficial && accept_) {
      const bool told =
          std::any_of(result.accepted.begin(), result.accepted.end(), [&](const Finding& known) {
            return known.rule == finding.rule && known.message == finding.message &&
                   known.found == finding.found;
          });
      if (!told) result.accepted.push_back(finding);
      return;
    }
    plan_.unofficial = plan_.unofficial || unofficial;
    Problem(fmt::format("{}: {} (found {}; needed {}) [{}]",
                        (run.directory / finding.file).string(), finding.message,
                        finding.found.empty() ? "that" : finding.found,
                        finding.needed.empty() ? "another" : finding.needed, finding.rule));
  }

  const std::vector<PackedRun>& runs_;
  const Descriptions& descriptions_;
  const bool accept_;
  Plan plan_;
};

}  // namespace

Plan MakePlan(const std::vector<PackedRun>& runs, const Descriptions& descriptions,
              std::optional<Round> asked, bool accept_unofficial) {
  return Planner(runs, descriptions, accept_unofficial).Make(asked);
}

}  // namespace assay
