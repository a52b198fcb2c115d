#include "submission/plan.h"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "rules/rule_table.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TestRecord TestOf(TestKind kind) {
  TestRecord test;
  test.test = kind;
  test.loadgen_version = "6.0.17 @ NA";
  EngineInfo engine;
  engine.engine = "llama";
  engine.version = "1";
  engine.model_name = "Llama-3.1-8B-Instruct";
  engine.model_sha256 = "abc";
  engine.precision = "BF16";
  engine.device = "CPU";
  test.engine = engine;
  return test;
}

PackedRun RunOf(const std::string& directory, BenchmarkId benchmark, Scenario scenario,
                const std::vector<TestKind>& tests) {
  PackedRun run;
  run.directory = directory;
  run.round = Round::kV61;
  run.record.config.benchmark = benchmark;
  run.record.config.scenario = scenario;
  run.record.config.samples = 13368;
  run.record.dataset.sha256 = "data";
  run.record.tokenizer.sha256 = "tokenizer";
  for (const TestKind test : tests) run.tests.push_back(TestOf(test));
  return run;
}

constexpr auto kAllTests = {TestKind::kPerformance, TestKind::kAccuracy, TestKind::kCompliance};

std::vector<PackedRun> ValidRuns() {
  return {RunOf("off", BenchmarkId::kLlama31_8b, Scenario::kOffline, kAllTests),
          RunOf("srv", BenchmarkId::kLlama31_8b, Scenario::kServer,
                {TestKind::kPerformance, TestKind::kAccuracy}),
          RunOf("srv06", BenchmarkId::kLlama31_8b, Scenario::kServer, {TestKind::kCompliance})};
}

Descriptions Of(const std::string& division) {
  Descriptions descriptions;
  descriptions.division = division;
  return descriptions;
}

Finding Breach(const Rule& rule, const std::string& found) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.rule = rule.id;
  finding.message = "It is not the one.";
  finding.found = found;
  finding.needed = "the one";
  finding.file = "run.json";
  return finding;
}

std::vector<std::string> ProblemsAfter(const std::function<void(std::vector<PackedRun>&)>& change,
                                       const std::string& division = "closed",
                                       std::optional<Round> asked = std::nullopt) {
  std::vector<PackedRun> runs = ValidRuns();
  change(runs);
  return MakePlan(runs, Of(division), asked, false).problems;
}

TEST(Plan, PutsTheTestsOfAScenarioTogether) {
  const std::vector<PackedRun> runs = ValidRuns();
  const Plan plan = MakePlan(runs, Of("closed"), std::nullopt, false);
  EXPECT_THAT(plan.problems, IsEmpty());
  ASSERT_THAT(plan.results, SizeIs(2));
  EXPECT_EQ(plan.results[1].scenario, Scenario::kServer);
  EXPECT_EQ(plan.results[1].performance, &runs[1]);
  EXPECT_EQ(plan.results[1].accuracy, &runs[1]);
  EXPECT_EQ(plan.results[1].test06, &runs[2]);
}

TEST(Plan, TestsOfOneResultMustBeOfOneSystem) {
  struct Change {
    const char* trait;
    std::function<void(PackedRun&)> change;
  };
  const std::vector<Change> changes{
      {"model's SHA-256", [](PackedRun& r) { r.tests[0].engine->model_sha256 = "x"; }},
      {"model", [](PackedRun& r) { r.tests[0].engine->precision = "FP8"; }},
      {"engine", [](PackedRun& r) { r.tests[0].engine->version = "2"; }},
      {"device", [](PackedRun& r) { r.tests[0].engine->device = "CUDA0"; }},
      {"data set", [](PackedRun& r) { r.record.dataset.sha256 = "x"; }},
      {"number of samples", [](PackedRun& r) { r.record.config.samples = 5000; }},
      {"tokenizer", [](PackedRun& r) { r.record.tokenizer.sha256 = "x"; }},
      {"tokenizer's settings",
       [](PackedRun& r) { r.record.tokenizer.settings["tokenizer_config.json"] = "x"; }},
      {"prompt template", [](PackedRun& r) { r.record.prompt_template_sha256 = "x"; }},
      {"limits of answers", [](PackedRun& r) { r.record.config.max_tokens = 64; }},
      {"LoadGen", [](PackedRun& r) { r.tests[0].loadgen_version = "6.0.16 @ NA"; }},
  };
  for (const Change& change : changes) {
    const auto problems = ProblemsAfter([&](auto& runs) { change.change(runs[2]); });
    ASSERT_FALSE(problems.empty()) << change.trait;
    EXPECT_THAT(problems.front(), HasSubstr(std::string("another ") + change.trait));
    EXPECT_THAT(problems.front(), HasSubstr("TEST06 of srv06 than in srv"));
  }
}

TEST(Plan, RoundsMustAgree) {
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs[1].round = Round::kV60; }),
              ElementsAre("srv: was held to the rules of v6.0, the first run to v6.1"));
  EXPECT_THAT(ProblemsAfter([](auto&) {}, "closed", Round::kV51), SizeIs(3));
}

TEST(Plan, SaysWhatIsMissing) {
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs.pop_back(); }),
              ElementsAre(HasSubstr("Server: no run holds the TEST06 test; assay run --scenario "
                                    "server --mode compliance")));
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs.pop_back(); }, "open"), IsEmpty());
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs[1].tests.erase(runs[1].tests.begin()); }),
              ElementsAre(HasSubstr("Server: no run holds the performance test")));
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs[1].tests.pop_back(); }, "open"),
              ElementsAre(HasSubstr("Server: no run holds the accuracy test")));
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs.clear(); }),
              ElementsAre("no run directory was given"));
}

TEST(Plan, SaysWhichScenarioIsMissing) {
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs.erase(runs.begin()); }),
              ElementsAre(HasSubstr("llama3.1-8b: no run of Offline")));
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs.resize(1); }),
              ElementsAre(HasSubstr("llama3.1-8b: no run of Server or Interactive")));
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs.resize(1); }, "open"), IsEmpty());
  EXPECT_THAT(ProblemsAfter([](auto& runs) {
                runs = {RunOf("e", BenchmarkId::kLlama31_8bEdge, Scenario::kSingleStream,
                              {TestKind::kPerformance, TestKind::kAccuracy})};
              }),
              ElementsAre(HasSubstr("llama3.1-8b-edge: no run of Offline")));
}

TEST(Plan, ATestComesFromOneRun) {
  EXPECT_THAT(ProblemsAfter([](auto& runs) { runs.push_back(runs.back()); }),
              ElementsAre(HasSubstr("holds the TEST06 test that srv06 has too")));
}

TEST(Plan, ResultsAreOfOneModel) {
  EXPECT_THAT(ProblemsAfter([](auto& runs) {
                for (TestRecord& test : runs[0].tests) test.engine->model_name = "Another";
              }),
              ElementsAre(HasSubstr("a system's results are of one model"),
                          HasSubstr("a system's results are of one model")));
}

TEST(Plan, BreachesStopItUnlessTheyAreOnlyUnofficial) {
  std::vector<PackedRun> runs = ValidRuns();
  runs[0].breaches = {Breach(rule::kDatasetIdentity, "other"), Breach(rule::kModel, "other"),
                      Breach(rule::kLoadgenRelease, "other"),
                      Breach(rule::kNearDuplicates, "other")};
  Plan plan = MakePlan(runs, Of("closed"), std::nullopt, false);
  EXPECT_THAT(plan.problems, SizeIs(4));
  EXPECT_TRUE(plan.unofficial);
  plan = MakePlan(runs, Of("closed"), std::nullopt, true);
  EXPECT_THAT(plan.problems, IsEmpty());
  EXPECT_THAT(plan.results[0].accepted, SizeIs(4));
  EXPECT_THAT(plan.results[1].accepted, IsEmpty());
  runs[0].breaches.push_back(Breach(rule::kLoadgenInvalid, "INVALID"));
  plan = MakePlan(runs, Of("closed"), std::nullopt, true);
  EXPECT_THAT(plan.problems,
              ElementsAre("off/run.json: It is not the one. (found INVALID; needed the one) "
                          "[loadgen.invalid]"));
  EXPECT_FALSE(plan.unofficial);
}

TEST(Plan, TheOpenDivisionIsFreeInModelAndScores) {
  const auto change = [](auto& runs) {
    runs[0].breaches = {Breach(rule::kModel, "other"), Breach(rule::kAccuracyRouge2, "1"),
                        Breach(rule::kAccuracyGenLen, "1"), Breach(rule::kAllLimits, "3 of 5")};
  };
  EXPECT_THAT(ProblemsAfter(change, "open"), IsEmpty());
  EXPECT_THAT(ProblemsAfter(change, "closed"), SizeIs(4));
  EXPECT_THAT(
      ProblemsAfter(
          [](auto& runs) { runs[0].breaches = {Breach(rule::kDatasetIdentity, "other")}; }, "open"),
      SizeIs(1));
}

}  // namespace
}  // namespace assay
