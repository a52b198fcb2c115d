#include "base/random_access_file.h"

#include <cstddef>
#include <filesystem>
#include <future>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"

namespace assay {
namespace {

using testing::HasSubstr;

class RandomAccessFileTest : public testing::Test {
 protected:
  RandomAccessFileTest() { fs::create_directories(folder_); }
  ~RandomAccessFileTest() override { fs::remove_all(folder_); }
  RandomAccessFileTest(const RandomAccessFileTest&) = delete;
  RandomAccessFileTest& operator=(const RandomAccessFileTest&) = delete;

  [[nodiscard]] RandomAccessFile Write(std::string_view bytes) const {
    EXPECT_TRUE(WriteFileAtomically(path_, bytes));
    return RandomAccessFile::Open(path_).value();
  }

  fs::path folder_ =
      fs::temp_directory_path() / fmt::format("assay-random-access-file-{}", ::getpid());
  fs::path path_ = folder_ / "file";
};

std::string RandomBytes(std::size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST_F(RandomAccessFileTest, TwoThreadsReadWhatThereIs) {
  constexpr std::size_t kPiece = std::size_t{1} << 18U;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPiece - 1, kPiece, kPiece + 1,
                                 20 * kPiece, 20 * kPiece + 4321}) {
    const std::string expected = RandomBytes(size);
    const RandomAccessFile file = Write(expected);
    EXPECT_EQ(file.size(), size);
    WorkerThreads helper(1);
    for (const std::size_t part : {size, size / 2}) {
      std::string bytes(part, '\0');
      const Status read = SharedRead(file, bytes, &helper).Finish();
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_TRUE(bytes == expected.substr(0, part)) << size;
    }
  }
}

TEST_F(RandomAccessFileTest, AHelperThatIsBusyIsNotWaitedFor) {
  const std::string expected = RandomBytes(std::size_t{3} << 20U);
  const RandomAccessFile file = Write(expected);
  std::promise<void> end;
  WorkerThreads helper(1);
  auto busy = helper.Start([&end] { end.get_future().wait(); });
  {
    std::string bytes(expected.size(), '\0');
    ASSERT_TRUE(SharedRead(file, bytes, &helper).Finish());
    EXPECT_TRUE(bytes == expected);
  }
  end.set_value();
  busy.wait();
}

TEST_F(RandomAccessFileTest, PartsAreReadAtTheirPlaces) {
  const RandomAccessFile file = Write("0123456789");
  std::string part(3, '\0');
  ASSERT_TRUE(file.ReadAt(7, part));
  EXPECT_EQ(part, "789");
  ASSERT_TRUE(file.ReadAt(0, part));
  EXPECT_EQ(part, "012");
  const Status beyond = file.ReadAt(8, part);
  ASSERT_FALSE(beyond);
  EXPECT_THAT(beyond.error().message, HasSubstr("file: ends at byte 10, and had 10 when"));
}

TEST_F(RandomAccessFileTest, AFileThatGotShorterIsAnError) {
  const std::string before = RandomBytes(std::size_t{3} << 20U);
  const RandomAccessFile file = Write(before);
  fs::resize_file(path_, 1000);
  std::string bytes(before.size(), '\0');
  WorkerThreads helper(1);
  const Status read = SharedRead(file, bytes, &helper).Finish();
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("and had 3145728 when it was opened"));
}

TEST_F(RandomAccessFileTest, OnlyRegularFilesAreOpened) {
  const auto error = [](const fs::path& path) {
    const auto file = RandomAccessFile::Open(path);
    return file ? "" : file.error().message;
  };
  EXPECT_THAT(error(folder_ / "absent"), HasSubstr("absent: cannot be opened: No such file"));
  EXPECT_THAT(error(folder_), HasSubstr(": is no regular file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(error(folder_ / "pipe"), HasSubstr("pipe: is no regular file"));
}

}  // namespace
}  // namespace assay
