// The rules as data: every number, name and seed of the benchmark, by round. Nothing of it stands
// anywhere else in the code. docs/rules.md says how a round is added.

#ifndef ASSAY_RULES_ROUNDS_H_
#define ASSAY_RULES_ROUNDS_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "assay/result.h"

#include "record/loadgen_log.h"
#include "record/run_config.h"

namespace assay {

// Where a number comes from, as findings cite it.
namespace source {
inline constexpr std::string_view kChecker =
    "submission checker, constants.py (mlcommons/inference b66003e)";
inline constexpr std::string_view kPerformanceCheck =
    "submission checker, checks/performance_check.py (mlcommons/inference b66003e)";
inline constexpr std::string_view kAccuracyCheck =
    "submission checker, checks/accuracy_check.py (mlcommons/inference b66003e)";
inline constexpr std::string_view kReference =
    "reference implementation, language/llama3.1-8b (mlcommons/inference b66003e)";
inline constexpr std::string_view kRules =
    "inference_rules.adoc (mlcommons/inference_policies ac93e89)";
inline constexpr std::string_view kMlperfConf = "loadgen/mlperf.conf (LoadGen 6.0.17)";
inline constexpr std::string_view kLoadgen = "loadgen/results.cc (LoadGen 6.0.17)";
inline constexpr std::string_view kTest06 = "compliance/TEST06 (mlcommons/inference b66003e)";
inline constexpr std::string_view kMessaging =
    "MLPerf Results Messaging Guidelines (mlcommons/policies c195f80)";
inline constexpr std::string_view kOldChecker =
    "submission_checker_old.py (mlcommons/inference b66003e)";
inline constexpr std::string_view kSystemCheck =
    "submission checker, checks/system_check.py (mlcommons/inference b66003e)";
inline constexpr std::string_view kMeasurementsCheck =
    "submission checker, checks/measurements_checks.py (mlcommons/inference b66003e)";
inline constexpr std::string_view kComplianceCheck =
    "submission checker, checks/compliance_check.py (mlcommons/inference b66003e)";
inline constexpr std::string_view kAssay = "Assay";
}  // namespace source

enum class Round { kV51, kV60, kV61 };

struct LoadgenRelease {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the comparison with 0 for a pointer
  auto operator<=>(const LoadgenRelease&) const = default;
};

enum class TreeLayout {
  kV5,  // measurements/, compliance/ and code/ beside results/
  kV6,  // measurements.json and TEST06/ inside the result's folder, src/
};

// Source: CON LLM_LATENCY_LIMITS, RESULT_FIELD_BENCHMARK_OVERWRITE, SPECIAL_UNIT_DICT, UNIT_DICT.
struct ScenarioRules {
  Scenario scenario = Scenario::kOffline;
  std::string_view loadgen_scenario;  // LoadGen runs Interactive as Server
  std::string_view loadgen_model;     // the model's name in LoadGen's configuration files
  std::string_view metric_key;        // in the detail log
  double metric_scale = 1.0;          // the reported value is the logged one times this
  std::string_view metric_name;
  std::string_view metric_unit;
  // Limits at the 99th percentile. The checker asks for less; LoadGen for no more.
  std::optional<std::uint64_t> ttft_limit_ns;
  std::optional<std::uint64_t> tpot_limit_ns;
  // Early stopping must be met at this percentile. Absent: it plays no part.
  std::optional<double> early_stopping_percentile;
};

// The reference's figures at BF16, as the checker has them; percent and characters.
struct AccuracyReference {
  double rouge1 = 0.0;
  double rouge2 = 0.0;
  double rougeL = 0.0;     // NOLINT(readability-identifier-naming): the field's name
  double rougeLsum = 0.0;  // NOLINT(readability-identifier-naming)
  double gen_len = 0.0;
};

// Source: CON MODEL_CONFIG, REFIMPL README.
struct BenchmarkRules {
  BenchmarkId benchmark = BenchmarkId::kLlama31_8b;
  std::string_view alias;             // another directory name that the checker accepts
  std::string_view dataset;           // for people
  std::string_view dataset_file;      // the official file's name
  std::string_view dataset_identity;  // DatasetRecord::identity of the official file
  std::uint64_t sample_count = 0;     // of the data set; all of them, in both modes
  AccuracyReference accuracy;
  std::span<const ScenarioRules> scenarios;
  // A complete result has these ...
  std::span<const Scenario> required_scenarios;
  // ... and one of these, where there are any.
  std::span<const Scenario> one_of_scenarios;
  bool needs_test06 = false;
};

struct RoundRules {
  Round round = Round::kV51;
  std::string_view name;  // "v5.1"
  LoadgenSeeds seeds;
  // LoadGen releases that carry these seeds: from `first_loadgen` on and before `next_loadgen`.
  LoadgenRelease first_loadgen;
  std::optional<LoadgenRelease> next_loadgen;
  TreeLayout layout = TreeLayout::kV6;
  std::span<const BenchmarkRules> benchmarks;
};

// The same in every round, benchmark and scenario so far.
inline constexpr std::uint64_t kMinDurationMs = 600'000;  // CON; PERF min_duration_check
inline constexpr std::int32_t kMinNewTokens = 1;          // RULES, inference parameters
inline constexpr std::int32_t kMaxNewTokens = 128;
inline constexpr double kRougeShare = 0.99;  // CON accuracy-target
inline constexpr double kGenLenLowShare = 0.9;
inline constexpr double kGenLenHighShare = 1.1;  // CON accuracy-upper-limit
inline constexpr double kLatencyPercentile = 0.99;
inline constexpr double kEarlyStoppingConfidence = 0.99;  // loadgen/early_stopping.cc
inline constexpr std::string_view kModel = "Llama-3.1-8B-Instruct";
inline constexpr std::string_view kPrecision = "BF16";  // the reference's; others are allowed
inline constexpr std::string_view kUnverified = "Result not verified by MLCommons Association.";

// Source: compliance/TEST06/audit.config.
inline constexpr ComplianceSettings kTest06{720381539243781796U, 100, 0, false};
// The ids that end an answer of Llama 3.1, and the one that begins a prompt.
inline constexpr std::array<TokenId, 3> kLlamaEndTokens{128001, 128008, 128009};
inline constexpr TokenId kLlamaBosToken = 128000;

[[nodiscard]] std::span<const RoundRules> AllRounds();
[[nodiscard]] const RoundRules& RulesOf(Round round);
// Never null: every round has both benchmarks.
[[nodiscard]] const BenchmarkRules& RulesOf(const RoundRules& round, BenchmarkId benchmark);
// nullptr: the benchmark has no such scenario.
[[nodiscard]] const ScenarioRules* RulesOf(const BenchmarkRules& benchmark, Scenario scenario);

// "v5.1", "v6.0", "v6.1".
// Errors: kInvalidArgument, listing what is accepted; v5.0 and earlier with the reason.
[[nodiscard]] Result<Round> ParseRound(std::string_view name);

// The seeds of a detail log, where it has all three.
[[nodiscard]] std::optional<LoadgenSeeds> SeedsOf(const LoadgenDetailLog& log);
// The round with these seeds.
[[nodiscard]] std::optional<Round> RoundOfSeeds(const LoadgenSeeds& seeds);
// "6.0.17 @ 1234567890" -> 6.0.17; nullopt if it does not begin so.
[[nodiscard]] std::optional<LoadgenRelease> ParseLoadgenRelease(std::string_view version);
[[nodiscard]] bool IsOfRound(const LoadgenRelease& release, const RoundRules& round);

// "llama3.1-8b", or an alias as the checker maps it ("llama3_1-8b").
[[nodiscard]] std::optional<BenchmarkId> BenchmarkOfDirectory(std::string_view name);

}  // namespace assay

#endif  // ASSAY_RULES_ROUNDS_H_
