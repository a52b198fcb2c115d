#include "rules/evidence.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// The value of `read(root / file)`; absent and noted where it fails, absent where there is no file.
template <typename T, typename Read>
std::optional<T> ReadIfThere(const fs::path& root, const std::string& file, const Read& read,
                             std::vector<UnreadableFile>& unreadable) {
  if (!Exists(root / file)) return std::nullopt;
  Result<T> value = read(root / file);
  if (value) return std::move(*value);
  unreadable.push_back(Unreadable(root, file, value.error()));
  return std::nullopt;
}

// The width that the counts of more than half of the records tell: one wrong count does not hide
// what all others are.
std::optional<TokenWidth> WidthOfMost(const AccuracyLog& log) {
  std::size_t narrow = 0;
  std::size_t wide = 0;
  for (const AccuracyRecord& record : log.records) {
    const auto count = record.token_count.value_or(0);
    const auto bytes = static_cast<std::int64_t>(record.data.size());
    if (count <= 0 || count > bytes) continue;
    if (bytes == 4 * count) ++narrow;
    if (bytes == 8 * count) ++wide;
  }
  if (2 * narrow > log.records.size()) return TokenWidth::kInt32;
  if (2 * wide > log.records.size()) return TokenWidth::kInt64;
  return std::nullopt;
}

void ReadAnswers(std::optional<TokenWidth> width, LoadgenEvidence& evidence) {
  if (!evidence.accuracy || evidence.accuracy->records.empty()) return;
  const std::string file = evidence.AccuracyFile();
  if (!width) {
    const auto inferred = InferTokenWidth(*evidence.accuracy, file);
    width = inferred ? *inferred : WidthOfMost(*evidence.accuracy);
    if (!width) {
      evidence.unreadable.push_back({file, inferred.error().message});
      return;
    }
  }
  auto answers = AnswersOf(*evidence.accuracy, *width, file);
  if (!answers) {
    evidence.unreadable.push_back({file, answers.error().message});
    return;
  }
  evidence.width = width;
  evidence.answers = std::move(*answers);
}

}  // namespace

UnreadableFile Unreadable(const fs::path& root, std::string file, const Error& error) {
  std::string reason = error.message;
  const std::string prefix = (root / "").string();
  if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
  return {std::move(file), std::move(reason)};
}

LoadgenEvidence LoadLoadgenEvidence(const fs::path& root, const std::string& directory,
                                    std::optional<TokenWidth> width) {
  LoadgenEvidence evidence;
  evidence.directory = directory;
  evidence.detail = ReadIfThere<LoadgenDetailLog>(root, evidence.DetailFile(),
                                                  LoadgenDetailLog::Read, evidence.unreadable);
  evidence.summary = ReadIfThere<LoadgenSummaryLog>(root, evidence.SummaryFile(),
                                                    LoadgenSummaryLog::Read, evidence.unreadable);
  evidence.accuracy =
      ReadIfThere<AccuracyLog>(root, evidence.AccuracyFile(), ReadAccuracyLog, evidence.unreadable);
  ReadAnswers(width, evidence);
  return evidence;
}

std::optional<TestKind> TestOf(const LoadgenDetailLog& log) {
  const auto mode = log.Text("effective_test_mode");
  if (mode == "AccuracyOnly") return TestKind::kAccuracy;
  if (mode != "PerformanceOnly") return std::nullopt;
  const bool audit =
      log.Unsigned("effective_accuracy_log_rng_seed") == kTest06.accuracy_log_rng_seed &&
      log.Unsigned("effective_accuracy_log_sampling_target") == kTest06.records;
  return audit ? TestKind::kCompliance : TestKind::kPerformance;
}

std::optional<BenchmarkId> BenchmarkOf(const LoadgenDetailLog& log) {
  const std::span<const BenchmarkRules> benchmarks = AllRounds().front().benchmarks;
  if (log.Text("effective_scenario") == "SingleStream") return BenchmarkId::kLlama31_8bEdge;
  for (const std::string_view key :
       {"requested_performance_sample_count_override", "qsl_reported_total_count"}) {
    const auto count = log.Unsigned(key);
    for (const BenchmarkRules& benchmark : benchmarks) {
      if (count == benchmark.sample_count) return benchmark.benchmark;
    }
  }
  return std::nullopt;
}

std::optional<Scenario> ScenarioOf(const LoadgenDetailLog& log, const BenchmarkRules& benchmark) {
  const auto name = log.Text("effective_scenario");
  const auto ttft = log.Unsigned("requested_server_ttft_latency");
  const auto tpot = log.Unsigned("requested_server_tpot_latency");
  std::optional<Scenario> by_name;
  for (const ScenarioRules& scenario : benchmark.scenarios) {
    if (name != scenario.loadgen_scenario) continue;
    if (scenario.ttft_limit_ns && scenario.ttft_limit_ns == ttft &&
        scenario.tpot_limit_ns == tpot) {
      return scenario.scenario;
    }
    if (!by_name) by_name = scenario.scenario;
  }
  return by_name;
}

std::optional<double> MeasuredSeconds(const LoadgenDetailLog& log) {
  if (log.Text("effective_scenario") == "Offline") {
    const auto latency_ns = log.Number("result_max_latency_ns");
    if (!latency_ns) return std::nullopt;
    return *latency_ns / 1e9;
  }
  const auto queries = log.Number("result_query_count");
  auto per_second = log.Number("result_scheduled_samples_per_sec");
  if (!per_second) per_second = log.Number("result_qps_with_loadgen_overhead");
  if (!queries || !per_second || *queries < 2 || *per_second <= 0) return std::nullopt;
  return (*queries - 1) / *per_second;
}

}  // namespace assay
