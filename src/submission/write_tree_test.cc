#include "submission/write_tree.h"

#include <csignal>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

using testing::HasSubstr;

class PendingDirectoryTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(base_); }
  void TearDown() override { fs::remove_all(base_); }

  [[nodiscard]] std::size_t Entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(base_), fs::directory_iterator()));
  }

  fs::path base_ =
      fs::path(testing::TempDir()) /
      fmt::format("pending_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(PendingDirectoryTest, AppearsWhole) {
  auto pending = PendingDirectory::Create(base_ / "tree/");
  ASSERT_TRUE(pending.has_value());
  ASSERT_TRUE(pending->Write({{"a/b/c.txt", "c"}, {"d.txt", ""}}).has_value());
  EXPECT_FALSE(fs::exists(base_ / "tree"));
  ASSERT_TRUE(pending->Place().has_value());
  EXPECT_EQ(*ReadFile(base_ / "tree/a/b/c.txt"), "c");
  EXPECT_EQ(Entries(), 1U);
}

TEST_F(PendingDirectoryTest, LeavesNothingWhereItIsNotPlaced) {
  {
    auto pending = PendingDirectory::Create(base_ / "tree");
    ASSERT_TRUE(pending.has_value());
    ASSERT_TRUE(pending->Write({{"a/b.txt", "b"}}).has_value());
  }
  EXPECT_EQ(Entries(), 0U);
}

TEST_F(PendingDirectoryTest, OverwritesNothing) {
  fs::create_directories(base_ / "empty");
  std::ofstream(base_ / "file") << "x";
  fs::create_symlink(base_ / "nowhere", base_ / "link");
  for (const char* name : {"empty", "file", "link"}) {
    const auto pending = PendingDirectory::Create(base_ / name);
    ASSERT_FALSE(pending.has_value()) << name;
    EXPECT_THAT(pending.error().message, HasSubstr("nothing is overwritten"));
  }
  auto pending = PendingDirectory::Create(base_ / "late");
  ASSERT_TRUE(pending.has_value());
  fs::create_directories(base_ / "late");
  EXPECT_FALSE(pending->Place().has_value());
}

// A limit of this process's files stands for a full disk: write(2) fails in the middle.
TEST_F(PendingDirectoryTest, LeavesNothingOnAFullDisk) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
    const rlimit limit{10000, 10000};
    static_cast<void>(::setrlimit(RLIMIT_FSIZE, &limit));
    auto pending = PendingDirectory::Create(base_ / "tree");
    const bool failed =
        pending &&
        !pending->Write({{"a.txt", "a"}, {"b/large.txt", std::string(20000, 'b')}}).has_value();
    { const auto gone = std::move(pending); }
    ::_exit(failed ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Entries(), 0U);
}

TEST(LiesInside, FollowsPathsAndNotNames) {
  EXPECT_TRUE(LiesInside("a/b/c", "a/b"));
  EXPECT_TRUE(LiesInside("a/b", "a/b"));
  EXPECT_TRUE(LiesInside("a/x/../b/c", "a/b/"));
  EXPECT_FALSE(LiesInside("a/bc", "a/b"));
  EXPECT_FALSE(LiesInside("a", "a/b"));
}

}  // namespace
}  // namespace assay
