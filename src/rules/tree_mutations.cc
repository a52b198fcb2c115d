#include "rules/tree_mutations.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "base/json.h"
#include "rules/tree_changes.h"

namespace assay {
namespace {

const std::string kResults = "closed/ACME/results/SYS/llama3.1-8b/";
const std::string kSystem = "closed/ACME/systems/SYS.json";

void AddSystem(const TreeFiles& tree, std::vector<TreeMutation>& all) {
  const auto field = [](std::string_view name) { return fmt::format(R"("{}": "[^"]*",?)", name); };
  for (const std::string_view name : kSystemFields) {
    all.push_back({fmt::format("system without {}", name),
                   Replace(kSystem, field(name), R"("another": "",)"), &rule::kSystemFields});
    all.push_back({fmt::format("system with empty {}", name),
                   Replace(kSystem, field(name), fmt::format(R"("{}": "",)", name)),
                   &rule::kSystemFields});
  }
  for (const std::string_view name : kSystemFieldsMayBeEmpty) {
    all.push_back({fmt::format("system without {}", name),
                   Replace(kSystem, fmt::format("\"{}\"", name), "\"another\""),
                   &rule::kSystemFields});
  }
  const auto system = [&](std::string name, const std::string& from, const std::string& to) {
    all.push_back({std::move(name), Replace(kSystem, from, to), &rule::kSystemValues});
  };
  system("status sold out", "\"available\"", "\"sold out\"");
  system("system_type in capitals", "\"datacenter\"", "\"Datacenter\"");
  system("system_type edge", "\"datacenter\"", "\"edge\"");
  system("another submitter", "\"ACME\"", "\"ACME2\"");
  system("another division", "\"closed\"", "\"open\"");
  system("network system in closed", "\\{\n", "{\n\"is_network\": \"True\",\n");
  system("network as a boolean", "\\{\n", "{\n\"is_network\": true,\n");
  all.push_back({"system is no JSON", Put(kSystem, "{\"division\": "), &rule::kUnreadable});
  all.push_back({"system is a list", Put(kSystem, "[]"), &rule::kUnreadable});
  all.push_back({"system missing", Remove(kSystem), &rule::kSystemFields});
  all.push_back({"system without results", Put("closed/ACME/systems/OTHER.json", tree.at(kSystem)),
                 &rule::kTreeSystems});
}

void AddMeasurements(std::vector<TreeMutation>& all) {
  const std::string measurements = kResults + "Server/measurements.json";
  for (const std::string_view field : kMeasurementFields) {
    const std::string whole = fmt::format(R"("{}": "[^"]*")", field);
    all.push_back({fmt::format("measurements without {}", field),
                   Replace(measurements, whole, "\"x\": 1"), &rule::kMeasurements});
    for (const std::string_view empty : {"\"\"", "false", "null", "0"}) {
      all.push_back({fmt::format("measurements with {} as {}", field, empty),
                     Replace(measurements, whole, fmt::format("\"{}\": {}", field, empty)),
                     &rule::kMeasurements});
    }
  }
  all.push_back({"measurements is no JSON", Put(measurements, "no"), &rule::kUnreadable});
  const auto let_pass = [=](TreeFiles& files) {
    auto json = ParseJson(files.at(measurements), measurements);
    ASSERT_TRUE(json.has_value());
    (*json)[std::string(kAcceptedField)].push_back(Json{{"rule", rule::kCoverage.id}});
    files.at(measurements) = ToPrettyJson(*json);
  };
  all.push_back({"a finding that was let pass", let_pass, &rule::kCoverage});
}

void AddFiles(std::vector<TreeMutation>& all) {
  for (const std::string scenario : {"Offline", "Server", "Interactive"}) {
    const std::string dir = kResults + scenario + "/";
    for (const std::string_view name : kPerformanceFiles) {
      const std::string file = fmt::format("{}performance/run_1/{}", dir, name);
      all.push_back({"no " + file, Remove(file), &rule::kTreeFiles});
    }
    for (const std::string_view name : kAccuracyFiles) {
      const std::string file = fmt::format("{}accuracy/{}", dir, name);
      all.push_back({"no " + file, Remove(file), &rule::kTreeFiles});
    }
    for (const std::string_view name : kMeasurementFiles) {
      const std::string file = fmt::format("{}{}", dir, name);
      all.push_back({"no " + file, Remove(file), &rule::kTreeFiles});
      all.push_back({"empty " + file, Put(file, ""), &rule::kTreeFiles});
    }
    all.push_back(
        {"no measurements in " + scenario, Remove(dir + "measurements.json"), &rule::kTreeFiles});
    all.push_back({"no verification in " + scenario, Remove(dir + "TEST06/verify_accuracy.txt"),
                   &rule::kTest06Text});
    all.push_back({"stray file in " + scenario, Put(dir + "performance/run_1/notes.txt", "x"),
                   &rule::kTreeFiles});
  }
  all.push_back({"no source", Remove("closed/ACME/src/llama3.1-8b/README.md"), &rule::kTreeSource});
  all.push_back({"no calibration", Put("closed/ACME/documentation/calibration.md", ""),
                 &rule::kTreeCalibration});
  all.push_back({"hidden file", Put("closed/ACME/.DS_Store", "x"), &rule::kTreeNames});
  all.push_back({"name with a blank", Put("closed/ACME/src/a b.txt", "x"), &rule::kTreeNames});
  all.push_back(
      {"Python's cache", Put("closed/ACME/src/__pycache__/a.pyc", "x"), &rule::kTreeNames});
  all.push_back({"stray scenario", Put(kResults + "Offline2/x.txt", "x"), &rule::kTreeNames});
  all.push_back({"interactive as a benchmark",
                 Put("closed/ACME/results/SYS/llama3.1-8b-interactive/Server/x.txt", "x"),
                 &rule::kTreeNames});
}

// Adds settings and figures of the detail logs.
class LogMutations {
 public:
  explicit LogMutations(std::vector<TreeMutation>& all) : all_(all) {}

  void Add() {
    AddSettings();
    AddResults();
    AddFigures();
    AddAccuracyLog();
    AddDamage();
  }

 private:
  void Set(const std::string& file, const std::string& key, const std::string& value,
           const Rule& rule, Severity severity = Severity::kError) {
    all_.push_back({fmt::format("{} = {} in {}", key, value, file), SetKey(file, key, value), &rule,
                    severity});
  }

  void AddSettings() {
    Set(server_, "effective_qsl_rng_seed", "1", rule::kSeeds);
    Set(server_, "effective_sample_index_rng_seed", "2", rule::kSeeds);
    Set(server_, "effective_schedule_rng_seed", "18209322760996052031", rule::kSeeds);
    Set(server_, "effective_schedule_rng_seed", "", rule::kSeeds);
    Set(offline_, "loadgen_version", "\"5.1.0 @ NA\"", rule::kLoadgenRelease);
    Set(offline_, "effective_min_duration_ms", "599999", rule::kMinDuration);
    Set(server_, "effective_min_duration_ms", "120000", rule::kMinDuration);
    Set(interactive_, "effective_min_duration_ms", "", rule::kMinDuration);
    Set(server_, "effective_performance_sample_count", "13367", rule::kPerformanceSamples);
    Set(offline_, "effective_samples_per_query", "13367", rule::kOfflineSamples);
    Set(server_, "requested_use_token_latencies", "false", rule::kTokenLatencies);
    Set(server_, "requested_use_token_latencies", "", rule::kTokenLatencies);
    Set(server_, "effective_sample_concatenate_permutation", "false", rule::kEqualIssue);
    Set(server_, "effective_target_latency_ns", "30000000000", rule::kTargetLatency);
    Set(server_, "requested_server_ttft_latency", "2000000001", rule::kLatencyLimits);
    Set(interactive_, "requested_server_tpot_latency", "100000000", rule::kLatencyLimits);
    Set(server_, "effective_test_mode", "\"AccuracyOnly\"", rule::kTestMode);
    Set(server_, "effective_scenario", "\"Offline\"", rule::kScenario);
  }

  void AddResults() {
    Set(server_, "result_validity", "\"INVALID\"", rule::kLoadgenInvalid);
    Set(server_, "result_validity", "", rule::kLoadgenIncomplete);
    Set(server_, "early_stopping_met", "false", rule::kEarlyStopping);
    Set(server_, "num_errors", "3", rule::kLoadgenErrors);
    const std::string ttft = "result_first_token_99.00_percentile_latency_ns";
    const std::string tpot = "result_time_per_output_token_99.00_percentile_ns";
    Set(server_, ttft, "2000000000", rule::kTtft);
    Set(server_, ttft, "", rule::kTtft);
    Set(interactive_, ttft, "600000000", rule::kTtft);
    Set(server_, tpot, "100000000", rule::kTpot);
    Set(interactive_, tpot, "50000000", rule::kTpot);
    Set(server_, "generated_query_count", "13369", rule::kGenerated);
    Set(server_, "generated_query_duration", "5", rule::kGenerated, Severity::kWarning);
    Set(offline_, "generated_samples_per_query", "13370", rule::kGenerated);
    Set(server_, "loaded_qsl_set", "[1,1,2]", rule::kLoadedSet);
    Set(server_, "loaded_qsl_set", "17", rule::kLoadedSet);
  }

  void AddFigures() {
    Set(offline_, "result_samples_per_second", "30", rule::kFigures);
    Set(server_, "result_mean_latency_ns", "9000000000", rule::kFigures);
    Set(server_, "result_50.00_percentile_latency_ns", "3500000000", rule::kFigures);
    // Above 128 tokens a sample at the 20 or so samples a second of these logs.
    Set(offline_, "result_tokens_per_second", "2900", rule::kTokensPerSample, Severity::kWarning);
    all_.back().alone = false;  // where the summary tells the rate too
    Set(server_, "result_completed_tokens_per_second", "2900", rule::kTokensPerSample,
        Severity::kWarning);
    all_.back().alone = false;
  }

  void AddAccuracyLog() {
    const std::string log = kResults + "Server/accuracy/mlperf_log_detail.txt";
    // As LoadGen before 6 logs it, which tells no effective count.
    const TreeChange old = SetKey(log, "effective_accuracy_sample_count", "");
    const TreeChange fewer = SetKey(log, "qsl_reported_total_count", "5000");
    all_.push_back({"an accuracy log of 5,000 samples",
                    [=](TreeFiles& files) {
                      old(files);
                      fewer(files);
                    },
                    &rule::kCoverage});
    Set(log, "effective_accuracy_sample_count", "13000", rule::kCoverage);
    Set(log, "effective_test_mode", "\"PerformanceOnly\"", rule::kTestMode);
    Set(log, "effective_schedule_rng_seed", "1", rule::kTestsDiffer, Severity::kWarning);
    Set(log, "sut_name", "\"OTHER\"", rule::kTestsDiffer, Severity::kWarning);
    Set(log, "loadgen_version", "\"6.0.16 @ 123\"", rule::kTestsDiffer, Severity::kWarning);
    Append("an error in the accuracy log", log, LogLine("error_runtime", "\"x\"", true),
           rule::kLoadgenErrors);
  }

  void Append(std::string name, const std::string& file, const std::string& text,
              const Rule& rule) {
    all_.push_back({std::move(name), [=](TreeFiles& files) { files.at(file) += text; }, &rule});
  }

  void AddDamage() {
    const std::string log = server_;
    const std::string other = offline_;
    const std::string third = interactive_;
    Append("an error in the performance log", log, LogLine("error_runtime", "\"x\"", true),
           rule::kLoadgenErrors);
    Append("a damaged line", log, ":::MLLOG {\"key\"\n", rule::kDamagedLog);
    all_.push_back({"half a log",
                    [=](TreeFiles& files) { files[log].resize(files[log].size() / 2); },
                    &rule::kDamagedLog});
    all_.push_back({"the beginning of a log",
                    [=](TreeFiles& files) {
                      files[log].resize(files[log].find("\n:::MLLOG {\"key\": \"power_end") + 1);
                    },
                    &rule::kLoadgenIncomplete});
    all_.push_back(
        {"a swapped log", [=](TreeFiles& files) { files[log] = files[other]; }, &rule::kScenario});
    all_.push_back({"one log for two results", [=](TreeFiles& files) { files[third] = files[log]; },
                    &rule::kTreeDuplicate, Severity::kWarning, false});
  }

  std::vector<TreeMutation>& all_;
  const std::string server_ = kResults + "Server/performance/run_1/mlperf_log_detail.txt";
  const std::string offline_ = kResults + "Offline/performance/run_1/mlperf_log_detail.txt";
  const std::string interactive_ = kResults + "Interactive/performance/run_1/mlperf_log_detail.txt";
};

void AddTexts(std::vector<TreeMutation>& all) {
  const std::string summary = kResults + "Server/performance/run_1/mlperf_log_summary.txt";
  all.push_back(
      {"a summary that says INVALID", Replace(summary, "VALID", "INVALID"), &rule::kLogsDiffer});
  const auto other_rate = [=](TreeFiles& files) {
    std::string& bytes = files.at(summary);
    const std::string name = "Completed tokens per second";
    const std::size_t at = bytes.find(name);
    if (at != std::string::npos) bytes.erase(at, bytes.find('\n', at) + 1 - at);
    bytes.insert(0, name + ": 9999.00\n");
  };
  all.push_back({"a summary with another rate", other_rate, &rule::kLogsDiffer});
  const std::string conf = kResults + "Server/user.conf";
  const auto replace = [&](std::string name, const std::string& from, const std::string& to,
                           const Rule& rule) {
    all.push_back({std::move(name), Replace(conf, from, to), &rule, Severity::kWarning});
  };
  replace("user.conf with another rate", "target_qps = [0-9.]+", "target_qps = 30",
          rule::kUserConfAgrees);
  replace("user.conf with another duration", "600000", "120000", rule::kUserConfAgrees);
  replace("user.conf with an unknown key", "min_duration", "min_durations", rule::kUserConf);
  replace("user.conf without blanks", "(target_qps = [0-9.]+)", "$1\n*.*.mode=2", rule::kUserConf);
}

void AddScores(std::vector<TreeMutation>& all) {
  const std::string text = kResults + "Offline/accuracy/accuracy.txt";
  const auto replace = [&](const std::string& from, const std::string& to, const Rule& rule,
                           Severity severity = Severity::kError) {
    all.push_back({fmt::format("accuracy.txt: {} for {}", to, from), Replace(text, from, to), &rule,
                   severity});
  };
  replace("\n\nhash", "\n'rouge1': '1'\n\nhash", rule::kAccuracyText);
  replace("\n\nhash", "\n'rouge1': '99'\n\nhash", rule::kAccuracyText, Severity::kWarning);
  const auto score = [&](const std::string& name, const std::string& value, const Rule& rule) {
    replace(fmt::format("('{}': )[^,]*", name), "$01" + value, rule);
  };
  score("rouge1", "'38.3914'", rule::kAccuracyRouge1);
  score("rouge2", "'15.7484'", rule::kAccuracyRouge2);
  score("rougeL", "'24.2507'", rule::kAccuracyRougeL);
  score("rougeLsum", "'35.4350'", rule::kAccuracyRougeLsum);
  score("gen_len", "7350879", rule::kAccuracyGenLen);
  score("gen_len", "8984409", rule::kAccuracyGenLen);
  score("gen_len", "np.int64(8167644)", rule::kAccuracyText);
  score("gen_len", "'8167644'", rule::kAccuracyText);
  replace("'rouge1'", "\"rouge1\"", rule::kAccuracyText);
  replace("'rouge2'", "'rougeX'", rule::kAccuracyText);
  replace("'gen_num': 13368", "'gen_num': 100", rule::kAccuracyCount);
  replace("hash=", "hash ", rule::kAccuracyHash);
  replace("hash=", "hash= ", rule::kAccuracyHash);
  replace("hash=...", "hash=xyz", rule::kAccuracyHash, Severity::kWarning);
  replace("hash=(...)(.*)", "hash=$01$02\nhash=$02$01", rule::kAccuracyHash, Severity::kWarning);
  const std::string log = kResults + "Offline/accuracy/mlperf_log_accuracy.json";
  all.push_back(
      {"a whole accuracy log", Put(log, AccuracyLogText(13368, false)), &rule::kAccuracyLogSize});
  all.push_back({"another hash than the whole log's", Put(log, AccuracyLogText(13368, false)),
                 &rule::kAccuracyHash});
  all.push_back(
      {"a damaged accuracy log", Put(log, "[\n{ \"seq_id\" : 0, \"qsl"), &rule::kUnreadable});
}

void AddTest06(std::vector<TreeMutation>& all) {
  const std::string text = kResults + "Server/TEST06/verify_accuracy.txt";
  for (const std::string_view part : kTest06Lines) {
    const std::string line(part);
    all.push_back(
        {line + "False", Replace(text, line + "True", line + "False"), &rule::kTest06Text});
  }
  const std::string log = kResults + "Server/TEST06/accuracy/mlperf_log_accuracy.json";
  const auto edit = [&](std::string name, const std::function<void(Json&)>& change,
                        const Rule& rule, Severity severity, bool alone = true) {
    all.push_back({"TEST06: " + std::move(name), EditRecord(log, change), &rule, severity, alone});
  };
  constexpr std::uint32_t kBos = 128000;
  constexpr std::uint32_t kEnd = 128009;
  edit(
      "BOS",
      [](Json& r) {
        SetData(r, 1, {kBos, 2000, kEnd});
      },
      rule::kBosInside, Severity::kWarning);
  edit(
      "interior end",
      [](Json& r) {
        SetData(r, 1, {kEnd, 2000});
      },
      rule::kInteriorEnd, Severity::kWarning);
  edit(
      "padding",
      [](Json& r) {
        SetData(r, 1, {2000, kEnd, kEnd});
      },
      rule::kPadding, Severity::kWarning);
  edit(
      "another count", [](Json& r) { r["token_count"] = r["token_count"].get<int>() + 1; },
      rule::kTest06Verdict, Severity::kError);
  edit(
      "one wrong count", [](Json& r) { r["token_count"] = r["token_count"].get<int>() + 1; },
      rule::kTokenCount, Severity::kError);
  edit(
      "another first token", [](Json& r) { r["token_data"] = Int32Hex(9); }, rule::kTest06Verdict,
      Severity::kError);
  edit(
      "no first token", [](Json& r) { r["token_data"] = ""; }, rule::kTest06FirstToken,
      Severity::kWarning);
  edit(
      "no hex", [](Json& r) { r["data"] = "ZZZZZZZZ"; }, rule::kUnreadable, Severity::kError);
  edit(
      "129 tokens", [](Json& r) { SetData(r, 1, std::vector<std::uint32_t>(128, 2000)); },
      rule::kTokensAboveMaximum, Severity::kWarning);
  all.push_back({"TEST06: 99 records", Put(log, AccuracyLogText(99, true)), &rule::kTest06Records,
                 Severity::kWarning});
  all.push_back(
      {"TEST06: no records", Put(log, "[\n]\n"), &rule::kTest06Records, Severity::kWarning});
}

// What no LoadGen, no evaluation and no careful submitter writes, and a parser may let pass.
void AddOddities(const TreeFiles& tree, std::vector<TreeMutation>& all) {
  const std::string log = kResults + "Server/performance/run_1/mlperf_log_detail.txt";
  const std::string ttft = "result_first_token_99.00_percentile_latency_ns";
  const auto odd = [&](const std::string& key, const std::string& value) {
    all.push_back(
        {fmt::format("{} = {}", key, value), SetKey(log, key, value), &rule::kDamagedLog});
  };
  odd("early_stopping_met", "null");
  odd("effective_min_duration_ms", "\"600000\"");
  odd(ttft, "3.99e8");
  odd(ttft, "-5");
  odd("result_validity", "\"valid\"");
  const auto told_twice = [=](TreeFiles& files) {
    files.at(log) += LogLine("effective_min_duration_ms", "300000");
  };
  all.push_back({"a key told twice", told_twice, &rule::kLogsDiffer});
  const std::string& system = tree.at(kSystem);
  all.push_back({"a byte order mark", Put(kSystem, "\xef\xbb\xbf" + system), &rule::kUnreadable});
  all.push_back({"a field that stands twice",
                 Put(kSystem, "{\"status\": \"rdi\"," + system.substr(1)), &rule::kUnreadable,
                 Severity::kWarning});
  all.push_back({"a name with a line feed", Put("closed/ACME/src/a\nb.txt", "x"), &rule::kTreeNames,
                 Severity::kWarning});
  all.push_back(
      {"rouge1 above 100",
       Replace(kResults + "Offline/accuracy/accuracy.txt", "('rouge1': )[^,]*", "$01'138.7'"),
       &rule::kAccuracyText});
  const std::string text = kResults + "Server/TEST06/verify_accuracy.txt";
  all.push_back(
      {"TEST06: passed and not",
       Replace(text, "EOS check pass: True", "EOS check pass: True\nEOS check pass: False"),
       &rule::kTest06Text, Severity::kWarning});
  all.push_back({"TEST06: no such sample",
                 EditRecord(kResults + "Server/TEST06/accuracy/mlperf_log_accuracy.json",
                            [](Json& r) { r["qsl_idx"] = 13368; }),
                 &rule::kNoReference});
}

void AddScenarios(std::vector<TreeMutation>& all) {
  const auto without = [](std::vector<std::string> scenarios) -> TreeChange {
    return [=](TreeFiles& files) {
      for (const std::string& scenario : scenarios) {
        std::erase_if(
            files, [&](const auto& f) { return f.first.starts_with(kResults + scenario + "/"); });
      }
    };
  };
  all.push_back({"no Offline", without({"Offline"}), &rule::kTreeScenarios});
  all.push_back({"only Offline", without({"Server", "Interactive"}), &rule::kTreeScenarios});
}

}  // namespace

std::vector<TreeMutation> MutationsOf(const TreeFiles& tree) {
  std::vector<TreeMutation> all;
  AddSystem(tree, all);
  AddMeasurements(all);
  AddFiles(all);
  LogMutations(all).Add();
  AddTexts(all);
  AddScores(all);
  AddTest06(all);
  AddOddities(tree, all);
  AddScenarios(all);
  return all;
}

}  // namespace assay
