// LoadGen without anything of Assay: how much memory its own tables take. For
// bench/client_memory.py.
//
//   loadgen_memory_driver QPS SECONDS TOKENS DIRECTORY
//
// A Server test as `assay run` would have it, of a system that answers at once. Prints a JSON
// object for every 100,000 queries: how many were answered, and the resident memory then, without
// files.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <loadgen.h>
#include <query_sample_library.h>
#include <system_under_test.h>

#include "base/file.h"
#include "base/format.h"
#include "load/test_settings.h"

namespace assay {
namespace {

constexpr std::size_t kSamples = 100;
constexpr std::uint64_t kReportEvery = 100'000;

class NoSamples final : public mlperf::QuerySampleLibrary {
 public:
  const std::string& Name() override { return name_; }
  std::size_t TotalSampleCount() override { return kSamples; }
  std::size_t PerformanceSampleCount() override { return kSamples; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>& /*samples*/) override {}
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>& /*samples*/) override {}

 private:
  std::string name_ = "none";
};

// RssAnon of this process in bytes; 0: /proc does not tell.
std::uint64_t AnonymousMemory() {
  const Result<std::string> status = ReadFile("/proc/self/status");
  if (!status) return 0;
  constexpr std::string_view kKey = "RssAnon:";
  const std::size_t at = status->find_first_of("0123456789", status->find(kKey));
  std::uint64_t kib = 0;
  std::from_chars(status->data() + at, status->data() + status->size(), kib);
  return kib * 1024;
}

class AnswersAtOnce final : public mlperf::SystemUnderTest {
 public:
  explicit AnswersAtOnce(std::size_t tokens) : tokens_(tokens) {}

  const std::string& Name() override { return name_; }
  void FlushQueries() override {}
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override {
    for (const mlperf::QuerySample& sample : samples) {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what LoadGen takes
      const auto data = reinterpret_cast<std::uintptr_t>(tokens_.data());
      mlperf::QuerySampleResponse response{sample.id, data, sizeof(std::int32_t), 1};
      mlperf::FirstTokenComplete(&response, 1);
      response.size = tokens_.size() * sizeof(std::int32_t);
      response.n_tokens = static_cast<std::int64_t>(tokens_.size());
      mlperf::QuerySamplesComplete(&response, 1);
      if (++answered_ % kReportEvery == 0) {
        fmt::print("{{\"answered\":{},\"anonymous_bytes\":{}}}\n", answered_, AnonymousMemory());
      }
    }
  }

 private:
  std::string name_ = "answers at once";
  std::vector<std::int32_t> tokens_;
  std::uint64_t answered_ = 0;
};

Status Run(double qps, double seconds, std::size_t tokens, const std::string& directory) {
  RunConfig config;
  config.scenario = Scenario::kServer;
  config.samples = kSamples;
  config.target_qps = qps;
  config.min_duration_s = seconds;
  ASSAY_ASSIGN_OR_RETURN(const mlperf::TestSettings settings,
                         MakeTestSettings(config, TestKind::kPerformance));
  mlperf::LogSettings log;
  log.log_output.outdir = directory;
  AnswersAtOnce system(tokens);
  NoSamples samples;
  mlperf::StartTest(&system, &samples, settings, log);
  return Ok{};
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: loadgen_memory_driver QPS SECONDS TOKENS DIRECTORY\n", stderr);
    return 2;
  }
  const assay::Status done =
      assay::Run(std::stod(argv[1]), std::stod(argv[2]), std::stoul(argv[3]), argv[4]);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 3;
}
