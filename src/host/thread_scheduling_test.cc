#include "host/thread_scheduling.h"

#include <string>

#include <gtest/gtest.h>

namespace assay {
namespace {

class TaskDirectory : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) / "assay_tasks" /
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
  }
  void Write(const std::string& thread, const std::string& name, const std::string& times) {
    ASSERT_TRUE(MakeDirectories(root_ / thread).has_value());
    ASSERT_TRUE(WriteFileAtomically(root_ / thread / "comm", name + "\n").has_value());
    if (times.empty()) return;
    ASSERT_TRUE(WriteFileAtomically(root_ / thread / "schedstat", times).has_value());
  }
  fs::path root_;
};

TEST_F(TaskDirectory, IsReadThreadByThread) {
  Write("120", "assay", "5000000 700 12\n");
  Write("45", "client io", "18446744073709551615 0 3\n");
  const auto threads = ReadThreadScheduling(root_);
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_EQ(threads[0].thread_id, 45);
  EXPECT_EQ(threads[0].name, "client io");
  EXPECT_EQ(threads[0].run_ns, 18446744073709551615ULL);
  EXPECT_EQ(threads[1].wait_ns, 700U);
  EXPECT_EQ(threads[1].timeslices, 12U);
}

TEST_F(TaskDirectory, WhatTheKernelDoesNotTellIsAbsent) {
  Write("1", "no schedstat", "");
  Write("2", "not numbers", "a b c\n");
  Write("3", "cut off", "5 6\n");
  EXPECT_TRUE(ReadThreadScheduling(root_).empty());
  EXPECT_TRUE(ReadThreadScheduling(root_ / "nothing").empty());
}

TEST(SchedulingBetween, CountsFromTheEarlierReadingOrTheThreadsStart) {
  const std::vector<ThreadScheduling> earlier{{7, "a", 100, 10, 2}, {8, "gone", 5, 5, 5}};
  const auto between = SchedulingBetween(earlier, {{7, "a", 150, 30, 5}, {9, "new", 40, 4, 1}});
  ASSERT_EQ(between.size(), 2U);
  EXPECT_EQ(between[0].run_ns, 50U);
  EXPECT_EQ(between[0].wait_ns, 20U);
  EXPECT_EQ(between[0].timeslices, 3U);
  EXPECT_EQ(between[1].run_ns, 40U);
}

TEST(ReadThreadScheduling, SeesThisThreadRun) {
  const auto before = ReadThreadScheduling();
  if (before.empty()) GTEST_SKIP() << "/proc/self/task/*/schedstat is not there";
  std::uint64_t sum = 0;
  std::uint64_t ran = 0;
  while (ran < 1'000'000) {
    for (int i = 0; i < 100'000; ++i) sum = sum * 31 + static_cast<std::uint64_t>(i);
    ran = 0;
    for (const auto& thread : SchedulingBetween(before, ReadThreadScheduling())) {
      ran += thread.run_ns;
    }
  }
  EXPECT_GT(sum, 0U);
}

}  // namespace
}  // namespace assay
