#include "rules/check_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TestEvidence QuietTest() {
  TestEvidence test;
  test.loadgen.directory = "performance/";
  test.record.emplace().engine.emplace().engine = "llama";
  test.telemetry.emplace().header.cpus = {0, 1, 2, 3};
  MachineFigures& m = test.machine.emplace();
  m.cpu_steal_mean = 0.02;
  m.others_cpus_mean = 0.4;
  m.swapped_pages = 0.0;
  m.throttle_events = 0.0;
  return test;
}

std::vector<std::string> Found(const TestEvidence& test) {
  Findings findings(AllRounds().back(), false);
  CheckHostDuring(test, findings);
  std::vector<std::string> texts;
  for (const Finding& finding : findings.all()) {
    EXPECT_EQ(finding.severity, Severity::kWarning);
    EXPECT_EQ(finding.file, "performance/telemetry.jsonl");
    texts.push_back(finding.rule + ": " + finding.found);
  }
  return texts;
}

TEST(CheckHostDuring, AQuietMachineIsNoFinding) {
  EXPECT_THAT(Found(QuietTest()), IsEmpty());
  TestEvidence nothing;
  EXPECT_THAT(Found(nothing), IsEmpty());
}

TEST(CheckHostDuring, NamesWhatDisturbed) {
  TestEvidence test = QuietTest();
  test.machine->cpu_steal_mean = 0.031;
  test.machine->others_cpus_mean = 1.25;
  test.machine->swapped_pages = 12.0;
  test.machine->throttle_events = 3.0;
  EXPECT_THAT(Found(test),
              ElementsAre("host.disturbed: 3.1 % of the machine",
                          "host.disturbed: 1.25 of 4 CPUs in the mean", "host.disturbed: 12 pages",
                          "host.throttled: 3 times, cores and packages together"));
}

TEST(CheckHostDuring, AnEndpointHereIsNoDisturbance) {
  TestEvidence test = QuietTest();
  test.record->engine->engine = "openai";
  test.machine->others_cpus_mean = 3.5;
  EXPECT_THAT(Found(test), IsEmpty());
  test.telemetry->header.engine_pid = 7;  // its work is told apart
  EXPECT_EQ(Found(test).size(), 1U);
}

TEST(CheckHostDuring, AGpuThatIsHeldBack) {
  TestEvidence test = QuietTest();
  test.machine->gpus.resize(2);
  test.machine->gpus[1].limited = {{"power cap", 0.5}, {"heat (software)", 0.01}};
  EXPECT_THAT(Found(test), ElementsAre("host.throttled: in 50 % of the samples"));
}

TEST(CheckHostFitness, WarnsOfWhatMattersOnly) {
  const auto check = [](const char* id, const char* state) {
    return Json{{"id", id}, {"state", state}, {"found", "x"}, {"why", "y"}, {"fix", "z"}};
  };
  const Json host{{"fitness", Json::array({check("governor", "matters"), check("smt", "note"),
                                           check("turbo", "unknown"), "damaged"})}};
  Findings findings(AllRounds().back(), true);
  CheckHostFitness(host, findings);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_THAT(findings.all()[0].message, HasSubstr("governor"));
  EXPECT_EQ(findings.all()[0].severity, Severity::kWarning);
  EXPECT_FALSE(findings.all()[0].comparability);
  CheckHostFitness(Json(nullptr), findings);
  CheckHostFitness(Json{{"fitness", 5}}, findings);
  EXPECT_EQ(findings.all().size(), 1U);
}

}  // namespace
}  // namespace assay
