#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/report.h"
#include "report/test_model.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

MachineFigures SomeFigures() {
  MachineFigures m;
  m.rate_hz = 2.0;
  m.samples = 120;
  m.own_cpu_share = 0.00042;
  m.covers_window = true;
  m.cpu_busy_mean = 0.93;
  m.cpu_busy_max = 1.0;
  m.cpu_steal_mean = 0.012;
  m.process_cpus_mean = 1.8;
  m.others_cpus_mean = 0.06;
  m.process_rss_max_bytes = 512.0 * 1024 * 1024;
  m.absent = {{"energy", "/sys/class/powercap: no RAPL zone"}};
  return m;
}

ReportModel Model(const MachineFigures& machine) {
  ReportModel model = CompleteRun();
  for (TestView& test : model.tests) test.numbers->machine = machine;
  return model;
}

TEST(MachineSection, SaysWhatTheMachineDid) {
  const std::string page = RenderTerminal(Model(SomeFigures()));
  EXPECT_THAT(
      page,
      AllOf(HasSubstr("The machine during the run"), HasSubstr("at the cost of 0.04 % of one CPU"),
            HasSubstr("93 % busy, 100 % at most"), HasSubstr("1.2 % taken by the hypervisor"),
            HasSubstr("this process 1.80 CPUs"), HasSubstr("others 0.06"),
            HasSubstr("512 MiB at most")));
  // What was absent is named, and is no number.
  EXPECT_THAT(page, AllOf(HasSubstr("Not there"), HasSubstr("energy"), Not(HasSubstr(" MHz")),
                          Not(HasSubstr("J an output token"))));
}

TEST(MachineSection, SaysHowBusyServersWere) {
  MachineFigures machine = SomeFigures();
  machine.servers.resize(2);
  machine.servers[0].url = "http://gpu-box:8000";
  machine.servers[0].answers = 120;
  machine.servers[0].running_mean = 30.4;
  machine.servers[0].running_max = 64.0;
  machine.servers[0].kv_cache_used_mean = 0.4;
  machine.servers[0].kv_cache_used_max = 0.97;
  machine.servers[1].url = "http://mute:8000";
  const std::string page = RenderTerminal(Model(machine));
  EXPECT_THAT(
      page, AllOf(HasSubstr("http://gpu-box:8000"),
                  HasSubstr("computed 30.4 requests in the mean, 64 at most"),
                  HasSubstr("used 40 % of its KV cache, 97 % at most"), HasSubstr("by 120 answers"),
                  Not(HasSubstr("waiting, ")), Not(HasSubstr("http://mute:8000"))));
}

TEST(MachineSection, EnergyIsCalledWhatItIsNot) {
  MachineFigures machine = SomeFigures();
  EnergyFigures& energy = machine.energy.emplace();
  energy.counted = {"package-0", "dram"};
  energy.joules = 1234.0;
  energy.watts_mean = 61.5;
  energy.joules_per_output_token = 0.5;
  energy.joules_per_sample = 48.0;
  const std::string page = RenderTerminal(Model(machine));
  EXPECT_THAT(page, AllOf(HasSubstr("1,234.0 J"), HasSubstr("not an official power result"),
                          HasSubstr("package-0, dram")));
  energy.joules_per_output_token.reset();
  energy.not_per_token = "the engine is not known to be on this machine";
  EXPECT_THAT(RenderMarkdown(Model(machine)), HasSubstr("not known to be on this machine"));
}

TEST(MachineSection, TheRooflineOrWhyThereIsNone) {
  ReportModel model = Model(SomeFigures());
  EXPECT_THAT(RenderTerminal(model), HasSubstr("is not known: it was not looked at"));
  Roofline roofline;
  roofline.peak.bytes_per_s = 20e9;
  roofline.peak.source = "measured";
  roofline.generation = PhaseLimit{100.0, 8.0, 300.0, 160.0, "memory", 0.625, 0.625, std::nullopt};
  roofline.no_mfu = "integers";
  for (TestView& test : model.tests) test.numbers->roofline = roofline;
  EXPECT_THAT(RenderTerminal(model),
              AllOf(HasSubstr("generation"), HasSubstr("62.5 %"), HasSubstr("No MFU: integers")));
  EXPECT_EQ(ReportJson(model)["tests"][0]["roofline"]["generation"]["share"], 0.625);
}

TEST(MachineSection, WithoutTelemetryThereIsNone) {
  EXPECT_THAT(RenderTerminal(CompleteRun()), Not(HasSubstr("The machine during the run")));
}

}  // namespace
}  // namespace assay
