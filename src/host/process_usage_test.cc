#include "host/process_usage.h"

#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ProcessUsage, SeesMemoryThatWasTouched) {
  const ProcessUsage before = ReadProcessUsage();
  EXPECT_GT(before.peak_rss_bytes, 0);
  constexpr std::size_t kBytes = std::size_t{64} << 20U;
  const std::vector<char> touched(kBytes, 'x');
  EXPECT_EQ(touched[kBytes - 1], 'x');
  const ProcessUsage after = ReadProcessUsage();
  EXPECT_GE(after.peak_rss_bytes, static_cast<std::int64_t>(kBytes));
  EXPECT_GE(after.cpu_seconds, before.cpu_seconds);
}

}  // namespace
}  // namespace assay
