#include "base/atomic_file.h"

#include <array>
#include <csignal>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class AtomicFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::size_t Files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / "assay_atomic_file_test" /
                     ::testing::UnitTest::GetInstance()->current_test_info()->name();
  fs::path path_ = folder_ / "out.jsonl";
};

// Of the file systems that these tests may run on not all have files without a name.
constexpr std::array kWays = {&AtomicFile::Create, &AtomicFile::CreateNamed};

TEST_F(AtomicFileTest, AppearsWhole) {
  for (const auto create : kWays) {
    ASSERT_TRUE(WriteFileAtomically(path_, "old").has_value());
    auto file = create(path_);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->Write("new ").has_value());
    ASSERT_TRUE(file->Write("text").has_value());
    EXPECT_EQ(ReadFile(path_).value(), "old");
    ASSERT_TRUE(file->Commit().has_value());
    EXPECT_EQ(ReadFile(path_).value(), "new text");
    EXPECT_EQ(Files(), 1U);
  }
}

TEST_F(AtomicFileTest, WritesInPiecesOfAnySize) {
  std::string all;
  auto file = AtomicFile::Create(path_);
  ASSERT_TRUE(file.has_value());
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 200'000U, 3U}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(file->Write(piece).has_value());
    all += piece;
  }
  ASSERT_TRUE(file->Commit().has_value());
  EXPECT_EQ(ReadFile(path_).value(), all);
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  for (const auto create : kWays) {
    auto file = create(path_);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->Write("new").has_value());
    const AtomicFile moved = *std::move(file);
    EXPECT_FALSE(fs::exists(path_));
  }
  EXPECT_EQ(Files(), 0U);
}

// A signal that nobody handles is as a kill.
TEST_F(AtomicFileTest, AKilledProcessLeavesNothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto file = AtomicFile::Create(path_);
    const bool written = file.has_value() && file->Write(std::string(100'000, 'x')).has_value();
    if (written) ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(Files(), 0U);
}

TEST_F(AtomicFileTest, WhatAnotherProcessLeftIsNotInTheWay) {
  std::ofstream(fmt::format("{}.partial-{}", path_.string(), ::getpid())) << "left";
  for (const auto create : kWays) {
    auto file = create(path_);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->Write("new").has_value());
    ASSERT_TRUE(file->Commit().has_value());
    EXPECT_EQ(ReadFile(path_).value(), "new");
    EXPECT_EQ(Files(), 1U);
  }
}

TEST_F(AtomicFileTest, SaysWhatCannotBeWritten) {
  EXPECT_THAT(AtomicFile::Create(folder_ / "no" / "file").error().message,
              HasSubstr("no/file: cannot write: No such file"));
  ASSERT_TRUE(MakeDirectories(path_).has_value());
  for (const auto create : kWays) {
    auto file = create(path_);
    ASSERT_TRUE(file.has_value());
    EXPECT_FALSE(file->Commit().has_value());  // a directory is in its place
  }
  EXPECT_EQ(Files(), 1U);
}

}  // namespace
}  // namespace assay
