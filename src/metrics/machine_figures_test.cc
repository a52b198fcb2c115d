#include "metrics/machine_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/machine_json.h"
#include "metrics/test_requests.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::int64_t kSecond = 1'000'000'000;

// Two requests, due at 2 s, the later one done at 6 s, of 10 tokens together.
std::vector<RequestRecord> TwoRequests() {
  std::vector<RequestRecord> requests{Issued(0, 0, 2000, 2000), Issued(1, 0, 2000, 2000)};
  SetAnswer(requests[0], {{3000, 2}, {4000, 2}}, 4000);
  SetAnswer(requests[1], {{3000, 3}, {6000, 3}}, 6000);
  return requests;
}

TestRecord PlainTest() {
  TestRecord test;
  test.origin_not_before_ns = Ms(2000);
  test.engine.emplace().engine = "llama";
  return test;
}

MachineFigures FiguresOf(const Telemetry& telemetry, const TestRecord& test = PlainTest()) {
  const std::vector<RequestRecord> requests = TwoRequests();
  return ComputeMachineFigures(telemetry, requests, test, ComputeMetrics(requests, test, {}));
}

// A sample every second from 0 to 8 s, each made by `fill`.
template <typename Fill>
Telemetry EverySecond(Fill fill) {
  Telemetry telemetry;
  telemetry.header.rate_hz = 1.0;
  for (std::uint64_t s = 0; s <= 8; ++s) {
    TelemetrySample& sample = telemetry.samples.emplace_back();
    sample.t_ns = static_cast<std::int64_t>(s) * kSecond;
    sample.own_cpu_ns = static_cast<std::int64_t>(s) * 1'000'000;
    fill(s, sample);
  }
  return telemetry;
}

TEST(WindowOf, IsFromTheFirstScheduledTimeToTheLastEnd) {
  const auto window = WindowOf(TwoRequests(), PlainTest());
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->begin_ns, 2 * kSecond);
  EXPECT_EQ(window->end_ns, 6 * kSecond);
  EXPECT_FALSE(WindowOf({}, PlainTest()).has_value());
}

TEST(MachineFigures, WhatTelemetryCost) {
  const MachineFigures m = FiguresOf(EverySecond([](auto, auto&) {}));
  EXPECT_EQ(m.samples, 9U);
  EXPECT_DOUBLE_EQ(*m.longest_gap_s, 1.0);
  EXPECT_DOUBLE_EQ(*m.own_cpu_share, 0.001);
  EXPECT_TRUE(m.covers_window);
  // Nothing else was read: nothing else is a number.
  EXPECT_FALSE(m.cpu_busy_mean.has_value());
  EXPECT_FALSE(m.throttle_events.has_value());
  EXPECT_FALSE(m.energy.has_value());
}

// Two CPUs. In the window one works half, the other not at all; before it both work fully.
TEST(MachineFigures, ProcessorsOverTheWindowOnly) {
  const Telemetry telemetry = EverySecond([](std::uint64_t s, TelemetrySample& sample) {
    const std::uint64_t before = std::min<std::uint64_t>(s, 2);
    const std::uint64_t since = s - before;
    sample.cpus = {{before * 1000 + since * 500, since * 400, since * 100},
                   {before * 1000, since * 1000, 0}};
    ProcessSample process;
    process.cpu_ms = 500 + since * 300;
    process.rss_bytes = s * 100;
    sample.process = process;
  });
  const MachineFigures m = FiguresOf(telemetry);
  EXPECT_DOUBLE_EQ(*m.cpu_busy_mean, 0.25);
  EXPECT_DOUBLE_EQ(*m.cpu_busy_max, 0.25);
  EXPECT_DOUBLE_EQ(*m.cpu_steal_mean, 0.05);
  EXPECT_DOUBLE_EQ(*m.process_cpus_mean, 0.3);
  EXPECT_NEAR(*m.others_cpus_mean, 0.2, 1e-12);
  EXPECT_DOUBLE_EQ(*m.process_rss_max_bytes, 600.0);  // at 6 s, its end
  EXPECT_FALSE(m.engine_cpus_mean.has_value());
}

TEST(MachineFigures, CountsThatOnlyMatterIfTheyGrew) {
  const Telemetry telemetry = EverySecond([](std::uint64_t s, TelemetrySample& sample) {
    if (s % 4 == 1) sample.throttle_events = s;  // read at 1 s and at 5 s only
    sample.swapped_pages = 7;
    sample.pressure = PressureSample{s * 250'000, 0, s * 1'000'000};
    if (s == 4) sample.mhz = {1000, 3000};
    if (s == 5) sample.mhz = {2000, 4000};
  });
  const MachineFigures m = FiguresOf(telemetry);
  EXPECT_DOUBLE_EQ(*m.throttle_events, 4.0);
  EXPECT_DOUBLE_EQ(*m.swapped_pages, 0.0);
  EXPECT_DOUBLE_EQ(*m.pressure_cpu, 0.25);
  EXPECT_DOUBLE_EQ(*m.pressure_io, 1.0);
  EXPECT_DOUBLE_EQ(*m.mhz_mean, 2500.0);
  EXPECT_DOUBLE_EQ(*m.mhz_min, 2000.0);
}

// 10 W of the package, 2 W of memory; the cores are in the package, the board is not asked for.
Telemetry WithEnergy() {
  Telemetry telemetry = EverySecond([](std::uint64_t s, TelemetrySample& sample) {
    const std::uint64_t wrapped = (995'000'000 + s * 10'000'000) % 1'000'000'000;
    sample.energy_uj = {wrapped, s * 6'000'000, s * 2'000'000, s * 50'000'000};
  });
  telemetry.header.energy = {
      {"package-0", "", 1'000'000'000}, {"core", "", 0}, {"dram", "", 0}, {"psys", "", 0}};
  return telemetry;
}

TEST(MachineFigures, EnergyPerTokenAndPerSample) {
  const MachineFigures m = FiguresOf(WithEnergy());
  ASSERT_TRUE(m.energy.has_value());
  EXPECT_THAT(m.energy->counted, ElementsAre("package-0", "dram"));
  EXPECT_NEAR(m.energy->joules, 48.0, 1e-9);
  EXPECT_NEAR(m.energy->watts_mean, 12.0, 1e-9);
  EXPECT_NEAR(*m.energy->joules_per_output_token, 4.8, 1e-9);
  EXPECT_NEAR(*m.energy->joules_per_sample, 24.0, 1e-9);
  EXPECT_EQ(ToJson(m)["energy"]["official_power_result"], false);
}

TEST(MachineFigures, EnergyOfAnEngineElsewhereIsNotPerToken) {
  TestRecord test = PlainTest();
  test.engine->engine = "openai";
  Telemetry telemetry = WithEnergy();
  const MachineFigures remote = FiguresOf(telemetry, test);
  ASSERT_TRUE(remote.energy.has_value());
  EXPECT_FALSE(remote.energy->joules_per_output_token.has_value());
  EXPECT_EQ(remote.energy->not_per_token, "the engine is not known to be on this machine");
  telemetry.header.engine_pid = 12;
  EXPECT_TRUE(FiguresOf(telemetry, test).energy->joules_per_output_token.has_value());
}

TEST(MachineFigures, EnergyThatDoesNotCoverTheWindowIsAbsent) {
  Telemetry telemetry = WithEnergy();
  telemetry.samples.resize(6);  // the last at 5 s: the test was killed, or the file was cut
  const MachineFigures m = FiguresOf(telemetry);
  EXPECT_FALSE(m.covers_window);
  EXPECT_FALSE(m.energy.has_value());
}

TEST(MachineFigures, GpusByCounterOrByPower) {
  Telemetry telemetry = EverySecond([](std::uint64_t s, TelemetrySample& sample) {
    sample.gpus.resize(2);
    sample.gpus[0].energy_mj = s * 300'000;
    sample.gpus[0].utilisation_percent = s * 10;
    sample.gpus[0].throttle_reasons = s == 3 ? 0x5 : 0x1;  // idle is no limit
    sample.gpus[0].temperature_c = 40 + s;
    sample.gpus[1].power_mw = s < 4 ? 100'000 : 200'000;
  });
  telemetry.header.gpus.resize(2);
  telemetry.header.gpus[0].name = "A";
  const MachineFigures m = FiguresOf(telemetry);
  ASSERT_EQ(m.gpus.size(), 2U);
  EXPECT_NEAR(*m.gpus[0].energy_j, 1200.0, 1e-9);
  EXPECT_NEAR(*m.gpus[0].power_mean_w, 300.0, 1e-9);
  EXPECT_NEAR(*m.gpus[0].utilisation_mean, 0.4, 1e-12);
  EXPECT_NEAR(*m.gpus[0].utilisation_max, 0.6, 1e-12);
  EXPECT_DOUBLE_EQ(*m.gpus[0].temperature_max_c, 46.0);
  EXPECT_THAT(m.gpus[0].limited, ElementsAre(Pair("power cap", 0.2)));
  // 100 W from 2 to 3, rising to 4, 200 W from 4 to 6.
  EXPECT_NEAR(*m.gpus[1].energy_j, 100.0 + 150.0 + 400.0, 1e-9);
  EXPECT_TRUE(m.gpus[1].energy_from_power);
  EXPECT_THAT(m.energy->counted, ElementsAre("GPU 0", "GPU 1 (power, integrated)"));
  EXPECT_NEAR(m.energy->joules, 1850.0, 1e-9);
}

TEST(MachineFigures, ServersByWhatTheyAnswered) {
  Telemetry telemetry = EverySecond([](std::uint64_t s, TelemetrySample& sample) {
    const auto n = static_cast<double>(s);
    ServerLoadSample load;
    load.t_ns = sample.t_ns - kSecond / 2;
    load.running = n;
    load.kv_cache_used = n / 10.0;
    load.generation_tokens = 1000.0 + 100.0 * n;
    if (s < 2 || s > 6) load.generation_tokens = 0.0;  // outside the window: another run's
    sample.servers = {std::nullopt, load};
  });
  telemetry.header.servers = {"http://a", "http://b"};
  const MachineFigures m = FiguresOf(telemetry);
  ASSERT_EQ(m.servers.size(), 2U);
  EXPECT_EQ(m.servers[0].answers, 0U);
  EXPECT_FALSE(m.servers[0].running_mean.has_value());
  EXPECT_EQ(m.servers[1].url, "http://b");
  EXPECT_EQ(m.servers[1].answers, 5U);
  EXPECT_DOUBLE_EQ(*m.servers[1].running_mean, 4.0);
  EXPECT_DOUBLE_EQ(*m.servers[1].running_max, 6.0);
  EXPECT_DOUBLE_EQ(*m.servers[1].kv_cache_used_max, 0.6);
  EXPECT_FALSE(m.servers[1].waiting_max.has_value());
  EXPECT_DOUBLE_EQ(*m.servers[1].generation_tokens_per_s, 100.0);
  telemetry.samples[5].servers[1]->generation_tokens = 10.0;
  EXPECT_FALSE(FiguresOf(telemetry).servers[1].generation_tokens_per_s) << "started anew";
  EXPECT_FALSE(m.servers[1].prompt_tokens_per_s.has_value());
}

TEST(IntervalsOf, TellARunOverTime) {
  const Telemetry telemetry = WithEnergy();
  const std::vector<MachineInterval> intervals = IntervalsOf(telemetry);
  ASSERT_EQ(intervals.size(), 8U);
  EXPECT_EQ(intervals[1].begin_ns, kSecond);
  EXPECT_EQ(intervals[1].end_ns, 2 * kSecond);
  EXPECT_NEAR(*intervals[0].package_watts, 12.0, 1e-9);  // over the counter's end
  EXPECT_FALSE(intervals[0].cpu_busy.has_value());
  EXPECT_TRUE(IntervalsOf(Telemetry()).empty());
}

}  // namespace
}  // namespace assay
