#include "base/atomic_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST_F(AtomicFileTest, AppearsWhole) {
  ASSERT_TRUE(WriteFileAtomically(path_, "old").has_value());
  {
    auto file = AtomicFile::Create(path_);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->Write("new ").has_value());
    ASSERT_TRUE(file->Write("text").has_value());
    EXPECT_EQ(ReadFile(path_).value(), "old");
    ASSERT_TRUE(file->Commit().has_value());
  }
  EXPECT_EQ(ReadFile(path_).value(), "new text");
  EXPECT_EQ(Files(), 1U);
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  {
    auto file = AtomicFile::Create(path_);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->Write("new").has_value());
  }
  EXPECT_EQ(Files(), 0U);
}

TEST_F(AtomicFileTest, SaysWhatCannotBeWritten) {
  EXPECT_THAT(AtomicFile::Create(folder_ / "no" / "file").error().message,
              HasSubstr("no/file: cannot write: No such file"));
  ASSERT_TRUE(MakeDirectories(path_).has_value());
  auto file = AtomicFile::Create(path_);
  ASSERT_TRUE(file.has_value());
  EXPECT_FALSE(file->Commit().has_value());  // a directory is in its place
  EXPECT_EQ(Files(), 1U);
}

}  // namespace
}  // namespace assay
