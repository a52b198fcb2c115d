#include "metrics/machine_series.h"

#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TelemetrySample At(std::int64_t second, std::uint64_t busy_ms, std::uint64_t idle_ms) {
  TelemetrySample sample;
  sample.t_ns = second * kSecond;
  sample.cpus = {{busy_ms, idle_ms, 0}};
  return sample;
}

const MachineSeries::Column* Find(const MachineSeries& series, const std::string& name) {
  for (const MachineSeries::Column& column : series.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

TEST(MachineSeries, CountersAreRatesBetweenTheSamplesInside) {
  Telemetry t;
  t.header.energy = {{"package-0", "", 1000}};
  t.samples = {At(0, 0, 0), At(1, 0, 1000), At(2, 750, 1250), At(3, 1750, 1250), At(9, 9, 9)};
  const std::vector<std::uint64_t> energy{0, 100, 900, 400, 0};  // 1,000 is 0 again
  for (std::size_t i = 0; i < energy.size(); ++i) t.samples[i].energy_uj = {energy[i]};
  const MachineSeries series = MachineSeriesOf(t, kSecond, 3 * kSecond, 100);
  EXPECT_EQ(series.seconds, (std::vector<double>{1.0, 2.0}));
  const auto* cpu = Find(series, "CPUs busy");
  ASSERT_NE(cpu, nullptr);
  EXPECT_DOUBLE_EQ(*cpu->values[0], 75.0);
  EXPECT_DOUBLE_EQ(*cpu->values[1], 100.0);
  const auto* power = Find(series, "package-0");
  ASSERT_NE(power, nullptr);
  EXPECT_DOUBLE_EQ(*power->values[0], 800e-6);
  EXPECT_DOUBLE_EQ(*power->values[1], 500e-6);
}

TEST(MachineSeries, GaugesAreAbsentWhereTheyWereNotRead) {
  Telemetry t;
  t.header.gpus = {{}};
  t.samples = {At(0, 0, 0), At(1, 1, 1), At(2, 2, 2)};
  t.samples[2].gpus = {{}};
  t.samples[2].gpus[0].power_mw = 250'000;
  t.samples[1].process = ProcessSample{3U << 20U, 0, 1};
  const MachineSeries series = MachineSeriesOf(t, 0, 2 * kSecond, 100);
  const auto* power = Find(series, "GPU 0");
  ASSERT_NE(power, nullptr);
  EXPECT_FALSE(power->values[0]);
  EXPECT_DOUBLE_EQ(*power->values[1], 250.0);
  EXPECT_DOUBLE_EQ(*Find(series, "memory of the test's process")->values[0], 3.0);
  EXPECT_EQ(Find(series, "GPU 0 busy"), nullptr) << "never read";
}

TEST(MachineSeries, WhatAServerSaidLastHoldsForTwoSecondsAndAHalf) {
  Telemetry t;
  t.header.servers = {"http://a"};
  for (std::int64_t second = 0; second < 6; ++second) t.samples.push_back(At(second, 0, 1));
  ServerLoadSample load;
  load.running = 8.0;
  load.kv_cache_used = 0.5;
  t.samples[1].servers = {load};
  const MachineSeries series = MachineSeriesOf(t, kSecond, 5 * kSecond, 100);
  const auto* running = Find(series, "computed at http://a");
  ASSERT_NE(running, nullptr);
  EXPECT_EQ(running->values,
            (std::vector<std::optional<double>>{8.0, 8.0, std::nullopt, std::nullopt}));
  EXPECT_DOUBLE_EQ(*Find(series, "in use at http://a")->values[0], 50.0);
  EXPECT_EQ(Find(series, "waiting at http://a"), nullptr) << "never told";
}

TEST(MachineSeries, TakesNeighboursTogether) {
  Telemetry t;
  for (std::int64_t i = 0; i <= 100; ++i) {
    const auto ms = static_cast<std::uint64_t>(i) * 1000;
    t.samples.push_back(At(i, ms / 4, ms * 3 / 4));
  }
  const MachineSeries series = MachineSeriesOf(t, 0, 100 * kSecond, 10);
  EXPECT_EQ(series.seconds.size(), 10U);
  EXPECT_DOUBLE_EQ(*Find(series, "CPUs busy")->values[3], 25.0);
}

TEST(MachineSeries, NeedsTwoSamples) {
  Telemetry t;
  t.samples = {At(0, 0, 0)};
  EXPECT_TRUE(MachineSeriesOf(t, 0, kSecond, 10).columns.empty());
}

}  // namespace
}  // namespace assay
