#include "rules/check_values.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/format.h"

namespace assay {
namespace {

enum class Kind { kWhole, kNumber, kFlag, kText, kValidity };

struct LoggedValue {
  std::string_view key;
  Kind kind;
};

// What the rules look at. Source: loadgen/results.cc and test_settings_internal.cc.
constexpr std::array<LoggedValue, 41> kValues{{
    {"effective_accuracy_log_rng_seed", Kind::kWhole},
    {"effective_accuracy_sample_count", Kind::kWhole},
    {"effective_min_duration_ms", Kind::kWhole},
    {"effective_min_query_count", Kind::kWhole},
    {"effective_performance_sample_count", Kind::kWhole},
    {"effective_qsl_rng_seed", Kind::kWhole},
    {"effective_sample_concatenate_permutation", Kind::kFlag},
    {"effective_sample_index_rng_seed", Kind::kWhole},
    {"effective_samples_per_query", Kind::kWhole},
    {"effective_scenario", Kind::kText},
    {"effective_schedule_rng_seed", Kind::kWhole},
    {"effective_target_latency_ns", Kind::kWhole},
    {"effective_target_qps", Kind::kNumber},
    {"effective_test_mode", Kind::kText},
    {"early_stopping_met", Kind::kFlag},
    {"generated_query_count", Kind::kWhole},
    {"generated_query_duration", Kind::kWhole},
    {"generated_samples_per_query", Kind::kWhole},
    {"loadgen_version", Kind::kText},
    {"num_errors", Kind::kWhole},
    {"qsl_reported_performance_count", Kind::kWhole},
    {"qsl_reported_total_count", Kind::kWhole},
    {"requested_server_tpot_latency", Kind::kWhole},
    {"requested_server_ttft_latency", Kind::kWhole},
    {"requested_use_token_latencies", Kind::kFlag},
    {"result_90.00_percentile_latency_ns", Kind::kWhole},
    {"result_99.00_percentile_latency_ns", Kind::kWhole},
    {"result_completed_samples_per_sec", Kind::kNumber},
    {"result_completed_tokens_per_second", Kind::kNumber},
    {"result_first_token_99.00_percentile_latency_ns", Kind::kWhole},
    {"result_max_latency_ns", Kind::kWhole},
    {"result_mean_latency_ns", Kind::kWhole},
    {"result_min_duration_met", Kind::kFlag},
    {"result_min_queries_met", Kind::kFlag},
    {"result_qps_without_loadgen_overhead", Kind::kNumber},
    {"result_query_count", Kind::kWhole},
    {"result_samples_per_second", Kind::kNumber},
    {"result_scheduled_samples_per_sec", Kind::kNumber},
    {"result_time_per_output_token_99.00_percentile_ns", Kind::kWhole},
    {"result_tokens_per_second", Kind::kNumber},
    {"result_validity", Kind::kValidity},
}};

bool Fits(const Json& value, Kind kind) {
  switch (kind) {
    case Kind::kWhole:
      return value.is_number_unsigned();
    case Kind::kNumber:
      // The reader takes LoadGen's nan, a rate of nothing, as null.
      return value.is_null() || (value.is_number() && value.get<double>() >= 0.0);
    case Kind::kFlag:
      return value.is_boolean();
    case Kind::kText:
      return value.is_string();
    case Kind::kValidity:
      return value == "VALID" || value == "INVALID";
  }
  return false;
}

std::string_view NameOf(Kind kind) {
  switch (kind) {
    case Kind::kWhole:
      return "a whole number";
    case Kind::kNumber:
      return "a number of at least 0";
    case Kind::kFlag:
      return "true or false";
    case Kind::kText:
      return "a text";
    case Kind::kValidity:
      return "\"VALID\" or \"INVALID\"";
  }
  return "";
}

// Messages that LoadGen may write any number of times.
bool MayRepeat(const LoadgenEntry& entry) {
  return entry.is_error || entry.is_warning || entry.key == "generic_message";
}

void CheckRepeated(const LoadgenEvidence& evidence, Findings& findings) {
  for (const LoadgenEntry& entry : evidence.detail->entries()) {
    const LoadgenEntry& first = *evidence.detail->Find(entry.key);
    if (MayRepeat(entry) || first.value == entry.value) continue;
    findings.Error(
        rule::kLogsDiffer,
        {.message = fmt::format("The detail log tells {} twice, and not alike.", entry.key),
         .found = fmt::format("line {}: {}, line {}: {}", first.line, ToJsonLine(first.value),
                              entry.line, ToJsonLine(entry.value)),
         .needed = "the log of one test",
         .fix = "hand in the log as LoadGen wrote it",
         .file = evidence.DetailFile(),
         .line = entry.line});
  }
}

}  // namespace

void CheckValues(const LoadgenEvidence& evidence, Findings& findings) {
  for (const LoggedValue& expected : kValues) {
    const LoadgenEntry* entry = evidence.detail->Find(expected.key);
    if (entry == nullptr || Fits(entry->value, expected.kind)) continue;
    findings.Error(rule::kDamagedLog,
                   {.message = fmt::format("{} is nothing that LoadGen writes.", expected.key),
                    .found = ToJsonLine(entry->value),
                    .needed = std::string(NameOf(expected.kind)),
                    .fix = "hand in the log as LoadGen wrote it",
                    .file = evidence.DetailFile(),
                    .line = entry->line});
  }
  CheckRepeated(evidence, findings);
}

bool IsMistyped(const LoadgenDetailLog& log, std::string_view key) {
  const LoadgenEntry* entry = log.Find(key);
  const auto* expected = std::find_if(kValues.begin(), kValues.end(),
                                      [&](const LoggedValue& value) { return value.key == key; });
  return entry != nullptr && expected != kValues.end() && !Fits(entry->value, expected->kind);
}

}  // namespace assay
