#include "record/telemetry.h"

#include <limits>

#include <gtest/gtest.h>

namespace assay {
namespace {

TelemetryHeader FullHeader() {
  TelemetryHeader header;
  header.rate_hz = 2.0;
  header.cpus = {0, 2};
  header.energy = {{"package-0", "/sys/class/powercap/intel-rapl:0", 262143328850}};
  GpuDevice gpu;
  gpu.name = "NVIDIA \"X\"";
  gpu.uuid = "GPU-1";
  gpu.memory_total_bytes = 85899345920;
  gpu.max_sm_mhz = 1980;
  header.gpus = {gpu};
  header.servers = {"http://a:8000", "http://b:8000"};
  header.engine_pid = 4711;
  header.sources = {{"cpu", "/proc/stat"}};
  header.absent = {{"pressure", "/proc/pressure/cpu: cannot open: No such file or directory"}};
  return header;
}

TelemetrySample FullSample(std::int64_t t_ns) {
  TelemetrySample sample;
  sample.t_ns = t_ns;
  sample.width_ns = 40'000;
  sample.own_cpu_ns = 1'000'000;
  sample.cpus = {{10, 20, 0}, {30, 40, 5}};
  sample.mhz = {2400, 3100};
  sample.throttle_events = 0;
  sample.memory_available_bytes = 1 << 30;
  sample.swapped_pages = 3;
  sample.process = ProcessSample{4096, 120, 1};
  sample.engine = ProcessSample{8192, 240, 3};
  sample.energy_uj = {18446744073709551615U};
  GpuSample gpu;
  gpu.utilisation_percent = 97;
  gpu.power_mw = 0;
  gpu.throttle_reasons = 4;
  sample.gpus = {gpu};
  sample.pressure = PressureSample{1, 2, 3};
  ServerLoadSample load;
  load.t_ns = t_ns - 1;
  load.running = 3;
  load.kv_cache_used = 0.25;
  load.generation_tokens = 8.128902e+06;
  sample.servers = {std::nullopt, load};
  return sample;
}

std::string LineOf(const TelemetrySample& sample) {
  std::string line = "what was there before";
  ToTelemetryLine(sample, line);
  return line;
}

TEST(Telemetry, ReadsBackWhatIsWritten) {
  const std::string bytes =
      ToTelemetryLine(FullHeader()) + LineOf(FullSample(1)) + LineOf(FullSample(2));
  const auto read = ParseTelemetry(bytes, "t.jsonl");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->header, FullHeader());
  ASSERT_EQ(read->samples.size(), 2U);
  EXPECT_EQ(read->samples[0], FullSample(1));
  EXPECT_EQ(read->samples[1], FullSample(2));
  EXPECT_FALSE(read->cut_off);
}

TEST(Telemetry, WritesTheDocumentedLine) {
  EXPECT_EQ(LineOf(FullSample(7)),
            "{\"t_ns\":7,\"width_ns\":40000,\"own_cpu_ns\":1000000,"
            "\"cpu\":{\"busy_ms\":[10,30],\"idle_ms\":[20,40],\"steal_ms\":[0,5]},"
            "\"mhz\":[2400,3100],\"throttle_events\":0,\"memory_available_bytes\":1073741824,"
            "\"swapped_pages\":3,"
            "\"process\":{\"rss_bytes\":4096,\"cpu_ms\":120,\"processes\":1},"
            "\"engine\":{\"rss_bytes\":8192,\"cpu_ms\":240,\"processes\":3},"
            "\"energy_uj\":[18446744073709551615],"
            "\"gpus\":[{\"utilisation_percent\":97,\"power_mw\":0,\"throttle_reasons\":4}],"
            "\"pressure\":{\"cpu_us\":1,\"memory_us\":2,\"io_us\":3},"
            "\"servers\":[null,{\"t_ns\":6,\"running\":3,\"kv_cache_used\":0.25,"
            "\"generation_tokens\":8128902}]}\n");
}

TEST(Telemetry, WhatWasNotReadIsLeftOutAndNotZero) {
  TelemetrySample sample;
  sample.t_ns = 5;
  EXPECT_EQ(LineOf(sample), "{\"t_ns\":5,\"width_ns\":0,\"own_cpu_ns\":0}\n");
  const auto read = ParseTelemetry(ToTelemetryLine(FullHeader()) + LineOf(sample), "t.jsonl");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->samples.at(0), sample);
}

TEST(Telemetry, ALineThatIsCutOffIsIgnoredWhereverItIsCut) {
  const std::string header = ToTelemetryLine(FullHeader());
  const std::string first = LineOf(FullSample(1));
  const std::string second = LineOf(FullSample(2));
  for (std::size_t n = 1; n < second.size(); ++n) {
    const auto read = ParseTelemetry(header + first + second.substr(0, n), "t.jsonl");
    ASSERT_TRUE(read.has_value()) << n;
    EXPECT_TRUE(read->cut_off);
    EXPECT_EQ(read->samples.size(), 1U);
  }
  const auto only_header = ParseTelemetry(header.substr(0, header.size() - 1), "t.jsonl");
  ASSERT_TRUE(only_header.has_value());
  EXPECT_TRUE(only_header->cut_off);
}

std::string ErrorOf(const std::string& bytes) {
  const auto read = ParseTelemetry(bytes, "t.jsonl");
  return read ? "no error" : read.error().message;
}

TEST(Telemetry, NamesTheLineThatIsWrong) {
  const std::string header = ToTelemetryLine(FullHeader());
  EXPECT_EQ(ErrorOf(header + LineOf(FullSample(2)) + LineOf(FullSample(2))),
            "t.jsonl:3: \"t_ns\" must be later than in the line before");
  TelemetrySample short_cpus = FullSample(1);
  short_cpus.cpus.pop_back();
  EXPECT_EQ(ErrorOf(header + LineOf(short_cpus)),
            "t.jsonl:2: cpu: \"busy_ms\" must be an array of 2 elements");
  EXPECT_NE(ErrorOf(header + "{}\n").find("t.jsonl:2"), std::string::npos);
  EXPECT_EQ(ErrorOf(header + LineOf(FullSample(std::numeric_limits<std::int64_t>::max()))),
            "t.jsonl:2: \"t_ns\" is 9223372036854775807, which no steady clock shows");
  EXPECT_NE(ErrorOf("{\"format\":\"assay-telemetry\",\"version\":9}\n").find("version 9"),
            std::string::npos);
}

}  // namespace
}  // namespace assay
