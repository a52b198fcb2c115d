#include "rules/rounds.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

constexpr std::string_view kThroughputUnit = "Tokens/s";
constexpr std::uint64_t kMillisecond = 1'000'000;

constexpr std::array<ScenarioRules, 3> kDatacenterScenarios{{
    {Scenario::kOffline, "Offline", "llama3_1-8b", "result_tokens_per_second", 1.0,
     "tokens per second", kThroughputUnit, std::nullopt, std::nullopt, std::nullopt},
    {Scenario::kServer, "Server", "llama3_1-8b", "result_completed_tokens_per_second", 1.0,
     "completed tokens per second", kThroughputUnit, 2000 * kMillisecond, 100 * kMillisecond, 0.99},
    {Scenario::kInteractive, "Server", "llama3_1-8b-interactive",
     "result_completed_tokens_per_second", 1.0, "completed tokens per second", kThroughputUnit,
     500 * kMillisecond, 30 * kMillisecond, 0.99},
}};

constexpr std::array<ScenarioRules, 2> kEdgeScenarios{{
    {Scenario::kOffline, "Offline", "llama3_1-8b-edge", "result_tokens_per_second", 1.0,
     "tokens per second", kThroughputUnit, std::nullopt, std::nullopt, std::nullopt},
    {Scenario::kSingleStream, "SingleStream", "llama3_1-8b-edge",
     "result_90.00_percentile_latency_ns", 1e-6, "90th percentile latency", "Latency (ms)",
     std::nullopt, std::nullopt, 0.9},
}};

constexpr std::array<Scenario, 1> kDatacenterRequired{Scenario::kOffline};
constexpr std::array<Scenario, 2> kDatacenterOneOf{Scenario::kServer, Scenario::kInteractive};
constexpr std::array<Scenario, 2> kEdgeRequired{Scenario::kSingleStream, Scenario::kOffline};

// The benchmark came with v5.1 and its numbers have not changed since.
constexpr std::array<BenchmarkRules, 2> kBenchmarks{{
    {BenchmarkId::kLlama31_8b,
     "llama3_1-8b",
     "CNN/DailyMail 3.0.0, validation split",
     "cnn_eval.json",
     "cnn_dailymail-validation-13368",
     13368,
     {38.7792, 15.9075, 24.4957, 35.793, 8167644},
     kDatacenterScenarios,
     kDatacenterRequired,
     kDatacenterOneOf,
     true},
    {BenchmarkId::kLlama31_8bEdge,
     "llama3_1-8b-edge",
     "5,000 samples of the CNN/DailyMail 3.0.0 validation split",
     "sample_cnn_eval_5000.json",
     "edge-5000",
     5000,
     {39.06, 16.1147, 24.6375, 36.124, 3051113},
     kEdgeScenarios,
     kEdgeRequired,
     {},
     false},
}};

// Seeds: CON. LoadGen releases: the seeds that the published packages of mlcommons-loadgen embed;
// 5.0.25, 5.1.x and 6.0.3 to 6.0.4 have v5.1's, 6.0.5 to 6.0.15 v6.0's, 6.0.16 and 6.0.17 v6.1's.
constexpr std::array<RoundRules, 3> kRounds{{
    {Round::kV51,
     "v5.1",
     {1780908523862526354U, 14771362308971278857U, 18209322760996052031U},
     {5, 0, 25},
     LoadgenRelease{6, 0, 5},
     TreeLayout::kV5,
     kBenchmarks},
    {Round::kV60,
     "v6.0",
     {2465351861681999779U, 14276810075590677512U, 3936089224930324775U},
     {6, 0, 5},
     LoadgenRelease{6, 0, 16},
     TreeLayout::kV6,
     kBenchmarks},
    {Round::kV61,
     "v6.1",
     {2085463073848966840U, 2747215439041700203U, 16159082839903944936U},
     {6, 0, 16},
     std::nullopt,
     TreeLayout::kV6,
     kBenchmarks},
}};

// Of "6.0.17 @ 1234567890" the first `n` numbers; nullopt if it does not begin with as many.
std::optional<LoadgenRelease> ParseNumbers(std::string_view text, std::size_t n) {
  std::array<std::uint32_t, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0) {
      if (at == end || *at != '.') return std::nullopt;
      ++at;
    }
    const auto [next, error] = std::from_chars(at, end, numbers.at(i));
    if (error != std::errc()) return std::nullopt;
    at = next;
  }
  return LoadgenRelease{numbers[0], numbers[1], numbers[2]};
}

// Is `name` ("v5.0") an earlier round's than the first of the table?
bool IsBeforeFirstRound(std::string_view name) {
  if (!name.starts_with('v')) return false;
  const auto version = ParseNumbers(name.substr(1), 2);
  return version && *version < *ParseNumbers(kRounds.front().name.substr(1), 2);
}

}  // namespace

std::span<const RoundRules> AllRounds() {
  return kRounds;
}

const RoundRules& RulesOf(Round round) {
  const auto it = std::find_if(kRounds.begin(), kRounds.end(),
                               [round](const RoundRules& r) { return r.round == round; });
  ASSAY_CHECK(it != kRounds.end());
  return *it;
}

const BenchmarkRules& RulesOf(const RoundRules& round, BenchmarkId benchmark) {
  const auto it =
      std::find_if(round.benchmarks.begin(), round.benchmarks.end(),
                   [benchmark](const BenchmarkRules& b) { return b.benchmark == benchmark; });
  ASSAY_CHECK(it != round.benchmarks.end());
  return *it;
}

const ScenarioRules* RulesOf(const BenchmarkRules& benchmark, Scenario scenario) {
  const auto it =
      std::find_if(benchmark.scenarios.begin(), benchmark.scenarios.end(),
                   [scenario](const ScenarioRules& s) { return s.scenario == scenario; });
  return it == benchmark.scenarios.end() ? nullptr : &*it;
}

Result<Round> ParseRound(std::string_view name) {
  std::string accepted;
  for (const RoundRules& round : kRounds) {
    if (round.name == name) return round.round;
    accepted += fmt::format("{}{}", accepted.empty() ? "" : ", ", round.name);
  }
  if (IsBeforeFirstRound(name)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "rules {}: that round has no benchmark {}, which begins with {}; accepted: {}",
                     name, BenchmarkName(kBenchmarks.front().benchmark), kRounds.front().name,
                     accepted);
  }
  return MakeError(ErrorCode::kInvalidArgument, "rules \"{}\" are not known; accepted: {}", name,
                   accepted);
}

std::optional<LoadgenSeeds> SeedsOf(const LoadgenDetailLog& log) {
  const auto qsl = log.Unsigned("effective_qsl_rng_seed");
  const auto sample_index = log.Unsigned("effective_sample_index_rng_seed");
  const auto schedule = log.Unsigned("effective_schedule_rng_seed");
  if (!qsl || !sample_index || !schedule) return std::nullopt;
  return LoadgenSeeds{*qsl, *sample_index, *schedule};
}

std::optional<Round> RoundOfSeeds(const LoadgenSeeds& seeds) {
  const auto it = std::find_if(kRounds.begin(), kRounds.end(),
                               [&](const RoundRules& r) { return r.seeds == seeds; });
  if (it == kRounds.end()) return std::nullopt;
  return it->round;
}

std::optional<LoadgenRelease> ParseLoadgenRelease(std::string_view version) {
  return ParseNumbers(version, 3);
}

bool IsOfRound(const LoadgenRelease& release, const RoundRules& round) {
  return release >= round.first_loadgen && (!round.next_loadgen || release < *round.next_loadgen);
}

std::optional<BenchmarkId> BenchmarkOfDirectory(std::string_view name) {
  for (const BenchmarkRules& benchmark : kBenchmarks) {
    if (name == BenchmarkName(benchmark.benchmark) || name == benchmark.alias) {
      return benchmark.benchmark;
    }
  }
  return std::nullopt;
}

}  // namespace assay
