#include "host/machine_peak.h"

#include <vector>

#include <gtest/gtest.h>

#include "host/peak_kernels.h"

namespace assay {
namespace {

TEST(PeakKernels, ComputeWhatTheySay) {
  const PeakKernels& kernels = FastestKernels();
  std::vector<float> b(4 * kPeakGrain);
  std::vector<float> c(b.size());
  std::vector<float> a(b.size());
  float sum = 0.0F;
  for (std::size_t i = 0; i < b.size(); ++i) {
    b[i] = static_cast<float>(i % 7);
    c[i] = static_cast<float>(i % 5);
    sum += b[i];
  }
  EXPECT_EQ(kernels.sum(b.data(), b.size()), sum);  // small whole numbers: exact in any order
  kernels.triad(a.data(), b.data(), c.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i], b[i] + 3.0F * c[i]) << i;
  // From 0 on, every register goes f, f·f + f, ...: not 0, and not infinite.
  const float result = kernels.multiply_add(10);
  EXPECT_GT(result, 0.0F);
  EXPECT_LT(result, 1e6F);
  EXPECT_GE(kernels.operations_per_round, 96U);
}

TEST(MeasurePeak, GivesSpeedsThatMachinesHave) {
  PeakOptions options;
  options.threads = 2;
  options.most_bytes = std::uint64_t{48} << 20U;
  options.time_each = std::chrono::milliseconds(20);
  const MeasuredPeak peak = MeasurePeak(options, SteadyClock());
  EXPECT_EQ(peak.threads, 2);
  EXPECT_EQ(peak.array_bytes, std::uint64_t{8} << 20U);
  EXPECT_GT(peak.read_bytes_per_s, 1e8);
  EXPECT_LT(peak.read_bytes_per_s, 1e13);
  EXPECT_GT(peak.triad_bytes_per_s, 1e8);
  EXPECT_GT(peak.f32_per_s, 1e8);
  const Json json = ToJson(peak, 123);
  EXPECT_EQ(json["bytes_per_s"].get<double>(),
            std::max(peak.read_bytes_per_s, peak.triad_bytes_per_s));
  EXPECT_EQ(json["last_level_cache_bytes"], 123);
}

// A clock that moves by one millisecond at each look: the time between two looks is what is taken.
class StepClock final : public Clock {
 public:
  [[nodiscard]] MonoTime Now() const override { return FromNanos(1'000'000 * looks_.fetch_add(1)); }

 private:
  mutable std::atomic<std::int64_t> looks_{1};
};

TEST(MeasurePeak, DividesWorkByTime) {
  PeakOptions options;
  options.threads = 1;
  options.most_bytes = std::uint64_t{3} << 20U;
  options.time_each = std::chrono::milliseconds(1);
  const StepClock clock;
  const MeasuredPeak peak = MeasurePeak(options, clock);
  EXPECT_EQ(peak.array_bytes, std::uint64_t{1} << 20U);
  EXPECT_NEAR(peak.read_bytes_per_s, 1048576.0 * 1000.0, 1.0);
  EXPECT_NEAR(peak.triad_bytes_per_s, 3.0 * 1048576.0 * 1000.0, 3.0);
}

TEST(LastLevelCache, IsTheSumOfItsInstances) {
  const Json host{{"cpu",
                   {{"logical_cpus", 16U},
                    {"caches",
                     {{{"level", 1U}, {"size_bytes", 1U}, {"shared_by_cpus", 2U}},
                      {{"level", 3U}, {"size_bytes", 32U}, {"shared_by_cpus", 8U}}}}}}};
  EXPECT_EQ(LastLevelCacheBytes(host), 64U);
  EXPECT_EQ(LastLevelCacheBytes(Json::object()), 0U);
}

}  // namespace
}  // namespace assay
