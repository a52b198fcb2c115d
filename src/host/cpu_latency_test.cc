#include "host/cpu_latency.h"

#include <cstring>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace assay {
namespace {

using ::testing::HasSubstr;

// A pipe in place of the device: it shows what was written, and that the writer's end is open.
class CpuLatencyRequestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove(device_);
    ASSERT_EQ(::mkfifo(device_.c_str(), 0600), 0);
    read_end_ = ::open(device_.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(read_end_, 0);
  }
  void TearDown() override {
    ::close(read_end_);
    fs::remove(device_);
  }
  // Value: nullopt while somebody may still write; what was written, empty once nobody does.
  [[nodiscard]] std::optional<std::string> Read() const {
    std::string bytes(16, '\0');
    const ssize_t n = ::read(read_end_, bytes.data(), bytes.size());
    if (n < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(n));
    return bytes;
  }

  fs::path device_ = fs::path(::testing::TempDir()) /
                     (std::string("assay_cpu_latency_") +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name());
  int read_end_ = -1;
};

TEST_F(CpuLatencyRequestTest, HoldsAsLongAsTheValueLives) {
  const std::int32_t us = 70'000;
  std::string expected(sizeof(us), '\0');
  std::memcpy(expected.data(), &us, sizeof(us));
  {
    auto held = CpuLatencyRequest::Hold(us, device_);
    ASSERT_TRUE(held.has_value()) << held.error().message;
    const CpuLatencyRequest kept = *std::move(held);
    EXPECT_EQ(Read(), expected);
    EXPECT_EQ(Read(), std::nullopt);
  }
  EXPECT_EQ(Read(), "");
}

TEST_F(CpuLatencyRequestTest, SaysThatThereIsNoDevice) {
  const auto absent = CpuLatencyRequest::Hold(0, device_.string() + "_absent");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, ErrorCode::kIo);
  EXPECT_THAT(absent.error().message,
              HasSubstr("_absent: cannot keep processors out of idle states: No such file"));
}

}  // namespace
}  // namespace assay
