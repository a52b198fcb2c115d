#include "host/process_usage.h"

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"

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

// Run by the next test in a process of its own.
TEST(ProcessUsage, DISABLED_PrintsItsPeak) {
  std::printf("peak=%lld\n", static_cast<long long>(ReadProcessUsage().peak_rss_bytes));
}

TEST(ProcessUsage, AParentsMemoryIsNotItsChilds) {
  constexpr std::size_t kBytes = std::size_t{256} << 20U;
  const std::vector<char> held(kBytes, 'x');
  const std::string command = fmt::format(
      "exec {} --gtest_also_run_disabled_tests --gtest_filter=ProcessUsage.DISABLED_PrintsItsPeak",
      fs::read_symlink("/proc/self/exe").string());
  std::FILE* child = ::popen(command.c_str(), "r");
  ASSERT_NE(child, nullptr);
  long long peak = -1;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), child) != nullptr) {
    // NOLINTNEXTLINE(cert-err34-c): the line is this file's own
    if (std::sscanf(line.data(), "peak=%lld", &peak) == 1) break;
  }
  ::pclose(child);
  EXPECT_GT(peak, 0);
  EXPECT_LT(peak, static_cast<long long>(kBytes));
  EXPECT_EQ(held[kBytes - 1], 'x');
}

}  // namespace
}  // namespace assay
