#include "host/fitness.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/testing/host_tree.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class FitnessTest : public testing::Test {
 protected:
  FitnessTest() {
    options_.root = tree_.root();
    options_.wait = [this](Nanos watched) {
      waited_ = watched;
      tree_.Add("proc/stat", after_);
    };
    SetLoad(0, 0, 0);
  }

  // In the time that is watched: 100 ticks on each of two CPUs, of which others, we and the
  // hypervisor take so many.
  void SetLoad(int others, int ours, int steal) {
    tree_.Add("proc/stat", "cpu0 0 0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\n");
    after_ = fmt::format("cpu0 {} 0 0 {} 0 0 0 {} 0 0\ncpu1 0 0 0 100 0 0 0 0 0 0\n", others + ours,
                         100 - others - ours - steal, steal);
    const auto stat = [](int ticks) {
      return fmt::format("1 (assay) R 1 1 1 0 -1 0 0 0 0 0 {} 0 0 0 20 0 1 0 0 0 10\n", ticks);
    };
    tree_.Add("proc/self/stat", stat(5));
    ours_after_ = stat(5 + ours);
    options_.wait = [this](Nanos watched) {
      waited_ = watched;
      tree_.Add("proc/stat", after_);
      tree_.Add("proc/self/stat", ours_after_);
    };
  }

  FitnessCheck Check(const std::string& id) {
    const auto checks = CheckFitness(options_);
    const auto it = std::find_if(checks.begin(), checks.end(),
                                 [&id](const FitnessCheck& c) { return c.id == id; });
    EXPECT_NE(it, checks.end()) << id;
    return it == checks.end() ? FitnessCheck() : *it;
  }
  Fitness State(const std::string& id) { return Check(id).state; }

  HostTree tree_;
  FitnessOptions options_;
  Nanos waited_{};
  std::string after_;
  std::string ours_after_;
};

TEST_F(FitnessTest, WhatIsNotThereIsUnknownWithAReason) {
  tree_.Remove("proc");
  const auto checks = CheckFitness(options_);
  EXPECT_EQ(checks.size(), 16U);
  for (const FitnessCheck& check : checks) {
    EXPECT_EQ(check.state, Fitness::kUnknown) << check.id;
    EXPECT_FALSE(check.found.empty()) << check.id;
    EXPECT_FALSE(check.why.empty()) << check.id;
  }
}

TEST_F(FitnessTest, Governor) {
  const std::string cpu = "sys/devices/system/cpu/";
  tree_.Add(cpu + "cpu0/cpufreq/scaling_governor", "performance\n");
  EXPECT_EQ(State("governor"), Fitness::kFit);
  tree_.Add(cpu + "cpu1/cpufreq/scaling_governor", "powersave\n");
  EXPECT_EQ(State("governor"), Fitness::kMatters);
  EXPECT_EQ(Check("governor").found, "performance, powersave");
  EXPECT_THAT(Check("governor").fix, HasSubstr("cpupower"));
}

TEST_F(FitnessTest, TurboByEitherFile) {
  tree_.Add("sys/devices/system/cpu/cpufreq/boost", "0\n");
  EXPECT_EQ(State("turbo"), Fitness::kFit);
  tree_.Add("sys/devices/system/cpu/cpufreq/boost", "1\n");
  EXPECT_EQ(State("turbo"), Fitness::kNote);
  tree_.Add("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
  EXPECT_EQ(State("turbo"), Fitness::kFit);
}

TEST_F(FitnessTest, SmtAndNuma) {
  tree_.Add("sys/devices/system/cpu/smt/active", "1\n");
  EXPECT_EQ(State("smt"), Fitness::kNote);
  tree_.Add("sys/devices/system/cpu/smt/active", "0\n");
  EXPECT_EQ(State("smt"), Fitness::kFit);
  tree_.Add("sys/devices/system/node/node0/cpulist", "0-1\n");
  EXPECT_EQ(State("numa"), Fitness::kFit);
  tree_.Add("sys/devices/system/node/node1/cpulist", "2-3\n");
  tree_.Add("proc/sys/kernel/numa_balancing", "1\n");
  EXPECT_EQ(State("numa"), Fitness::kNote);
  EXPECT_THAT(Check("numa").fix, HasSubstr("numa_balancing=0"));
}

TEST_F(FitnessTest, CpusAndTheirQuota) {
  tree_.Add("sys/devices/system/cpu/online", "0-3\n");
  tree_.Add("proc/self/status", "Name:\tassay\nCpus_allowed_list:\t0-1,3\n");
  tree_.Add("proc/self/cgroup", "0::/a/b\n");
  EXPECT_EQ(State("cpus"), Fitness::kNote);
  EXPECT_EQ(Check("cpus").found, "3 of 4");
  tree_.Add("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(State("cpus"), Fitness::kNote);
  tree_.Add("sys/fs/cgroup/a/b/cpu.max", "150000 100000\n");
  EXPECT_EQ(State("cpus"), Fitness::kMatters);
}

TEST_F(FitnessTest, MemoryAndSwap) {
  tree_.Add("proc/meminfo",
            "MemAvailable: 2097152 kB\nSwapTotal: 1048576 kB\nSwapFree: 1048576 kB\n");
  EXPECT_EQ(State("memory"), Fitness::kFit);
  EXPECT_EQ(State("swap"), Fitness::kFit);
  options_.model_bytes = std::uint64_t{3} << 30U;
  EXPECT_EQ(State("memory"), Fitness::kMatters);
  EXPECT_EQ(Check("memory").found, "2.0 GiB available, the model has 3.00 GiB");
  tree_.Add("proc/meminfo",
            "MemAvailable: 2097152 kB\nSwapTotal: 1048576 kB\nSwapFree: 524288 kB\n");
  EXPECT_EQ(State("swap"), Fitness::kNote);
  EXPECT_EQ(Check("swap").found, "0.5 of 1.0 GiB in use");
}

TEST_F(FitnessTest, Heat) {
  tree_.Add("sys/class/thermal/thermal_zone0/temp", "71000\n");
  EXPECT_EQ(State("heat"), Fitness::kFit);
  tree_.Add("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n");
  EXPECT_EQ(State("heat"), Fitness::kNote);
  tree_.Add("sys/class/thermal/thermal_zone1/temp", "96000\n");
  EXPECT_EQ(State("heat"), Fitness::kMatters);
}

TEST_F(FitnessTest, ClockFilesPortsAndSlack) {
  tree_.Add("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  EXPECT_EQ(State("clock_source"), Fitness::kFit);
  tree_.Add("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  EXPECT_EQ(State("clock_source"), Fitness::kMatters);
  tree_.Add("proc/self/limits",
            "Limit                     Soft Limit           Hard Limit\n"
            "Max open files            1024                 524288    files\n");
  EXPECT_EQ(State("open_files"), Fitness::kNote);
  tree_.Add("proc/self/limits", "Max open files            unlimited            unlimited files\n");
  EXPECT_EQ(State("open_files"), Fitness::kFit);
  tree_.Add("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
  EXPECT_EQ(State("ports"), Fitness::kFit);
  tree_.Add("proc/sys/net/ipv4/ip_local_port_range", "60000\t60999\n");
  EXPECT_EQ(State("ports"), Fitness::kNote);
  tree_.Add("proc/self/timerslack_ns", "50000\n");
  EXPECT_EQ(State("timer_slack"), Fitness::kFit);
  tree_.Add("proc/self/timerslack_ns", "4000000\n");
  EXPECT_EQ(State("timer_slack"), Fitness::kNote);
}

TEST_F(FitnessTest, HugePagesAndVirtualisation) {
  tree_.Add("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  EXPECT_EQ(State("huge_pages"), Fitness::kFit);
  tree_.Add("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
  EXPECT_EQ(State("huge_pages"), Fitness::kNote);
  tree_.Add("proc/cpuinfo", "flags\t\t: fpu hypervisor sse\n");
  EXPECT_EQ(State("virtualisation"), Fitness::kNote);
  tree_.Add("proc/cpuinfo", "flags\t\t: fpu sse\n");
  EXPECT_EQ(State("virtualisation"), Fitness::kFit);
}

TEST_F(FitnessTest, LoadOfOthersIsNotOurs) {
  SetLoad(0, 90, 0);
  EXPECT_EQ(State("others"), Fitness::kFit);
  EXPECT_EQ(waited_, options_.watched);
  SetLoad(10, 50, 0);
  const FitnessCheck others = Check("others");
  EXPECT_EQ(others.found, "5.0 % of the machine");
  EXPECT_EQ(others.state, Fitness::kNote);
  SetLoad(50, 0, 0);
  EXPECT_EQ(State("others"), Fitness::kMatters);
  SetLoad(0, 0, 2);
  EXPECT_EQ(State("steal"), Fitness::kFit);  // 1 %
  SetLoad(0, 0, 10);
  EXPECT_EQ(State("steal"), Fitness::kMatters);
}

TEST_F(FitnessTest, Json) {
  tree_.Add("sys/devices/system/cpu/smt/active", "0\n");
  const auto json = ToJson(CheckFitness(options_));
  ASSERT_TRUE(json.is_array());
  const auto smt = std::find_if(json.begin(), json.end(),
                                [](const auto& check) { return check["id"] == "smt"; });
  ASSERT_NE(smt, json.end());
  EXPECT_EQ((*smt)["state"], "fit");
  EXPECT_EQ((*smt)["found"], "off");
}

TEST(Fitness, OfThisMachine) {
  FitnessOptions options;
  options.watched = std::chrono::milliseconds(50);
  const auto checks = CheckFitness(options);
  EXPECT_EQ(checks.size(), 16U);
}

}  // namespace
}  // namespace assay
