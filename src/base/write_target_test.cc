#include "base/write_target.h"

#include <future>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"

namespace assay {
namespace {

class WriteTargetTest : public testing::Test {
 protected:
  WriteTargetTest() { fs::create_directories(folder_ / "other"); }
  ~WriteTargetTest() override { fs::remove_all(folder_); }
  WriteTargetTest(const WriteTargetTest&) = delete;
  WriteTargetTest& operator=(const WriteTargetTest&) = delete;

  fs::path folder_ = fs::temp_directory_path() / fmt::format("assay-write-target-{}", ::getpid());
};

TEST_F(WriteTargetTest, LinksLeadToTheFile) {
  fs::create_symlink("other/target", folder_ / "link");
  fs::create_symlink("link", folder_ / "link to link");
  EXPECT_EQ(FindWriteTarget(folder_ / "link to link").path, folder_ / "other" / "target");
  EXPECT_TRUE(FindWriteTarget(folder_ / "link to link").is_replaceable);
  for (const std::string bytes : {"new", "newer"}) {
    ASSERT_TRUE(WriteFileAtomically(folder_ / "link to link", bytes));
    EXPECT_TRUE(fs::is_symlink(folder_ / "link to link"));
    EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
    EXPECT_EQ(ReadFile(folder_ / "other" / "target").value(), bytes);
  }
}

TEST_F(WriteTargetTest, APipeIsWrittenTo) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(FindWriteTarget(pipe).is_replaceable);
  auto reading = std::async(std::launch::async, [&pipe] { return ReadFile(pipe); });
  ASSERT_TRUE(WriteFileAtomically(pipe, "through"));
  EXPECT_EQ(reading.get().value(), "through");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(WriteTargetTest, DevicesAndDescriptorsStay) {
  for (const char* const path :
       {"/dev/null", "/dev/stdout", "/proc/self/fd/1", "/dev/../dev/null"}) {
    EXPECT_FALSE(FindWriteTarget(path).is_replaceable) << path;
  }
  fs::create_symlink("/proc/self/fd/1", folder_ / "out");
  EXPECT_FALSE(FindWriteTarget(folder_ / "out").is_replaceable);
  for (const char* const path : {"new", "other", "other/new", "absent/new", "", "device"}) {
    EXPECT_TRUE(FindWriteTarget(folder_ / path).is_replaceable) << path;
  }
}

}  // namespace
}  // namespace assay
