// The client of endpoints proves its clock: the program against a null server.

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "null_server/null_server.h"
#include "null_server/request_log.h"
#include "tests/process.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing_support::ChildrenOf;
using testing_support::Ended;
using testing_support::IsAlive;
using testing_support::Process;
using testing_support::RunProcess;

const fs::path kModel = fs::path(ASSAY_CACHE) / "models" / "SmolLM2-135M-Instruct.F16.gguf";

class Client : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kModel)) GTEST_SKIP() << kModel << " is missing: run tools/setup";
    dir_ = fs::path(testing::TempDir()) / "assay_client_test" /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    NullServerOptions options;
    options.script.ttft = {DrawnTime::Kind::kFixed, 20.0, 0.0};
    options.script.tpot = {DrawnTime::Kind::kFixed, 1.0, 0.0};
    auto server = NullServer::Create(std::move(options));
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::thread([this] { EXPECT_TRUE(server_->Run(false).has_value()); });
  }
  void TearDown() override {
    if (!server_) return;
    server_->Stop();
    thread_.join();
  }

  [[nodiscard]] std::vector<std::string> RunWords(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{ASSAY_BINARY,   "run",
                                   "--base-url",   server_->url(),
                                   "--tokenizer",  kModel.string(),
                                   "--scenario",   "server",
                                   "--target-qps", "50",
                                   "--samples",    "30",
                                   "--mode",       "performance",
                                   "--max-tokens", "8",
                                   "--output",     "run",
                                   "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] Json File(const std::string& name) const {
    const auto bytes = ReadFile(dir_ / "run" / name);
    EXPECT_TRUE(bytes.has_value()) << name;
    const auto json = ParseJson(bytes ? *bytes : "null", name);
    EXPECT_TRUE(json.has_value()) << name;
    return *json;
  }
  [[nodiscard]] bool Found(const std::string& rule) const {
    const Json verdict = File("verdict.json");
    for (const Json& finding : verdict["findings"]) {
      if (finding["rule"] == rule) return true;
    }
    return false;
  }

  fs::path dir_;
  std::unique_ptr<NullServer> server_;
  std::thread thread_;
};

TEST_F(Client, IsCalibratedBeforeARun) {
  const Ended ended = RunProcess(RunWords(), dir_.string());
  EXPECT_LE(ended.exit_code, 1) << ended.err;  // a busy machine may limit the client
  const Json metrics = File("metrics.json");
  const Json& calibration = metrics["calibration"];
  EXPECT_TRUE(calibration["problems"].empty()) << calibration.dump();
  EXPECT_GE(calibration["requests"], 100);
  EXPECT_EQ(calibration["not_joined"], 0);
  EXPECT_GT(calibration["p50_ttft_added_us"], 0.0);
  EXPECT_LT(calibration["p50_ttft_added_us"], 20'000.0);
  EXPECT_GT(calibration["capacity_tokens_per_s"], 1'000.0);
  EXPECT_GT(calibration["capacity_used"], 0.0);
  EXPECT_EQ(metrics["completed"], 30);
  EXPECT_GT(metrics["client"]["p50_schedule_to_sent_us"], 0.0);
  EXPECT_FALSE(Found("client.calibration"));
  EXPECT_THAT(ended.out, HasSubstr("Adds at most"));
  const Json& server = metrics["machine"]["servers"].at(0);
  EXPECT_EQ(server["url"], server_->url());
  EXPECT_GE(server["answers"], 1) << server;
  EXPECT_LE(server["running_max"], 30) << server;
  EXPECT_TRUE(server["kv_cache_used_max"].is_null()) << server;
  EXPECT_EQ(RunProcess({ASSAY_BINARY, "verify", "run"}, dir_.string()).exit_code, 0);
}

TEST_F(Client, WithoutCalibrationThereIsAFinding) {
  const Ended ended = RunProcess(RunWords({"--no-calibration"}), dir_.string());
  EXPECT_LE(ended.exit_code, 1) << ended.err;
  EXPECT_FALSE(fs::exists(dir_ / "run" / "calibration"));
  EXPECT_TRUE(Found("client.calibration"));
}

TEST_F(Client, StoppedInItsCalibrationLeavesNothingRunning) {
  Process process(RunWords(), dir_.string());
  const fs::path log = dir_ / "run" / "calibration" / "paced" / "server.jsonl";
  for (int i = 0; i < 1000 && !fs::exists(log); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_TRUE(fs::exists(log));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto children = ChildrenOf(process.pid());
  EXPECT_FALSE(children.empty());
  process.Signal(SIGINT);
  EXPECT_EQ(process.Wait().exit_code, 3);
  for (const pid_t child : children) EXPECT_FALSE(IsAlive(child));
  EXPECT_EQ(File("run.json")["interrupted"], true);
}

TEST(NullServerProgram, EndsOnSigtermWithItsLogWhole) {
  const fs::path dir = fs::path(testing::TempDir()) / "assay_null_server_program";
  fs::remove_all(dir);
  fs::create_directories(dir);
  Process process({ASSAY_BINARY, "null-server", "--log", "log.jsonl"}, dir.string());
  for (int i = 0; i < 1000 && !fs::exists(dir / "log.jsonl"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  process.Signal(SIGTERM);
  const Ended ended = process.Wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, testing::MatchesRegex("listening on http://127\\.0\\.0\\.1:[0-9]+\n"));
  EXPECT_TRUE(ReadServedRequests(dir / "log.jsonl").has_value());
}

}  // namespace
}  // namespace assay
