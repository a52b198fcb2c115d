// A small submission tree that breaks no rule, written as LoadGen and a careful submitter would
// write it: the base of the mutation test. Its queries are those that the seeds give.

#ifndef ASSAY_RULES_TEST_TREE_H_
#define ASSAY_RULES_TEST_TREE_H_

#include <map>
#include <string>

#include "base/file.h"
#include "base/format.h"
#include "rules/loadgen_queries.h"
#include "rules/submission_rules.h"
#include "rules/test_logs.h"

namespace assay {

using TreeFiles = std::map<std::string, std::string>;  // path in the tree -> bytes

// What LoadGen generates from the settings in `values`, added to them.
inline void AddQueries(LogValues& values) {
  const auto settings = QuerySettingsOf(LoadgenDetailLog::Parse(DetailText(values)));
  const auto queries = Reproduce(*settings);
  Change(values, "loaded_qsl_set", fmt::format("[{}]", fmt::join(queries->loaded_set, ",")));
  Change(values, "generated_query_count", fmt::format("{}", queries->query_count));
  Change(values, "generated_samples_per_query", fmt::format("{}", queries->samples_per_query));
  Change(values, "generated_query_duration", fmt::format("{}", queries->duration_ns));
}

inline LogValues PerformanceLogOf(const RoundRules& round, const BenchmarkRules& benchmark,
                                  Scenario scenario) {
  const bool offline = scenario == Scenario::kOffline;
  LogValues values = offline ? ValidOfflineLog(round, benchmark) : ValidServerLog(round, benchmark);
  Change(values, "sut_name", "\"SUT\"");
  Change(values, "qsl_name", "\"QSL\"");
  Change(values, "requested_scenario", offline ? "\"Offline\"" : "\"Server\"");
  Change(values, "requested_min_duration_ms", "600000");
  Change(values, "requested_min_query_count", "100");
  Change(values, "effective_target_latency_ns", "0");
  Change(values, "effective_target_duration_ms", offline ? "0" : "600000");
  if (!offline) Change(values, "effective_samples_per_query", "1");
  Change(values, offline ? "requested_offline_expected_qps" : "requested_server_target_qps",
         offline ? "20" : "20.5");
  Change(values, "effective_target_qps", offline ? "20" : "20.5");
  if (scenario == Scenario::kInteractive) {
    Change(values, "requested_server_ttft_latency", "500000000");
    Change(values, "requested_server_tpot_latency", "30000000");
    Change(values, "result_first_token_99.00_percentile_latency_ns", "400000000");
    Change(values, "result_time_per_output_token_99.00_percentile_ns", "20000000");
  }
  AddQueries(values);
  Change(values, "result_min_latency_ns", "1000000000");
  Change(values, "result_50.00_percentile_latency_ns", "2000000000");
  Change(values, "result_99.00_percentile_latency_ns", "3000000000");
  Change(values, "result_mean_latency_ns", "2100000000");
  if (!offline) Change(values, "result_max_latency_ns", "4000000000");
  Change(values, "result_tokens_per_second", offline ? "2560" : "");
  return values;
}

inline LogValues AccuracyLogOf(LogValues values) {
  Change(values, "effective_test_mode", "\"AccuracyOnly\"");
  std::erase_if(values, [](const auto& pair) {
    return pair.first.starts_with("result_") || pair.first.starts_with("early_stopping") ||
           pair.first.starts_with("generated_") || pair.first == "loaded_qsl_set" ||
           pair.first == "num_errors";
  });
  AddQueries(values);
  return values;
}

inline std::string Int32Hex(std::uint32_t id) {
  return fmt::format("{:02X}{:02X}{:02X}{:02X}", id & 0xFFU, (id >> 8U) & 0xFFU,
                     (id >> 16U) & 0xFFU, (id >> 24U) & 0xFFU);
}

// `count` records of three tokens, the last of them an end token.
inline std::string AccuracyLogText(std::size_t count, bool first_token) {
  std::string text = "[\n";
  for (std::size_t i = 0; i < count; ++i) {
    const std::string first = Int32Hex(static_cast<std::uint32_t>(1000 + i));
    text += fmt::format(
        R"({{ "seq_id" : {}, "qsl_idx" : {}, "data" : "{}{}{}", {}"token_count" : 3 }}{})", i, i,
        first, Int32Hex(2000), Int32Hex(128009),
        first_token ? fmt::format(R"("token_data" : "{}", )", first) : "",
        i + 1 < count ? ",\n" : "\n]\n");
  }
  return text;
}

// As truncate_accuracy_log.py does it.
inline std::string Truncated(const std::string& text) {
  return text.substr(0, 4096) + "\n\n...\n\n" + text.substr(text.size() - 4096);
}

inline std::string SystemJson() {
  std::string text = "{\n";
  for (const std::string_view field : kSystemFields) text += fmt::format("\"{}\": \"1\",\n", field);
  for (const std::string_view field : kSystemFieldsMayBeEmpty) {
    text += fmt::format("\"{}\": \"\",\n", field);
  }
  text.resize(text.size() - 2);
  text += "\n}\n";
  const auto set = [&text](std::string_view field, std::string_view value) {
    const std::string from = fmt::format("\"{}\": \"1\"", field);
    text.replace(text.find(from), from.size(), fmt::format("\"{}\": \"{}\"", field, value));
  };
  set("division", "closed");
  set("submitter", "ACME");
  set("system_type", "datacenter");
  set("status", "available");
  return text;
}

inline std::string MeasurementsJson() {
  std::string text = "{";
  for (const std::string_view field : kMeasurementFields) {
    text += fmt::format("{}\"{}\": \"No\"", text.size() > 1 ? ", " : "", field);
  }
  return text + "}\n";
}

inline void AddResult(TreeFiles& files, const RoundRules& round, Scenario scenario) {
  const BenchmarkRules& benchmark = RulesOf(round, BenchmarkId::kLlama31_8b);
  const std::string dir =
      fmt::format("closed/ACME/results/SYS/llama3.1-8b/{}/", ScenarioTitle(scenario));
  const bool offline = scenario == Scenario::kOffline;
  const LogValues values = PerformanceLogOf(round, benchmark, scenario);
  files[dir + "performance/run_1/mlperf_log_detail.txt"] = DetailText(values);
  files[dir + "performance/run_1/mlperf_log_summary.txt"] = SummaryText("VALID");
  files[dir + "accuracy/mlperf_log_detail.txt"] = DetailText(AccuracyLogOf(values));
  files[dir + "accuracy/mlperf_log_summary.txt"] =
      "\nNo warnings encountered during test.\n\nNo errors encountered during test.\n";
  files[dir + "accuracy/mlperf_log_accuracy.json"] = Truncated(AccuracyLogText(300, !offline));
  files[dir + "accuracy/accuracy.txt"] = fmt::format(
      "{{'rouge1': '38.7792', 'rouge2': '15.9075', 'rougeL': '24.4957', 'rougeLsum': '35.793', "
      "'gen_len': 8167644, 'gen_num': 13368}}\n\nhash={:0>64}\n",
      "abc123");
  files[dir + "measurements.json"] = MeasurementsJson();
  files[dir + "README.md"] = "How it was run.\n";
  files[dir + "user.conf"] = fmt::format("*.{}.target_qps = {}\n*.*.min_duration = 600000\n",
                                         offline ? "Offline" : "Server", offline ? "20" : "20.5");
  files[dir + "TEST06/verify_accuracy.txt"] = fmt::format(
      "First token check pass: {}\nEOS check pass: True\nSample length check pass: True\n"
      "TEST06 verification complete\n",
      offline ? "Skipped" : "True");
  files[dir + "TEST06/accuracy/mlperf_log_accuracy.json"] = AccuracyLogText(100, !offline);
}

// closed, datacenter, Offline, Server and Interactive, layout of v6.
inline TreeFiles ValidTree(const RoundRules& round) {
  TreeFiles files;
  for (const Scenario scenario : {Scenario::kOffline, Scenario::kServer, Scenario::kInteractive}) {
    AddResult(files, round, scenario);
  }
  files["closed/ACME/systems/SYS.json"] = SystemJson();
  files["closed/ACME/src/llama3.1-8b/README.md"] = "The code.\n";
  files["closed/ACME/documentation/calibration.md"] = "No calibration: weights are BF16.\n";
  return files;
}

}  // namespace assay

#endif  // ASSAY_RULES_TEST_TREE_H_
