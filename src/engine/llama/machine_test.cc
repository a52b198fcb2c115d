#include "engine/llama/machine.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

class MachineTest : public testing::Test {
 protected:
  MachineTest() : root_(fs::temp_directory_path() / fmt::format("assay-machine-{}", getpid())) {}
  void TearDown() override { fs::remove_all(root_); }
  void Put(const fs::path& path, std::string_view text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void PutSiblings(int cpu, std::string_view siblings) {
    Put(fmt::format("sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu), siblings);
  }
  fs::path root_;
};

TEST_F(MachineTest, SiblingsAreOneCore) {
  PutSiblings(0, "0,4\n");
  PutSiblings(4, "0,4\n");
  PutSiblings(1, "1,5\n");
  PutSiblings(5, "1,5\n");
  EXPECT_EQ(PhysicalCores({0, 1, 4, 5}, root_), 2);
  EXPECT_EQ(PhysicalCores({0, 5}, root_), 2);
  EXPECT_EQ(PhysicalCores({1, 5}, root_), 1);
  EXPECT_EQ(PhysicalCores({1, 5, 7, 8}, root_), 3) << "a CPU without topology is a core";
  EXPECT_EQ(PhysicalCores({}, root_), 1);
}

TEST_F(MachineTest, QuotaIsRoundedUp) {
  EXPECT_EQ(CpuQuota(root_), std::nullopt);
  Put("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(CpuQuota(root_), std::nullopt);
  Put("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(CpuQuota(root_), 2);
  Put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(CpuQuota(root_), 1);
}

TEST_F(MachineTest, MemoryIsTheSmallerOfKernelAndGroup) {
  EXPECT_EQ(AvailableMemory(root_), std::nullopt);
  Put("proc/meminfo", "MemTotal:  9000 kB\nMemFree:  10 kB\nMemAvailable:   4000 kB\n");
  EXPECT_EQ(AvailableMemory(root_), 4096000U);
  Put("sys/fs/cgroup/memory.max", "max\n");
  Put("sys/fs/cgroup/memory.current", "600\n");
  EXPECT_EQ(AvailableMemory(root_), 4096000U);
  Put("sys/fs/cgroup/memory.max", "1000\n");
  EXPECT_EQ(AvailableMemory(root_), 400U);
  Put("sys/fs/cgroup/memory.current", "1600\n");
  EXPECT_EQ(AvailableMemory(root_), 0U);
}

}  // namespace
}  // namespace assay
