// Small LoadGen logs for the tests of this module, written line by line as LoadGen writes them.

#ifndef ASSAY_RULES_TEST_LOGS_H_
#define ASSAY_RULES_TEST_LOGS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "rules/evidence.h"

namespace assay {

// Key -> value as it stands in the log; in LoadGen's order.
using LogValues = std::vector<std::pair<std::string, std::string>>;

// A performance log of a valid Offline run under the rules of `round`.
inline LogValues ValidOfflineLog(const RoundRules& round, const BenchmarkRules& benchmark) {
  const std::string samples = fmt::format("{}", benchmark.sample_count);
  const LoadgenRelease& release = round.first_loadgen;
  return {{"loadgen_version",
           fmt::format("\"{}.{}.{} @ NA\"", release.major, release.minor, release.patch)},
          {"qsl_reported_total_count", samples},
          {"requested_performance_sample_count_override", samples},
          {"requested_use_token_latencies", "true"},
          {"effective_scenario", "\"Offline\""},
          {"effective_test_mode", "\"PerformanceOnly\""},
          {"effective_samples_per_query", samples},
          {"effective_target_qps", "100"},
          {"effective_min_duration_ms", "600000"},
          {"effective_min_query_count", "1"},
          {"effective_qsl_rng_seed", fmt::format("{}", round.seeds.qsl)},
          {"effective_sample_index_rng_seed", fmt::format("{}", round.seeds.sample_index)},
          {"effective_schedule_rng_seed", fmt::format("{}", round.seeds.schedule)},
          {"effective_accuracy_log_rng_seed", "0"},
          {"effective_accuracy_log_sampling_target", "0"},
          {"effective_performance_sample_count", samples},
          {"effective_sample_concatenate_permutation", "true"},
          {"power_end", "\"01-01-2026 00:00:00.000\""},
          {"result_validity", "\"VALID\""},
          {"result_min_duration_met", "true"},
          {"result_min_queries_met", "true"},
          {"early_stopping_met", "true"},
          {"result_query_count", "1"},
          {"result_samples_per_second", "20"},
          {"result_max_latency_ns", "668400000000"},
          {"result_tokens_per_second", "2560"},
          {"num_errors", "0"}};
}

// The same for Server, at 20 queries a second.
inline LogValues ValidServerLog(const RoundRules& round, const BenchmarkRules& benchmark) {
  LogValues values = ValidOfflineLog(round, benchmark);
  const std::map<std::string, std::string> changes{{"effective_scenario", "\"Server\""},
                                                   {"effective_target_qps", "20"},
                                                   {"result_query_count", "13368"}};
  for (auto& [key, value] : values) {
    const auto change = changes.find(key);
    if (change != changes.end()) value = change->second;
  }
  const LogValues more{{"requested_server_ttft_latency", "2000000000"},
                       {"requested_server_tpot_latency", "100000000"},
                       {"early_stopping_ttft_result", "\" * Run successful.\""},
                       {"early_stopping_tpot_result", "\" * Run successful.\""},
                       {"result_scheduled_samples_per_sec", "20"},
                       {"result_completed_samples_per_sec", "19.9"},
                       {"result_first_token_99.00_percentile_latency_ns", "1500000000"},
                       {"result_time_per_output_token_99.00_percentile_ns", "90000000"},
                       {"result_completed_tokens_per_second", "2547.2"}};
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

// Sets, adds or (with an empty value) removes a key.
inline void Change(LogValues& values, const std::string& key, const std::string& value) {
  for (auto it = values.begin(); it != values.end(); ++it) {
    if (it->first != key) continue;
    if (value.empty()) {
      values.erase(it);
    } else {
      it->second = value;
    }
    return;
  }
  values.emplace_back(key, value);
}

inline std::string LogLine(const std::string& key, const std::string& value,
                           bool is_error = false) {
  return fmt::format(
      ":::MLLOG {{\"key\": \"{}\", \"value\": {}, \"time_ms\": 0.5, \"namespace\": "
      "\"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", \"metadata\": "
      "{{\"is_error\": {}, \"is_warning\": false, \"file\": \"t.cc\", \"line_no\": "
      "1, \"pid\": 1, \"tid\": 1}}}}\n",
      key, value, is_error);
}

inline std::string DetailText(const LogValues& values) {
  std::string text;
  for (const auto& [key, value] : values) text += LogLine(key, value);
  return text;
}

inline std::string SummaryText(const std::string& validity) {
  return fmt::format(
      "Result is : {}\n\nNo warnings encountered during test.\n\n"
      "No errors encountered during test.\n",
      validity);
}

inline LoadgenEvidence EvidenceOf(const LogValues& values, const std::string& validity = "VALID") {
  LoadgenEvidence evidence;
  evidence.directory = "performance/";
  evidence.detail = LoadgenDetailLog::Parse(DetailText(values));
  evidence.summary = LoadgenSummaryLog::Parse(SummaryText(validity));
  return evidence;
}

}  // namespace assay

#endif  // ASSAY_RULES_TEST_LOGS_H_
