#include "host/telemetry_sampler.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "host/testing/host_tree.h"

namespace assay {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr MonoTime kStart = FromNanos(5'000'000'000);

TEST(NextSample, IsOnTheGridAndMakesUpForNothing) {
  EXPECT_EQ(NextSample(kStart, 500ms, kStart - 1s), kStart);
  EXPECT_EQ(NextSample(kStart, 500ms, kStart), kStart + 500ms);
  EXPECT_EQ(NextSample(kStart, 500ms, kStart + 499ms), kStart + 500ms);
  EXPECT_EQ(NextSample(kStart, 500ms, kStart + 500ms), kStart + 1s);
  EXPECT_EQ(NextSample(kStart, 500ms, kStart + 7'300ms), kStart + 7'500ms);
}

TEST(TelemetryReader, NamesWhatIsThereAndWhatIsNot) {
  HostTree tree;
  tree.Add("proc/stat", "cpu  1 0 0 0 0 0 0 0 0 0\ncpu0 1 0 0 0 0 0 0 0 0 0\n");
  TelemetryOptions options;
  options.root = tree.root();
  options.nvml_library = ASSAY_NVML_STAND_IN;
  options.engine_pid = 77;
  const TelemetryReader reader(options);
  const TelemetryHeader& header = reader.header();
  EXPECT_THAT(header.sources,
              testing::ElementsAre(Pair("cpu", "/proc/stat"), Pair("gpus", "NVML, driver 999.01")));
  EXPECT_THAT(header.absent,
              testing::ElementsAre(Pair("mhz", HasSubstr("scaling_cur_freq")),
                                   Pair("throttle_events", HasSubstr("thermal_throttle")),
                                   Pair("memory", HasSubstr("meminfo")),
                                   Pair("process", HasSubstr("proc/self/stat")),
                                   Pair("engine", HasSubstr("proc/77/stat")),
                                   Pair("energy", HasSubstr("no RAPL zone")),
                                   Pair("pressure", HasSubstr("proc/pressure/cpu"))));
  EXPECT_EQ(header.gpus.size(), 2U);
}

TEST(TelemetryReader, CostlySourcesAreReadOnceASecond) {
  HostTree tree;
  tree.Add("proc/stat", "cpu  1 0 0 0 0 0 0 0 0 0\ncpu0 1 0 0 0 0 0 0 0 0 0\n");
  tree.Add("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2000000\n");
  TelemetryOptions options;
  options.root = tree.root();
  options.nvml_library = "libassay-none.so";
  TelemetryReader reader(options);
  TelemetrySample sample;
  const auto read = [&](Nanos after) {
    reader.Read(kStart + after, sample);
    EXPECT_EQ(sample.cpus.size(), 1U);
    return !sample.mhz.empty();
  };
  EXPECT_TRUE(read(0ms));
  EXPECT_FALSE(read(100ms));
  EXPECT_FALSE(read(900ms));
  EXPECT_TRUE(read(1000ms));
  EXPECT_FALSE(read(1900ms));
}

// A server that answers with the number of the question in `running`, from the second one on only
// when `may_answer`.
struct CountingServer {
  std::atomic<int> asked{0};
  std::atomic<bool> may_answer{true};
  ServerSource Source(std::string url) {
    return {std::move(url), [this]() -> std::optional<ServerLoadSample> {
              const int n = ++asked;
              if (n > 1 && !may_answer) return std::nullopt;
              ServerLoadSample load;
              load.running = n;
              return load;
            }};
  }
};

TEST(ServerWatch, TellsTheNewestAnswerOnce) {
  CountingServer server;
  ServerWatch watch(server.Source("http://a"), 1ms);
  const MonoTime start = SteadyClock().Now();
  while (server.asked < 5) std::this_thread::yield();
  const auto newest = watch.Take();
  ASSERT_TRUE(newest.has_value());
  EXPECT_GE(*newest->running, 3.0);
  EXPECT_GE(newest->t_ns, ToNanos(start));
  EXPECT_LE(newest->t_ns, ToNanos(SteadyClock().Now()));
  EXPECT_GT(watch.cpu_ns(), 0);
  server.may_answer = false;
  const int asked = server.asked;
  while (server.asked < asked + 2) std::this_thread::yield();
  static_cast<void>(watch.Take());  // of the question that was under way
  EXPECT_FALSE(watch.Take().has_value());
}

TEST(TelemetryReader, ServersThatAnswerAreWatchedAndOthersNamed) {
  HostTree tree;
  CountingServer server;
  TelemetryOptions options;
  options.root = tree.root();
  options.nvml_library = "libassay-none.so";
  options.servers = {{"http://mute", [] { return std::nullopt; }}, server.Source("http://a")};
  TelemetryReader reader(options);
  EXPECT_THAT(reader.header().servers, testing::ElementsAre("http://a"));
  EXPECT_THAT(reader.header().sources, testing::Contains(Pair("servers", "/metrics")));
  EXPECT_THAT(
      reader.header().absent,
      testing::Contains(Pair("server http://mute", "/metrics tells nothing that is known")));
  TelemetrySample sample;
  do {
    reader.Read(SteadyClock().Now(), sample);
  } while (sample.servers.empty());
  ASSERT_EQ(sample.servers.size(), 1U);
  EXPECT_GE(*sample.servers[0]->running, 2.0);
}

fs::path FreshFile(const char* name) {
  fs::path path = fs::path(testing::TempDir()) / name;
  fs::remove(path);
  return path;
}

TEST(TelemetrySampler, SamplesFromStartToStop) {
  const fs::path path = FreshFile("assay_sampler.jsonl");
  TelemetryOptions options;
  options.rate_hz = 50.0;
  auto sampler = TelemetrySampler::Start(path, options);
  ASSERT_TRUE(sampler.has_value()) << sampler.error().message;
  ASSERT_TRUE(ReadTelemetry(path).has_value());
  EXPECT_GE(ReadTelemetry(path)->samples.size(), 1U);  // before Start returned
  std::this_thread::sleep_for(300ms);
  const MonoTime stop = SteadyClock().Now();
  ASSERT_TRUE((*sampler)->Stop().has_value());
  ASSERT_TRUE((*sampler)->Stop().has_value());
  const auto telemetry = ReadTelemetry(path);
  ASSERT_TRUE(telemetry.has_value()) << telemetry.error().message;
  // A loaded machine may miss some of the fifteen.
  EXPECT_GE(telemetry->samples.size(), 3U);
  EXPECT_LE(telemetry->samples.size(), 40U);
  EXPECT_GE(telemetry->samples.back().t_ns, ToNanos(stop));
  EXPECT_GT(telemetry->samples.back().own_cpu_ns, 0);
  EXPECT_FALSE(telemetry->cut_off);
}

TEST(TelemetrySampler, NeverOverwrites) {
  const fs::path path = FreshFile("assay_sampler_there.jsonl");
  ASSERT_TRUE(WriteFileAtomically(path, "mine").has_value());
  EXPECT_FALSE(TelemetrySampler::Start(path, {}).has_value());
  EXPECT_EQ(*ReadFile(path), "mine");
}

TEST(TelemetrySampler, AFileThatCannotGrowIsTold) {
  const fs::path path = FreshFile("assay_sampler_full.jsonl");
  TelemetryOptions options;
  options.rate_hz = 100.0;
  auto sampler = TelemetrySampler::Start(path, options);
  ASSERT_TRUE(sampler.has_value());
  // The limit stands for a disk that is full: writes fail, without the signal that kills.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{fs::file_size(path), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::this_thread::sleep_for(100ms);
  const Status stopped = (*sampler)->Stop();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace assay
