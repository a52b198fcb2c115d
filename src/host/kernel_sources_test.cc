#include "host/kernel_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "host/testing/host_tree.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The tests' numbers are ticks; on every Linux a tick is 10 ms for programs.
static_assert(sizeof(std::uint64_t) == 8);

TEST(PinnedFile, ReadsFilesLongerThanItsBufferInOnePiece) {
  HostTree tree;
  const std::string long_text(5000, 'x');
  tree.Add("f", long_text);
  auto file = PinnedFile::Open(tree.root() / "f");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->Read(), long_text);
  tree.Add("f", "short");
  EXPECT_EQ(file->Read(), "short");
}

TEST(CpuTimes, AddUpWhatIsBusyAndKeepStealApart) {
  HostTree tree;
  //                    user nice system idle iowait irq softirq steal guest guest_nice
  tree.Add("proc/stat",
           "cpu  999 0 0 0 0 0 0 0 0 0\n"
           "cpu0 100 20 30 400 50 6 7 8 90 0\ncpu2 1 2 3 4 5 6 7 8 0 0\nintr 12 34\n");
  auto source = CpuTimeSource::Open(tree.root());
  ASSERT_TRUE(source.has_value()) << source.error().message;
  EXPECT_THAT(source->cpus(), ElementsAre(0U, 2U));
  TelemetrySample sample;
  source->Read(sample);
  ASSERT_EQ(sysconf(_SC_CLK_TCK), 100);
  // Guest time is part of the user's already: proc_stat(5).
  EXPECT_THAT(sample.cpus, ElementsAre(CpuTimes{1630, 4500, 80}, CpuTimes{190, 90, 80}));
  // A CPU goes off line, the other goes on.
  tree.Add("proc/stat", "cpu  1 0 0 0 0 0 0 0 0 0\ncpu0 101 20 30 400 50 6 7 8 90 0\nintr 1\n");
  source->Read(sample);
  EXPECT_THAT(sample.cpus, ElementsAre(CpuTimes{1640, 4500, 80}, CpuTimes{190, 90, 80}));
}

TEST(CpuTimes, SayWhatIsMissing) {
  HostTree tree;
  tree.Add("proc/stat", "intr 1 2 3\n");
  EXPECT_THAT(CpuTimeSource::Open(tree.root()).error().message, HasSubstr("no line of a CPU"));
  tree.Remove("proc");
  EXPECT_THAT(CpuTimeSource::Open(tree.root()).error().message, HasSubstr("No such file"));
}

TEST(Frequency, OfEveryCpuOrOfNone) {
  HostTree tree;
  tree.Add("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2400123\n");
  EXPECT_FALSE(FrequencySource::Open(tree.root(), {0, 1}).has_value());
  tree.Add("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "800000\n");
  auto source = FrequencySource::Open(tree.root(), {0, 1});
  ASSERT_TRUE(source.has_value());
  TelemetrySample sample;
  source->Read(sample);
  EXPECT_THAT(sample.mhz, ElementsAre(2400U, 800U));
  tree.Add("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "<unknown>\n");
  source->Read(sample);
  EXPECT_TRUE(sample.mhz.empty());
}

TEST(Throttle, SumsCoresAndPackages) {
  HostTree tree;
  const std::string cpu = "sys/devices/system/cpu/cpu0/thermal_throttle/";
  tree.Add(cpu + "core_throttle_count", "3\n");
  tree.Add(cpu + "package_throttle_count", "4\n");
  auto source = ThrottleSource::Open(tree.root(), {0});
  ASSERT_TRUE(source.has_value());
  TelemetrySample sample;
  source->Read(sample);
  EXPECT_EQ(sample.throttle_events, 7U);
}

TEST(Memory, AvailableAndSwapTraffic) {
  HostTree tree;
  tree.Add("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable:  512 kB\n");
  auto source = MemorySource::Open(tree.root());
  ASSERT_TRUE(source.has_value());
  TelemetrySample sample;
  source->Read(sample);
  source->ReadSwap(sample);
  EXPECT_EQ(sample.memory_available_bytes, 512U * 1024U);
  EXPECT_FALSE(sample.swapped_pages.has_value());  // there is no vmstat

  tree.Add("proc/vmstat", "pgpgin 1\npswpin 5\npswpout 7\n");
  source = MemorySource::Open(tree.root());
  source->ReadSwap(sample);
  EXPECT_EQ(sample.swapped_pages, 12U);
}

TEST(Energy, ReadsPackagesAndTheirParts) {
  HostTree tree;
  const auto add = [&tree](const std::string& zone, const char* name, const char* energy) {
    tree.Add("sys/class/powercap/" + zone + "/name", name);
    tree.Add("sys/class/powercap/" + zone + "/energy_uj", energy);
    tree.Add("sys/class/powercap/" + zone + "/max_energy_range_uj", "262143328850\n");
  };
  add("intel-rapl:0", "package-0\n", "123456789\n");
  add("intel-rapl:0:0", "dram\n", "77\n");
  add("intel-rapl-mmio:0", "package-0\n", "123456789\n");
  auto source = EnergySource::Open(tree.root());
  ASSERT_TRUE(source.has_value());
  EXPECT_THAT(
      source->domains(),
      ElementsAre(EnergyDomain{"package-0", "/sys/class/powercap/intel-rapl:0", 262143328850U},
                  EnergyDomain{"dram", "/sys/class/powercap/intel-rapl:0:0", 262143328850U}));
  TelemetrySample sample;
  source->Read(sample);
  EXPECT_THAT(sample.energy_uj, ElementsAre(123456789U, 77U));
}

TEST(Energy, SaysWhyThereIsNone) {
  HostTree tree;
  EXPECT_THAT(EnergySource::Open(tree.root()).error().message, HasSubstr("no RAPL zone"));
  if (geteuid() == 0) GTEST_SKIP() << "root reads every file: the refusal cannot be made";
  tree.Add("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  tree.Add("sys/class/powercap/intel-rapl:0/energy_uj", "1\n");
  fs::permissions(tree.root() / "sys/class/powercap/intel-rapl:0/energy_uj", fs::perms::none);
  EXPECT_THAT(EnergySource::Open(tree.root()).error().message, HasSubstr("Permission denied"));
}

TEST(Pressure, TakesTheTotalOfSome) {
  HostTree tree;
  const char* cpu =
      "some avg10=1.00 avg60=2.00 avg300=3.00 total=1234\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n";
  tree.Add("proc/pressure/cpu", cpu);
  tree.Add("proc/pressure/memory", "some avg10=0 avg60=0 avg300=0 total=5\n");
  EXPECT_FALSE(PressureSource::Open(tree.root()).has_value());
  tree.Add("proc/pressure/io", "some avg10=0 avg60=0 avg300=0 total=6\n");
  auto source = PressureSource::Open(tree.root());
  ASSERT_TRUE(source.has_value());
  TelemetrySample sample;
  source->Read(sample);
  EXPECT_EQ(sample.pressure, (PressureSample{1234, 5, 6}));
}

// A line of /proc/PID/stat: user and system ticks are fields 14 and 15, resident pages field 24.
struct Ticks {
  int user = 0;
  int system = 0;
};
std::string Stat(int pid, const char* name, int parent, Ticks ticks, int pages, char state = 'S') {
  return fmt::format(
      "{} ({}) {} {} 1 1 0 -1 4194560 100 0 0 0 {} {} 0 0 20 0 1 0 100 4096000 {} 184467 1 1 0\n",
      pid, name, state, parent, ticks.user, ticks.system, pages);
}

TEST(Process, ATreeIsSummedWhateverItsNamesAre) {
  HostTree tree;
  tree.Add("proc/100/stat", Stat(100, "vllm serve) S 1", 1, {10, 5}, 3));
  tree.Add("proc/50/stat", Stat(50, "worker", 200, {1, 1}, 2));  // a child of a child
  tree.Add("proc/200/stat", Stat(200, "engine core", 100, {20, 0}, 4));
  tree.Add("proc/300/stat", Stat(300, "somebody else", 1, {1000, 0}, 1000));
  auto source = ProcessSource::OpenTree(tree.root(), 100);
  ASSERT_TRUE(source.has_value()) << source.error().message;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  EXPECT_EQ(source->Read(), (ProcessSample{9 * page, 370, 3}));

  // A new one is found when it is looked for; one that ended leaves its time.
  tree.Add("proc/400/stat", Stat(400, "late", 50, {3, 0}, 1));
  tree.Add("proc/200/stat", Stat(200, "engine core", 100, {21, 0}, 0, 'Z'));
  EXPECT_EQ(source->Read(), (ProcessSample{5 * page, 380, 2}));
  source->FindDescendants();
  EXPECT_EQ(source->Read(), (ProcessSample{6 * page, 410, 3}));
}

TEST(Process, NoneIsLeft) {
  HostTree tree;
  EXPECT_FALSE(ProcessSource::OpenTree(tree.root(), 100).has_value());
  tree.Add("proc/100/stat", Stat(100, "x", 1, {1, 1}, 1));
  auto source = ProcessSource::OpenTree(tree.root(), 100);
  tree.Add("proc/100/stat", "");
  EXPECT_EQ(source->Read(), std::nullopt);
}

TEST(Process, KnowsItself) {
  auto source = ProcessSource::OpenSelf("/");
  ASSERT_TRUE(source.has_value());
  const auto sample = source->Read();
  ASSERT_TRUE(sample.has_value());
  EXPECT_GT(sample->rss_bytes, 100'000U);
  EXPECT_EQ(sample->processes, 1U);
}

}  // namespace
}  // namespace assay
