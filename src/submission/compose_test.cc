#include "submission/compose.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/hash.h"
#include "load/user_conf.h"
#include "rules/judge_tree.h"
#include "rules/rule_table.h"
#include "submission/readme.h"
#include "submission/write_tree.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Logs of real runs: a package that tools/rehearse_submission made.
const fs::path kLogs = fs::path(ASSAY_SOURCE_DIR) /
                       "tests/data/submissions/v6.1-closed-datacenter/closed/ACME/results/SYS/"
                       "llama3.1-8b";

std::string Bytes(const fs::path& path) {
  const auto bytes = ReadFile(path);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes ? *bytes : "";
}

std::string WholeLog() {
  std::string text = "[\n";
  for (int i = 0; i < 500; ++i) {
    text += fmt::format(R"({{ "seq_id" : {0}, "qsl_idx" : {0}, "data" : "{0:08X}", )"
                        R"("token_count" : 1 }}{1})",
                        i, i < 499 ? ",\n" : "\n]\n");
  }
  return text;
}

Json Settings(Scenario scenario) {
  return Json{{"server_target_qps", 21.8},
              {"offline_expected_qps", 20.0},
              {"single_stream_expected_latency_ns", 250000000},
              {"server_coalesce_queries", false},
              {"server_max_async_queries", 0},
              {"min_duration_ms", 600000},
              {"min_query_count", scenario == Scenario::kOffline ? 13368 : 100},
              {"performance_sample_count_override", 13368}};
}

class ComposeTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(base_);
    descriptions_.division = "closed";
    descriptions_.submitter = "ACME";
    descriptions_.system = "SYS";
    descriptions_.calibration = "None.";
    descriptions_.source = "There.";
    descriptions_.measurements = Json{{"input_data_types", "int32"},
                                      {"retraining", "No"},
                                      {"starting_weights_filename", "x"},
                                      {"weight_data_types", "x"},
                                      {"weight_transformations", "No"}};
    descriptions_.system_json = *ParseJson(
        Bytes(kLogs.parent_path().parent_path().parent_path() / "systems" / "SYS.json"), "SYS");
    for (const Scenario scenario :
         {Scenario::kOffline, Scenario::kServer, Scenario::kInteractive}) {
      runs_.push_back(RunOf(scenario));
    }
    plan_.round = Round::kV61;
    for (const PackedRun& run : runs_) {
      PlannedResult result;
      result.scenario = run.record.config.scenario;
      result.performance = result.accuracy = result.test06 = &run;
      plan_.results.push_back(result);
    }
  }
  void TearDown() override { fs::remove_all(base_); }

  // A run directory with real logs, and an accuracy log that is whole.
  [[nodiscard]] PackedRun RunOf(Scenario scenario) const {
    const std::string title(ScenarioTitle(scenario));
    PackedRun run;
    run.directory = base_ / title;
    const auto put = [&](const std::string& to, const std::string& bytes) {
      EXPECT_TRUE(MakeDirectories((run.directory / to).parent_path()).has_value());
      EXPECT_TRUE(WriteFileAtomically(run.directory / to, bytes).has_value());
    };
    for (const std::string name : {"mlperf_log_detail.txt", "mlperf_log_summary.txt"}) {
      put("performance/" + name, Bytes(kLogs / title / "performance" / "run_1" / name));
      put("accuracy/" + name, Bytes(kLogs / title / "accuracy" / name));
    }
    put("accuracy/mlperf_log_accuracy.json", WholeLog());
    put("TEST06/mlperf_log_accuracy.json",
        Bytes(kLogs / title / "TEST06" / "accuracy" / "mlperf_log_accuracy.json"));
    run.record.config.scenario = scenario;
    run.record.config.samples = 13368;
    TestRecord test;
    test.test = TestKind::kPerformance;
    test.engine = EngineInfo{};
    test.engine->model_name = "a|b";
    test.engine->settings = {{"url", "http://10.0.0.1:8000"}, {"slots", "8"}};
    test.loadgen_settings = Settings(scenario);
    run.tests.push_back(test);
    run.accuracy = CorpusScore{.rouge1 = "38.7792",
                               .rouge2 = "15.9075",
                               .rougeL = "24.4957",
                               .rougeLsum = "35.793",
                               .gen_len = 8167644,
                               .gen_num = 13368};
    run.test06 = Bytes(kLogs / title / "TEST06" / "verify_accuracy.txt");
    return run;
  }

  fs::path base_ =
      fs::path(testing::TempDir()) /
      fmt::format("compose_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
  Descriptions descriptions_;
  std::vector<PackedRun> runs_;
  Plan plan_;
};

TEST_F(ComposeTest, WhatItPacksBreaksNoRule) {
  const auto files = ComposePackage(plan_, descriptions_);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  auto tree = PendingDirectory::Create(base_ / "tree");
  ASSERT_TRUE(tree.has_value());
  ASSERT_TRUE(tree->Write(files->tree).has_value());
  const auto judgement = JudgeTree(tree->path(), {});
  ASSERT_TRUE(judgement.has_value());
  EXPECT_EQ(judgement->verdict, Verdict::kValid);
  EXPECT_EQ(judgement->results.size(), 3U);
  for (const Finding& finding : judgement->findings) {
    EXPECT_EQ(finding.severity, Severity::kNote) << finding.file << ": " << finding.message;
  }
}

TEST_F(ComposeTest, TheWholeLogIsInTheBackupAndItsHashInTheTree) {
  const auto files = ComposePackage(plan_, descriptions_);
  ASSERT_TRUE(files.has_value());
  const std::string accuracy = "closed/ACME/results/SYS/llama3.1-8b/Offline/accuracy/";
  EXPECT_EQ(files->backup.at(accuracy + "mlperf_log_accuracy.json"), WholeLog());
  EXPECT_EQ(files->backup.size(), 3U);
  EXPECT_EQ(files->tree.at(accuracy + "mlperf_log_accuracy.json").size(), 8199U);
  EXPECT_EQ(files->tree.at(accuracy + "accuracy.txt"),
            "{'rouge1': '38.7792', 'rouge2': '15.9075', 'rougeL': '24.4957', 'rougeLsum': "
            "'35.793', 'gen_len': 8167644, 'gen_num': 13368}\n\nhash=" +
                Sha256Hex(WholeLog()) + "\n");
}

// The table of paths in MLCommons' submission_structure.md and constants.py, for v5.1.
TEST_F(ComposeTest, TheLayoutOfV51HasItsOwnPlaces) {
  plan_.round = Round::kV51;
  plan_.results.resize(1);
  const auto files = ComposePackage(plan_, descriptions_);
  ASSERT_TRUE(files.has_value());
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files->tree) names.push_back(name);
  EXPECT_THAT(
      names,
      ElementsAre("closed/ACME/code/llama3.1-8b/README.md",
                  "closed/ACME/compliance/SYS/llama3.1-8b/Offline/TEST06/accuracy/"
                  "mlperf_log_accuracy.json",
                  "closed/ACME/compliance/SYS/llama3.1-8b/Offline/TEST06/verify_accuracy.txt",
                  "closed/ACME/documentation/calibration.md",
                  "closed/ACME/measurements/SYS/llama3.1-8b/Offline/README.md",
                  "closed/ACME/measurements/SYS/llama3.1-8b/Offline/SYS_Offline.json",
                  "closed/ACME/measurements/SYS/llama3.1-8b/Offline/user.conf",
                  "closed/ACME/results/SYS/llama3.1-8b/Offline/accuracy/accuracy.txt",
                  "closed/ACME/results/SYS/llama3.1-8b/Offline/accuracy/mlperf_log_accuracy.json",
                  "closed/ACME/results/SYS/llama3.1-8b/Offline/accuracy/mlperf_log_detail.txt",
                  "closed/ACME/results/SYS/llama3.1-8b/Offline/accuracy/mlperf_log_summary.txt",
                  "closed/ACME/results/SYS/llama3.1-8b/Offline/performance/run_1/"
                  "mlperf_log_detail.txt",
                  "closed/ACME/results/SYS/llama3.1-8b/Offline/performance/run_1/"
                  "mlperf_log_summary.txt",
                  "closed/ACME/systems/SYS.json"));
}

TEST_F(ComposeTest, WhatWasLetPassIsTold) {
  Finding finding;
  finding.rule = rule::kModel.id;
  finding.message = "The model is not the one.";
  finding.found = "another";
  finding.needed = "the one";
  plan_.results[0].accepted = {finding};
  const auto files = ComposePackage(plan_, descriptions_);
  ASSERT_TRUE(files.has_value());
  const std::string dir = "closed/ACME/results/SYS/llama3.1-8b/";
  const Json told = *ParseJson(files->tree.at(dir + "Offline/measurements.json"), "m");
  EXPECT_EQ(told["assay_accepted_findings"][0]["rule"], "model.identity");
  EXPECT_THAT(files->tree.at(dir + "Offline/README.md"), HasSubstr("## Not official"));
  EXPECT_THAT(files->tree.at(dir + "Server/README.md"), Not(HasSubstr("## Not official")));
  auto tree = PendingDirectory::Create(base_ / "tree");
  ASSERT_TRUE(tree.has_value());
  ASSERT_TRUE(tree->Write(files->tree).has_value());
  const auto judgement = JudgeTree(tree->path(), {});
  ASSERT_TRUE(judgement.has_value());
  EXPECT_EQ(judgement->verdict, Verdict::kInvalid);
  EXPECT_EQ(judgement->findings.front().rule, rule::kModel.id);
}

TEST_F(ComposeTest, TheReadmeSaysWhatNobodyVerifiedAndNoAddress) {
  runs_[0].metric = {"tokens per second (Tokens/s)", 1234.5};
  const std::string text = ResultReadme(Round::kV61, plan_.results[0]);
  EXPECT_THAT(text, HasSubstr("Result not verified by MLCommons Association."));
  EXPECT_THAT(text, HasSubstr("(unverified)"));
  EXPECT_THAT(text, HasSubstr("1234.5"));
  EXPECT_THAT(text, HasSubstr("slots"));
  EXPECT_THAT(text, Not(HasSubstr("10.0.0.1")));
  EXPECT_THAT(text, Not(HasSubstr("a|b"))) << "ends the table's cell";
}

TEST(UserConfOf, IsWhatLoadGenWasGiven) {
  const RoundRules& round = RulesOf(Round::kV61);
  const auto lines = [&](BenchmarkId benchmark, Scenario scenario, const Json& settings) {
    const std::string text = UserConfOf(settings, *RulesOf(RulesOf(round, benchmark), scenario));
    std::vector<std::string> out;
    const auto entries = ParseUserConf(text, "user.conf");
    EXPECT_TRUE(entries.has_value()) << text;
    if (!entries) return out;
    for (const UserConfEntry& e : *entries) {
      out.push_back(fmt::format("{}.{}.{} = {}", e.model, e.scenario, e.key, e.value));
    }
    return out;
  };
  EXPECT_THAT(lines(BenchmarkId::kLlama31_8b, Scenario::kOffline, Settings(Scenario::kOffline)),
              ElementsAre("llama3_1-8b.Offline.target_qps = 20.0",
                          "llama3_1-8b.Offline.min_duration = 600000",
                          "llama3_1-8b.Offline.min_query_count = 13368",
                          "llama3_1-8b.Offline.performance_sample_count_override = 13368"));
  Json server = Settings(Scenario::kServer);
  server["server_coalesce_queries"] = true;
  server["server_max_async_queries"] = 64;
  EXPECT_THAT(lines(BenchmarkId::kLlama31_8b, Scenario::kInteractive, server),
              ElementsAre("llama3_1-8b-interactive.Server.target_qps = 21.8",
                          "llama3_1-8b-interactive.Server.coalesce_queries = 1",
                          "llama3_1-8b-interactive.Server.max_async_queries = 64",
                          "llama3_1-8b-interactive.Server.min_duration = 600000",
                          "llama3_1-8b-interactive.Server.min_query_count = 100",
                          "llama3_1-8b-interactive.Server.performance_sample_count_override = "
                          "13368"));
  EXPECT_THAT(lines(BenchmarkId::kLlama31_8bEdge, Scenario::kSingleStream,
                    Settings(Scenario::kSingleStream))
                  .front(),
              "llama3_1-8b-edge.SingleStream.target_latency = 250");
}

}  // namespace
}  // namespace assay
