#include "rules/judge_tree.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/json.h"
#include "rules/rule_table.h"
#include "rules/test_tree.h"

namespace assay {
namespace {

using Change1 = std::function<void(TreeFiles&)>;

struct Mutation {
  std::string name;
  Change1 change;
  const Rule* rule;  // that some finding must cite
  Severity severity = Severity::kError;
  bool alone = true;  // false: it breaks rules of a higher severity too
};

const std::string kResults = "closed/ACME/results/SYS/llama3.1-8b/";
const std::string kSystem = "closed/ACME/systems/SYS.json";

std::string Replaced(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "the base tree has no " << from;
  if (at == std::string::npos) return text;
  return text.substr(0, at) + to + text.substr(at + from.size());
}

Change1 Replace(const std::string& file, const std::string& from, const std::string& to) {
  return [=](TreeFiles& files) { files.at(file) = Replaced(files.at(file), from, to); };
}

Change1 Remove(const std::string& file) {
  return [=](TreeFiles& files) { EXPECT_EQ(files.erase(file), 1U) << file; };
}

Change1 Put(const std::string& file, const std::string& bytes) {
  return [=](TreeFiles& files) { files[file] = bytes; };
}

// Sets (or, with "", removes) a key of a detail log.
Change1 SetKey(const std::string& file, const std::string& key, const std::string& value) {
  return [=](TreeFiles& files) {
    std::string& text = files.at(file);
    const std::string head = fmt::format(":::MLLOG {{\"key\": \"{}\"", key);
    const std::size_t at = text.find(head);
    const std::string line = value.empty() ? "" : LogLine(key, value);
    if (at == std::string::npos) {
      text += line;
    } else {
      text = text.substr(0, at) + line + text.substr(text.find('\n', at) + 1);
    }
  };
}

class Tree {
 public:
  explicit Tree(TreeFiles files) : files_(std::move(files)) {
    root_ = fs::path(::testing::TempDir()) /
            fmt::format("tree_{}", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(root_);
    for (const auto& [path, bytes] : files_) Write(path, bytes);
  }
  ~Tree() { fs::remove_all(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  // The judgement of the tree after `change`; the tree is as before afterwards.
  Judgement JudgeAfter(const Change1& change, const std::string& name = "unchanged") {
    TreeFiles changed = files_;
    change(changed);
    for (const auto& [path, bytes] : files_) {
      const auto it = changed.find(path);
      if (it == changed.end()) RemoveWithEmptyParents(path);
      if (it != changed.end() && it->second != bytes) Write(path, it->second);
    }
    for (const auto& [path, bytes] : changed) {
      if (!files_.contains(path)) Write(path, bytes);
    }
    const auto judgement = JudgeTree(root_, {});
    EXPECT_TRUE(judgement.has_value());
    if (judgement) Keep(name, *judgement);
    for (const auto& [path, bytes] : changed) {
      if (!files_.contains(path)) RemoveWithEmptyParents(path);
    }
    for (const auto& [path, bytes] : files_) {
      const auto it = changed.find(path);
      if (it == changed.end() || it->second != bytes) Write(path, bytes);
    }
    return judgement ? *judgement : Judgement{};
  }

 private:
  void Write(const std::string& path, const std::string& bytes) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << bytes;
  }
  // Leaves the tree for tools/compare_official_checkers, where ASSAY_MUTATED_TREES says.
  void Keep(const std::string& name, const Judgement& judgement) {
    const char* where = std::getenv("ASSAY_MUTATED_TREES");
    if (where == nullptr) return;
    const std::string tree = fmt::format("tree_{:03}", kept_++);
    fs::copy(root_, fs::path(where) / tree, fs::copy_options::recursive);
    const char* verdict = judgement.verdict == Verdict::kInvalid ? "invalid" : "valid";
    std::ofstream(fs::path(where) / "index.jsonl", std::ios::app)
        << ToJsonLine(Json{{"tree", tree}, {"name", name}, {"verdict", verdict}}) << '\n';
  }
  void RemoveWithEmptyParents(const std::string& path) {
    fs::remove(root_ / path);
    for (fs::path dir = (root_ / path).parent_path(); dir != root_ && fs::is_empty(dir);
         dir = dir.parent_path()) {
      fs::remove(dir);
    }
  }

  TreeFiles files_;
  fs::path root_;
  std::size_t kept_ = 0;
};

std::string Listed(const Judgement& judgement) {
  std::string text;
  for (const Finding& f : judgement.findings) {
    if (f.severity == Severity::kNote) continue;
    text += fmt::format("{} {} {}: {}\n", f.rule, f.file, f.message, f.found);
  }
  return text;
}

void AddDescriptions(std::vector<Mutation>& all) {
  const std::string json = SystemJson();
  for (const std::string_view field : kSystemFields) {
    const std::string name(field);
    const std::regex line(fmt::format("\"{}\": \"[^\"]*\",?\n", name));
    std::smatch match;
    EXPECT_TRUE(std::regex_search(json, match, line));
    all.push_back(
        {"system without " + name, Replace(kSystem, match.str(), ""), &rule::kSystemFields});
    all.push_back({"system with empty " + name,
                   Replace(kSystem, match.str(), fmt::format("\"{}\": \"\",\n", name)),
                   &rule::kSystemFields});
  }
  for (const std::string_view field : kSystemFieldsMayBeEmpty) {
    all.push_back({fmt::format("system without {}", field),
                   Replace(kSystem, fmt::format("\"{}\"", field), "\"another\""),
                   &rule::kSystemFields});
  }
  const std::string measurements = kResults + "Server/measurements.json";
  for (const std::string_view field : kMeasurementFields) {
    const std::string whole = fmt::format("\"{}\": \"No\"", field);
    all.push_back({fmt::format("measurements without {}", field),
                   Replace(measurements, whole, "\"x\": 1"), &rule::kMeasurements});
    for (const std::string_view empty : {"\"\"", "false", "null", "0"}) {
      all.push_back({fmt::format("measurements with {} as {}", field, empty),
                     Replace(measurements, whole, fmt::format("\"{}\": {}", field, empty)),
                     &rule::kMeasurements});
    }
  }
  const auto system = [&](std::string name, const std::string& from, const std::string& to) {
    all.push_back({std::move(name), Replace(kSystem, from, to), &rule::kSystemValues});
  };
  system("status sold out", "\"available\"", "\"sold out\"");
  system("system_type in capitals", "\"datacenter\"", "\"Datacenter\"");
  system("system_type edge", "\"datacenter\"", "\"edge\"");
  system("another submitter", "\"ACME\"", "\"ACME2\"");
  system("another division", "\"closed\"", "\"open\"");
  system("network system in closed", "{\n", "{\n\"is_network\": \"True\",\n");
  system("network as a boolean", "{\n", "{\n\"is_network\": true,\n");
  all.push_back({"system is no JSON", Put(kSystem, "{\"division\": "), &rule::kUnreadable});
  all.push_back({"system is a list", Put(kSystem, "[]"), &rule::kUnreadable});
  all.push_back({"measurements is no JSON", Put(measurements, "no"), &rule::kUnreadable});
  all.push_back({"system missing", Remove(kSystem), &rule::kSystemFields});
  all.push_back({"system without results", Put("closed/ACME/systems/OTHER.json", SystemJson()),
                 &rule::kTreeSystems});
}

void AddFiles(std::vector<Mutation>& all) {
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

void AddSettings(std::vector<Mutation>& all) {
  const std::string log = kResults + "Server/performance/run_1/mlperf_log_detail.txt";
  const std::string offline = kResults + "Offline/performance/run_1/mlperf_log_detail.txt";
  const std::string interactive = kResults + "Interactive/performance/run_1/mlperf_log_detail.txt";
  const auto set = [&](const std::string& file, const std::string& key, const std::string& value,
                       const Rule& rule, Severity severity = Severity::kError) {
    all.push_back({fmt::format("{} = {} in {}", key, value, file), SetKey(file, key, value), &rule,
                   severity});
  };
  set(log, "effective_qsl_rng_seed", "1", rule::kSeeds);
  set(log, "effective_sample_index_rng_seed", "2", rule::kSeeds);
  set(log, "effective_schedule_rng_seed", "18209322760996052031", rule::kSeeds);
  set(log, "effective_schedule_rng_seed", "", rule::kSeeds);
  set(offline, "loadgen_version", "\"5.1.0 @ NA\"", rule::kLoadgenRelease);
  set(offline, "effective_min_duration_ms", "599999", rule::kMinDuration);
  set(log, "effective_min_duration_ms", "120000", rule::kMinDuration);
  set(interactive, "effective_min_duration_ms", "", rule::kMinDuration);
  set(log, "effective_performance_sample_count", "13367", rule::kPerformanceSamples);
  set(offline, "effective_samples_per_query", "13367", rule::kOfflineSamples);
  set(log, "requested_use_token_latencies", "false", rule::kTokenLatencies);
  set(log, "requested_use_token_latencies", "", rule::kTokenLatencies);
  set(log, "effective_sample_concatenate_permutation", "false", rule::kEqualIssue);
  set(log, "effective_target_latency_ns", "30000000000", rule::kTargetLatency);
  set(log, "requested_server_ttft_latency", "2000000001", rule::kLatencyLimits);
  set(interactive, "requested_server_tpot_latency", "100000000", rule::kLatencyLimits);
  set(log, "effective_test_mode", "\"AccuracyOnly\"", rule::kTestMode);
  set(log, "effective_scenario", "\"Offline\"", rule::kScenario);
  set(log, "result_validity", "\"INVALID\"", rule::kLoadgenInvalid);
  set(log, "result_validity", "", rule::kLoadgenIncomplete);
  set(log, "early_stopping_met", "false", rule::kEarlyStopping);
  set(log, "num_errors", "3", rule::kLoadgenErrors);
  const std::string ttft = "result_first_token_99.00_percentile_latency_ns";
  const std::string tpot = "result_time_per_output_token_99.00_percentile_ns";
  set(log, ttft, "2000000000", rule::kTtft);
  set(log, ttft, "", rule::kTtft);
  set(interactive, ttft, "600000000", rule::kTtft);
  set(log, tpot, "100000000", rule::kTpot);
  set(interactive, tpot, "50000000", rule::kTpot);
  set(log, "generated_query_count", "13369", rule::kGenerated);
  set(log, "generated_query_duration", "5", rule::kGenerated, Severity::kWarning);
  set(offline, "generated_samples_per_query", "13370", rule::kGenerated);
  set(log, "loaded_qsl_set", "[1,1,2]", rule::kLoadedSet);
  set(log, "loaded_qsl_set", "17", rule::kLoadedSet);
  set(offline, "result_samples_per_second", "25", rule::kFigures);
  set(log, "result_mean_latency_ns", "9000000000", rule::kFigures);
  set(log, "result_50.00_percentile_latency_ns", "3500000000", rule::kFigures);
  set(offline, "result_tokens_per_second", "2580", rule::kTokensPerSample, Severity::kWarning);
  set(log, "result_completed_tokens_per_second", "2567.1", rule::kTokensPerSample,
      Severity::kWarning);
  const std::string accuracy = kResults + "Server/accuracy/mlperf_log_detail.txt";
  set(accuracy, "qsl_reported_total_count", "5000", rule::kCoverage);
  set(accuracy, "effective_accuracy_sample_count", "13000", rule::kCoverage);
  set(accuracy, "effective_test_mode", "\"PerformanceOnly\"", rule::kTestMode);
  set(accuracy, "effective_schedule_rng_seed", "1", rule::kTestsDiffer, Severity::kWarning);
  set(accuracy, "sut_name", "\"OTHER\"", rule::kTestsDiffer, Severity::kWarning);
  set(accuracy, "loadgen_version", "\"6.0.16 @ 123\"", rule::kTestsDiffer, Severity::kWarning);
  all.push_back(
      {"an error in the accuracy log",
       [=](TreeFiles& files) { files[accuracy] += LogLine("error_runtime", "\"x\"", true); },
       &rule::kLoadgenErrors});
  all.push_back({"an error in the performance log",
                 [=](TreeFiles& files) { files[log] += LogLine("error_runtime", "\"x\"", true); },
                 &rule::kLoadgenErrors});
  all.push_back({"a damaged line", [=](TreeFiles& files) { files[log] += ":::MLLOG {\"key\"\n"; },
                 &rule::kDamagedLog});
  all.push_back({"half a log", [=](TreeFiles& files) { files[log].resize(files[log].size() / 2); },
                 &rule::kDamagedLog});
  all.push_back({"the beginning of a log",
                 [=](TreeFiles& files) {
                   files[log].resize(files[log].find("\n:::MLLOG {\"key\": \"power_end") + 1);
                 },
                 &rule::kLoadgenIncomplete});
  all.push_back(
      {"a swapped log", [=](TreeFiles& files) { files[log] = files[offline]; }, &rule::kScenario});
  all.push_back({"one log for two results",
                 [=](TreeFiles& files) { files[interactive] = files[log]; }, &rule::kTreeDuplicate,
                 Severity::kWarning, false});
  const std::string summary = kResults + "Server/performance/run_1/mlperf_log_summary.txt";
  all.push_back(
      {"a summary that says INVALID", Replace(summary, "VALID", "INVALID"), &rule::kLogsDiffer});
  all.push_back({"a summary with another rate",
                 Replace(summary, "Result is", "Completed tokens per second: 9999.00\nResult is"),
                 &rule::kLogsDiffer});
  const std::string conf = kResults + "Server/user.conf";
  all.push_back({"user.conf with another rate", Replace(conf, "20.5", "30"), &rule::kUserConfAgrees,
                 Severity::kWarning});
  all.push_back({"user.conf with another duration", Replace(conf, "600000", "120000"),
                 &rule::kUserConfAgrees, Severity::kWarning});
  all.push_back({"user.conf with an unknown key", Replace(conf, "min_duration", "min_durations"),
                 &rule::kUserConf, Severity::kWarning});
  all.push_back({"user.conf without blanks", Replace(conf, "20.5", "20.5\n*.*.mode=2"),
                 &rule::kUserConf, Severity::kWarning});
}

void AddScores(std::vector<Mutation>& all) {
  const std::string text = kResults + "Offline/accuracy/accuracy.txt";
  all.push_back({"accuracy.txt: a bad score after the good one",
                 Replace(text, "\n\nhash", "\n'rouge1': '1'\n\nhash"), &rule::kAccuracyText});
  all.push_back({"accuracy.txt: another good score",
                 Replace(text, "\n\nhash", "\n'rouge1': '39'\n\nhash"), &rule::kAccuracyText,
                 Severity::kWarning});
  const auto replace = [&](const std::string& from, const std::string& to, const Rule& rule,
                           Severity severity = Severity::kError) {
    all.push_back({fmt::format("accuracy.txt: {} for {}", to, from), Replace(text, from, to), &rule,
                   severity});
  };
  replace("38.7792", "38.3914", rule::kAccuracyRouge1);
  replace("15.9075", "15.7484", rule::kAccuracyRouge2);
  replace("24.4957", "24.2507", rule::kAccuracyRougeL);
  replace("35.793", "35.4350", rule::kAccuracyRougeLsum);
  replace("8167644", "7350879", rule::kAccuracyGenLen);
  replace("8167644", "8984409", rule::kAccuracyGenLen);
  replace("8167644", "np.int64(8167644)", rule::kAccuracyText);
  replace("8167644", "'8167644'", rule::kAccuracyText);
  replace("'rouge1'", "\"rouge1\"", rule::kAccuracyText);
  replace("'rouge2'", "'rougeX'", rule::kAccuracyText);
  replace("13368", "100", rule::kAccuracyCount);
  replace("hash=", "hash ", rule::kAccuracyHash);
  replace("hash=", "hash= ", rule::kAccuracyHash);
  replace("abc123", "xyz", rule::kAccuracyHash, Severity::kWarning);
  const std::string log = kResults + "Offline/accuracy/mlperf_log_accuracy.json";
  all.push_back(
      {"a whole accuracy log", Put(log, AccuracyLogText(13368, false)), &rule::kAccuracyLogSize});
  all.push_back({"another hash than the whole log's", Put(log, AccuracyLogText(13368, false)),
                 &rule::kAccuracyHash});
  all.push_back(
      {"a damaged accuracy log", Put(log, "[\n{ \"seq_id\" : 0, \"qsl"), &rule::kUnreadable});
}

void AddTest06(std::vector<Mutation>& all) {
  const std::string text = kResults + "Server/TEST06/verify_accuracy.txt";
  for (const std::string_view part : kTest06Lines) {
    const std::string line(part);
    all.push_back(
        {line + "False", Replace(text, line + "True", line + "False"), &rule::kTest06Text});
  }
  const std::string log = kResults + "Server/TEST06/accuracy/mlperf_log_accuracy.json";
  const auto replace = [&](std::string name, const std::string& from, const std::string& to,
                           const Rule& rule, Severity severity) {
    all.push_back({std::move(name), Replace(log, from, to), &rule, severity});
  };
  const std::string end = Int32Hex(128009);
  const std::string second = Int32Hex(2000);
  replace("TEST06: BOS", second, Int32Hex(128000), rule::kBosInside, Severity::kWarning);
  replace("TEST06: interior end", Int32Hex(1000) + second, end + second, rule::kInteriorEnd,
          Severity::kWarning);
  all.back().alone = false;
  replace("TEST06: padding", second + end, end + end, rule::kPadding, Severity::kWarning);
  replace("TEST06: another count", "\"token_count\" : 3", "\"token_count\" : 4",
          rule::kTest06Verdict, Severity::kError);
  replace("TEST06: another first token", "\"token_data\" : \"" + Int32Hex(1000),
          "\"token_data\" : \"" + Int32Hex(9), rule::kTest06Verdict, Severity::kError);
  replace("TEST06: no first token", "\"token_data\" : \"" + Int32Hex(1000), "\"token_data\" : \"",
          rule::kTest06FirstToken, Severity::kWarning);
  replace("TEST06: no hex", Int32Hex(1000), "ZZZZZZZZ", rule::kUnreadable, Severity::kError);
  std::string many;
  for (int i = 0; i < 126; ++i) many += second;
  replace(
      "TEST06: 128 tokens and one more",
      second + end + "\", \"token_data\" : \"" + Int32Hex(1000) + "\", \"token_count\" : 3",
      many + end + end + "\", \"token_data\" : \"" + Int32Hex(1000) + "\", \"token_count\" : 129",
      rule::kTokensAboveMaximum, Severity::kWarning);
  all.push_back({"TEST06: 99 records", Put(log, AccuracyLogText(99, true)), &rule::kTest06Records,
                 Severity::kWarning});
  all.push_back(
      {"TEST06: no records", Put(log, "[\n]\n"), &rule::kTest06Records, Severity::kWarning});
}

void AddScenarios(std::vector<Mutation>& all) {
  const auto without = [](std::vector<std::string> scenarios) -> Change1 {
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

std::vector<Mutation> AllMutations() {
  std::vector<Mutation> all;
  AddDescriptions(all);
  AddFiles(all);
  AddSettings(all);
  AddScores(all);
  AddTest06(all);
  AddScenarios(all);
  return all;
}

TEST(JudgeTree, FindsNothingInTheValidTreeOfEveryRound) {
  for (const RoundRules& round : AllRounds()) {
    if (round.layout != TreeLayout::kV6) continue;
    Tree tree(ValidTree(round));
    const Judgement judgement = tree.JudgeAfter([](TreeFiles&) {});
    EXPECT_EQ(judgement.verdict, Verdict::kValid) << round.name;
    EXPECT_EQ(Listed(judgement), "") << round.name;
    ASSERT_EQ(judgement.results.size(), 3U);
    EXPECT_EQ(judgement.results[0].scenario, "Interactive");
    EXPECT_EQ(judgement.results[1].value, 2560.0);
    EXPECT_EQ(judgement.results[1].submitter, "ACME");
  }
}

TEST(JudgeTree, FindsEverySingleChange) {
  Tree tree(ValidTree(RulesOf(Round::kV61)));
  const std::vector<Mutation> mutations = AllMutations();
  EXPECT_GE(mutations.size(), 150U);
  EXPECT_EQ(tree.JudgeAfter([](TreeFiles&) {}).verdict, Verdict::kValid);
  for (const Mutation& mutation : mutations) {
    const Judgement judgement = tree.JudgeAfter(mutation.change, mutation.name);
    EXPECT_TRUE(std::any_of(judgement.findings.begin(), judgement.findings.end(),
                            [&](const Finding& f) {
                              return f.rule == mutation.rule->id && f.severity == mutation.severity;
                            }))
        << mutation.name << " should break " << mutation.rule->id << "; found:\n"
        << Listed(judgement);
    if (!mutation.alone) continue;
    EXPECT_EQ(judgement.verdict == Verdict::kInvalid, mutation.severity == Severity::kError)
        << mutation.name << "\n"
        << Listed(judgement);
  }
}

TEST(JudgeTree, AResultOfAnEndpointIsNamedAndNotJudged) {
  Tree tree(ValidTree(RulesOf(Round::kV61)));
  const Judgement judgement = tree.JudgeAfter([](TreeFiles& files) {
    std::erase_if(
        files, [](const auto& file) { return file.first.starts_with(kResults + "Interactive/"); });
    files[kResults + "Interactive/config.yaml"] = "type: online\n";
    files[kResults + "Interactive/performance/result_summary.json"] = "{}\n";
  });
  ASSERT_EQ(judgement.results.size(), 3U);
  EXPECT_EQ(judgement.results[0].scenario, "Interactive");
  EXPECT_EQ(judgement.results[0].verdict, Verdict::kNotComparable);
  EXPECT_EQ(judgement.results[0].value, std::nullopt);
  EXPECT_EQ(judgement.results[1].verdict, Verdict::kValid);
  EXPECT_EQ(judgement.verdict, Verdict::kNotComparable) << Listed(judgement);
}

// The fifteen published results: their figures as the rules' page prints them.
TEST(JudgeTree, PublishedResultsAreReproduced) {
  const fs::path shared(ASSAY_SHARED_DIR);
  const auto page = ReadFile(shared / "spec" / "benchmark-rules.md");
  if (!page || !fs::is_directory(shared / "data" / "results-v5.1")) {
    GTEST_SKIP() << "needs " << (shared / "data" / "results-v5.1").string();
  }
  const auto judgement = JudgeTree(shared / "data" / "results-v5.1", {});
  ASSERT_TRUE(judgement.has_value());
  ASSERT_EQ(judgement->results.size(), 15U);
  for (const JudgedResult& result : judgement->results) {
    const bool incomplete = result.submitter == "GATEOverflow";
    EXPECT_EQ(result.verdict, incomplete ? Verdict::kInvalid : Verdict::kValid) << result.system;
    std::string spelt = incomplete ? "offline" : result.scenario;
    const std::regex row(
        fmt::format(R"(\| 5.1-[0-9]+ \| {} \| {} \| {} \| [^|]+ \| {} \|(?: [0-9.]+ \|){{6}} )"
                    R"((?:([0-9.]+)|\(p90 ([0-9.]+) ms\)) \| ([0-9.]+) \|)",
                    result.division, result.submitter, result.system, spelt));
    std::smatch match;
    ASSERT_TRUE(std::regex_search(*page, match, row)) << result.system << " " << spelt;
    if (result.scenario == "SingleStream") {
      EXPECT_NEAR(*result.value, std::stod(match[2]), 0.05) << result.system;
    } else {
      EXPECT_EQ(*result.value, std::stod(match[3])) << result.system;
    }
  }
  for (const Finding& finding : judgement->findings) {
    EXPECT_FALSE(finding.rule.starts_with("authenticity.")) << finding.file;
    EXPECT_NE(finding.rule, rule::kFigures.id) << finding.file;
    if (finding.severity == Severity::kError) {
      EXPECT_EQ(finding.rule, rule::kCoverage.id);
      EXPECT_THAT(finding.file, ::testing::HasSubstr("GATEOverflow"));
    }
  }
}

TEST(JudgeTree, APipeIsNamedAndNotWaitedFor) {
  const fs::path root = fs::path(::testing::TempDir()) / "assay_tree_with_a_pipe";
  fs::remove_all(root);
  fs::create_directories(root / kResults / "Offline");
  ASSERT_EQ(mkfifo((root / kResults / "Offline" / "user.conf").c_str(), 0600), 0);
  const auto judgement = JudgeTree(root, {});
  fs::remove_all(root);
  ASSERT_FALSE(judgement.has_value());
  EXPECT_THAT(judgement.error().message, ::testing::HasSubstr("user.conf: is a pipe"));
}

TEST(JudgeTree, AFolderWithoutResultsIsNoTree) {
  const auto judgement = JudgeTree(::testing::TempDir(), {});
  ASSERT_FALSE(judgement.has_value());
  EXPECT_THAT(judgement.error().message, ::testing::HasSubstr("no submission tree"));
}

}  // namespace
}  // namespace assay
