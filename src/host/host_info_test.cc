#include "host/host_info.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "host/testing/host_tree.h"

namespace assay {
namespace {

// Two sockets with two cores of two threads each.
void AddProcessor(HostTree& tree) {
  tree.Add("proc/cpuinfo",
           "processor\t: 0\nmodel name\t: Imaginary 9000\nflags\t\t: fpu avx2 hypervisor\n"
           "processor\t: 1\nmodel name\t: Imaginary 9000\n");
  tree.Add("sys/devices/system/cpu/online", "0-7\n");
  for (int cpu = 0; cpu < 8; ++cpu) {
    const auto topology = fmt::format("sys/devices/system/cpu/cpu{}/topology/", cpu);
    tree.Add(topology + "physical_package_id", fmt::format("{}\n", cpu / 4));
    tree.Add(topology + "thread_siblings_list",
             fmt::format("{},{}\n", cpu / 2 * 2, cpu / 2 * 2 + 1));
  }
  tree.Add("sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
  tree.Add("sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n");
  tree.Add("sys/devices/system/cpu/cpu0/cache/index0/size", "48K\n");
  tree.Add("sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_list", "0-1\n");
  tree.Add("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  tree.Add("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3500000\n");
}

TEST(CollectHostInfo, ReadsTheProcessor) {
  HostTree tree;
  AddProcessor(tree);
  const Json cpu = CollectHostInfo(tree.root())["cpu"];
  EXPECT_EQ(cpu["model"], "Imaginary 9000");
  EXPECT_EQ(cpu["sockets"], 2);
  EXPECT_EQ(cpu["physical_cores"], 4);
  EXPECT_EQ(cpu["logical_cpus"], 8);
  EXPECT_EQ(cpu["max_mhz"], 3500);
  EXPECT_EQ(cpu["governor"], "powersave");
  EXPECT_EQ(cpu["instruction_sets"], Json::array({"avx2"}));
  ASSERT_EQ(cpu["caches"].size(), 1U);
  EXPECT_EQ(cpu["caches"][0]["size_bytes"], 49152);
  EXPECT_EQ(cpu["caches"][0]["shared_by_cpus"], 2);
}

TEST(CollectHostInfo, ReadsSystemMemoryLoadAndLimits) {
  HostTree tree;
  AddProcessor(tree);
  tree.Add("proc/sys/kernel/hostname", "box\n");
  tree.Add("proc/sys/kernel/osrelease", "6.1.0-1-amd64\n");
  tree.Add("etc/os-release", "ID=x\nPRETTY_NAME=\"Some Linux 12\"\n");
  tree.Add("proc/meminfo", "MemTotal:       1024 kB\nMemAvailable:    512 kB\nSwapTotal: 0 kB\n");
  tree.Add("proc/loadavg", "0.50 1.25 2.00 1/234 5678\n");
  tree.Add("proc/self/status", "Name:\tassay\nCpus_allowed_list:\t0-1,4\n");
  tree.Add("proc/self/cgroup", "0::/a.slice/b\n");
  tree.Add("sys/fs/cgroup/a.slice/b/cpu.max", "200000 100000\n");
  tree.Add("sys/fs/cgroup/a.slice/b/memory.max", "max\n");
  const Json info = CollectHostInfo(tree.root());
  EXPECT_EQ(info["hostname"], "box");
  EXPECT_EQ(info["os"]["name"], "Some Linux 12");
  EXPECT_EQ(info["os"]["kernel"], "6.1.0-1-amd64");
  EXPECT_EQ(info["memory"]["total_bytes"], 1048576);
  EXPECT_EQ(info["memory"]["available_bytes"], 524288);
  EXPECT_EQ(info["memory"]["swap_total_bytes"], 0);  // told, and it is none
  EXPECT_EQ(info["load_average"], Json::array({0.5, 1.25, 2.0}));
  EXPECT_EQ(info["limits"]["cpus_allowed"], "0-1,4");
  EXPECT_EQ(info["limits"]["cgroup_cpu_max"], "200000 100000");
  EXPECT_EQ(info["limits"]["cgroup_memory_max"], "max");
  EXPECT_EQ(info["virtualisation"]["hypervisor"], true);
}

TEST(CollectHostInfo, NamesWhatIsNotTold) {
  const HostTree tree;
  const Json info = CollectHostInfo(tree.root());
  EXPECT_TRUE(info["cpu"]["model"].is_null());
  EXPECT_TRUE(info["cpu"]["physical_cores"].is_null());
  EXPECT_TRUE(info["memory"]["total_bytes"].is_null());
  EXPECT_TRUE(info["load_average"].is_null());
  EXPECT_TRUE(info["virtualisation"]["hypervisor"].is_null());
  EXPECT_EQ(info["absent"]["cpu.governor"],
            "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  EXPECT_EQ(info["absent"]["memory.total_bytes"], "/proc/meminfo");
}

TEST(CollectHostInfo, DamagedFilesTellNothing) {
  HostTree tree;
  tree.Add("proc/meminfo", "MemTotal: lots\nMemAvailable");
  tree.Add("proc/loadavg", "0.5\n");
  tree.Add("sys/devices/system/cpu/online", "7-0\n");
  const Json info = CollectHostInfo(tree.root());
  EXPECT_TRUE(info["memory"]["total_bytes"].is_null());
  EXPECT_TRUE(info["load_average"].is_null());
  EXPECT_TRUE(info["cpu"]["logical_cpus"].is_null());
}

TEST(CollectHostInfo, KnowsThisMachine) {
  const Json info = CollectHostInfo();
  EXPECT_GT(info["cpu"]["logical_cpus"].get<int>(), 0);
  EXPECT_GT(info["memory"]["total_bytes"].get<std::uint64_t>(), 0U);
}

}  // namespace
}  // namespace assay
