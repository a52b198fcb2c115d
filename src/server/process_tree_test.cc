#include "server/process_tree.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParseProcStatTest, NamesMayHoldBlanksAndBrackets) {
  const auto entry = ParseProcStat(
      "42 (a) b (c) R 7 42 42 0 -1 4194304 113 0 0 0 0 0 0 0 20 0 1 0 55 2568192 321 18446744073 "
      "1\n");
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->pid, 42);
  EXPECT_EQ(entry->parent, 7);
  EXPECT_FALSE(entry->zombie);
  EXPECT_EQ(entry->rss_pages, 321u);
}

TEST(ParseProcStatTest, RefusesWhatIsNoStat) {
  for (const char* line :
       {"", "42", "42 (x", "42 (x) R 7", "x (y) R 7 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"}) {
    EXPECT_FALSE(ParseProcStat(line)) << line;
  }
}

class DescendantsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    proc_ = fs::path(::testing::TempDir()) / ("proc_" + std::to_string(getpid()));
    fs::create_directories(proc_ / "self");
  }
  void TearDown() override { fs::remove_all(proc_); }

  void Add(pid_t pid, pid_t parent, char state = 'S', int pages = 1) const {
    const fs::path dir = proc_ / std::to_string(pid);
    fs::create_directories(dir);
    std::ofstream(dir / "stat") << pid << " (p) " << state << ' ' << parent
                                << " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 " << pages << " 0 0\n";
  }
  [[nodiscard]] std::vector<pid_t> Below(pid_t root) const {
    std::vector<pid_t> pids;
    for (const ProcessEntry& entry : Descendants(root, proc_)) pids.push_back(entry.pid);
    return pids;
  }

  fs::path proc_;
};

TEST_F(DescendantsTest, ChildrenBeforeGrandchildren) {
  Add(1, 0);
  Add(10, 1);
  Add(30, 20);
  Add(20, 10);
  Add(11, 1);
  EXPECT_THAT(Below(10), ElementsAre(20, 30));
  EXPECT_THAT(Below(30), IsEmpty());
  EXPECT_EQ(Below(1).size(), 4u);
}

TEST_F(DescendantsTest, MemoryIsTheSum) {
  Add(10, 1, 'S', 5);
  Add(20, 10, 'S', 7);
  Add(21, 10, 'Z', 0);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  EXPECT_EQ(ResidentBytes(Descendants(1, proc_)), 12 * page);
  EXPECT_EQ(ResidentBytes({}), 0u);
}

TEST(RealProcessesTest, SeesAndSignalsAChild) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const std::vector<ProcessEntry> found = Descendants(getpid());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pid, child);
  EXPECT_GT(ResidentBytes(found), 0u);
  SignalAll(found, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
}

}  // namespace
}  // namespace assay
