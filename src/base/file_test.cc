#include "base/file.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

fs::path FreshDirectory(const char* name) {
  fs::path dir = fs::path(testing::TempDir()) / "assay_file_test" / name;
  fs::remove_all(dir);
  fs::create_directories(dir);
  return dir;
}

TEST(ReadFile, NamesThePathAndTheReason) {
  const fs::path dir = FreshDirectory("read");
  const auto absent = ReadFile(dir / "absent");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, ErrorCode::kIo);
  EXPECT_NE(absent.error().message.find("absent: cannot open: No such file"), std::string::npos);
  EXPECT_NE(ReadFile(dir).error().message.find("is a directory"), std::string::npos);
}

TEST(ReadFile, RefusesWhatIsTooLargeBeforeReadingIt) {
  const fs::path path = FreshDirectory("large") / "sparse";
  ASSERT_TRUE(WriteFileAtomically(path, "x"));
  fs::resize_file(path, std::uintmax_t{5} << 30U);
  const auto read = ReadFile(path);
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().message.find("is 5368709120 bytes"), std::string::npos);
}

TEST(WriteFileAtomically, ReplacesAndLeavesNoTemporary) {
  const fs::path dir = FreshDirectory("write");
  ASSERT_TRUE(WriteFileAtomically(dir / "f", "one"));
  ASSERT_TRUE(WriteFileAtomically(dir / "f", std::string("t\0wo", 4)));
  EXPECT_EQ(*ReadFile(dir / "f"), std::string("t\0wo", 4));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir), fs::directory_iterator()), 1);
}

TEST(AppendFile, AppendsAndRefusesAnExistingFile) {
  const fs::path dir = FreshDirectory("append");
  auto file = AppendFile::Create(dir / "j");
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(file->Append("a\n"));
  ASSERT_TRUE(file->Append("b\n"));
  EXPECT_EQ(*ReadFile(dir / "j"), "a\nb\n");
  EXPECT_FALSE(AppendFile::Create(dir / "j").has_value());
}

}  // namespace
}  // namespace assay
