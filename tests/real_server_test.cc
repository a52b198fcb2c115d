// The program against a real server: llama-server of the llama.cpp tree that the embedded engine is
// built from, which tools/test builds, with the model that set-up makes.

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "record/journal.h"
#include "record/run_directory.h"
#include "run/serve_command.h"
#include "tests/process.h"

namespace assay {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::Ended;
using testing_support::IsAlive;
using testing_support::Process;
using testing_support::RunProcess;

const std::string kServer = std::string(ASSAY_CACHE) + "/llama-server";
const std::string kModel = std::string(ASSAY_CACHE) + "/models/SmolLM2-135M-Instruct.F16.gguf";
constexpr std::size_t kSamples = 4;

// Flags with which llama-server computes as the embedded engine does: one thread, the same batches
// and type of cache. A context of 1024 tokens for each of two slots.
constexpr const char* kFlags =
    " -a smollm2 -c 2048 -np 2 -t 1 -b 256 -ub 256 -fa off --metrics --no-webui";

constexpr std::array<const char*, kSamples> kArticles{
    "The harbour council voted on Tuesday to repair the northern pier before winter. Work begins "
    "in "
    "October and costs two million crowns, half of it paid by the fishing co-operative.",
    "Heavy snow closed the mountain road for three days. Trains ran late and two villages were "
    "supplied by sledge until a plough came through on Friday morning.",
    "Researchers counted 412 owls in the valley, twice as many as last year. They credit a mild "
    "spring, and the farmers who left old barns standing for the birds to nest in.",
    "A baker in the old town has sold the same rye bread for sixty years. On Saturday she passed "
    "the "
    "oven, the recipe and the queue at the door to her grandson."};

std::string ServeWords(const std::string& port) {
  return "'" + kServer + "' -m '" + kModel + "' --host 127.0.0.1 --port " + port + kFlags;
}

bool Missing() {
  return !fs::exists(kServer) || !fs::exists(kModel);
}
#define SKIP_WITHOUT_SERVER() \
  if (Missing()) GTEST_SKIP() << kServer << " or " << kModel << " is missing: tools/test makes them"

class RealServer : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(::testing::TempDir()) / ("assay_real_server_" + std::to_string(getpid())) /
           SafeName();
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    std::ofstream data(dir_ / "articles.jsonl");
    for (const char* article : kArticles) {
      data << ToJsonLine(Json{{"article", article}, {"highlights", "x"}}) << "\n";
    }
  }
  void TearDown() override { fs::remove_all(dir_); }

  [[nodiscard]] static std::string SafeName() {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
  }

  // A run over the four articles into `run`, of eight tokens each at most where `more` says
  // nothing.
  [[nodiscard]] std::vector<std::string> Words(const std::string& run,
                                               const std::vector<std::string>& more) const {
    std::vector<std::string> words{ASSAY_BINARY,     "run",      "--quiet", "--dataset",
                                   "articles.jsonl", "--output", run};
    words.insert(words.end(), more.begin(), more.end());
    const auto given = [&](const char* option) {
      return std::find(more.begin(), more.end(), option) != more.end();
    };
    if (!given("--max-tokens")) words.insert(words.end(), {"--max-tokens", "8"});
    if (!given("--mode")) words.insert(words.end(), {"--mode", "performance"});
    // Of the client alone, and the same for all of these: tests/client_test.cc.
    if (given("--base-url") || given("--serve")) words.emplace_back("--no-calibration");
    return words;
  }
  [[nodiscard]] Ended Run(const std::string& run, const std::vector<std::string>& more) const {
    return RunProcess(Words(run, more), dir_.string());
  }

  [[nodiscard]] Json File(const std::string& name) const {
    const auto bytes = ReadFile(dir_ / name);
    EXPECT_TRUE(bytes) << name;
    const auto json = ParseJson(bytes ? *bytes : "null", name);
    EXPECT_TRUE(json) << name;
    return json ? *json : Json();
  }
  // Nothing is wrong with the run, but that client and server may have had too few processors.
  [[nodiscard]] bool Good(const Ended& ended, const std::string& run) const {
    if (ended.exit_code == 0) return true;
    if (ended.exit_code != 1) return false;
    const Json verdict = File(run + "/verdict.json");
    return std::all_of(verdict["findings"].begin(), verdict["findings"].end(), [](const Json& f) {
      return f["severity"] != "error" || f["rule"] == "client.limited";
    });
  }
  [[nodiscard]] std::set<std::string> RulesFound(const std::string& run) const {
    std::set<std::string> rules;
    const Json verdict = File(run + "/verdict.json");
    for (const Json& finding : verdict["findings"]) {
      rules.insert(finding["rule"].get<std::string>());
    }
    return rules;
  }
  [[nodiscard]] std::vector<RequestRecord> Requests(const std::string& run,
                                                    const char* test) const {
    const auto journal = ReadJournal(dir_ / run / test / "requests.jsonl");
    return journal ? journal->requests : std::vector<RequestRecord>{};
  }
  void WaitForRequests(const std::string& run, const char* test, std::size_t count) const {
    for (int i = 0; i < 3000 && Requests(run, test).size() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_GE(Requests(run, test).size(), count);
  }

  fs::path dir_;
};

struct Form {
  const char* name;
  std::vector<std::string> options;
};

// One server for all of these.
class Scenarios : public RealServer,
                  public ::testing::WithParamInterface<std::tuple<const char*, Form>> {
 protected:
  static void SetUpTestSuite() {
    if (Missing()) return;
    const auto serve = PrepareServeCommand("exec " + ServeWords("{port}"), {});
    ASSERT_TRUE(serve);
    url_ = serve->base_urls[0];
    server_ = std::make_unique<Process>(std::vector<std::string>{"/bin/sh", "-c", serve->command},
                                        ::testing::TempDir());
  }
  static void TearDownTestSuite() { server_.reset(); }

  static std::unique_ptr<Process> server_;
  static std::string url_;
};
std::unique_ptr<Process> Scenarios::server_;
std::string Scenarios::url_;

TEST_P(Scenarios, AreAnsweredAndCountedAlikeByAll) {
  SKIP_WITHOUT_SERVER();
  const auto& [scenario, form] = GetParam();
  std::vector<std::string> options{"--base-url", url_,         "--tokenizer",
                                   kModel,       "--scenario", scenario};
  options.insert(options.end(), form.options.begin(), form.options.end());
  if (std::string(scenario) == "server" || std::string(scenario) == "interactive") {
    options.insert(options.end(), {"--target-qps", "20"});
  }
  const Ended ended = Run("run", options);
  ASSERT_TRUE(Good(ended, "run")) << ended.err << ended.out;

  const Json metrics = File("run/metrics.json");
  EXPECT_EQ(metrics["failed"], 0);
  EXPECT_EQ(metrics["completed"], metrics["issued"]);
  EXPECT_GE(metrics["completed"].get<int>(), static_cast<int>(kSamples));
  const Json& ledger = metrics["token_ledger"];
  EXPECT_EQ(ledger["disagreeing_requests"], 0) << ledger;
  EXPECT_FALSE(ledger["sources"].empty()) << ledger;

  const Json& load = metrics["machine"]["servers"].at(0);
  EXPECT_GE(load["answers"], 1) << load;
  EXPECT_LE(load["running_max"], 2) << load;

  const std::set<std::string> rules = RulesFound("run");
  for (const char* rule : {"tokens.ledger", "server.counters", "server.prefix_caching",
                           "run.failed_requests", "loadgen.figures"}) {
    EXPECT_THAT(rules, Not(Contains(rule))) << File("run/verdict.json");
  }

  const Json test = File("run/performance/test.json");
  const Json& counters = test["server_counters"][0];
  ASSERT_TRUE(counters["after"].is_object()) << test;
  const auto growth = [&](const char* name) {
    return counters["after"][name].get<double>() - counters["before"][name].get<double>();
  };
  EXPECT_EQ(growth("generation_tokens"), metrics["total_output_tokens"].get<double>());
  EXPECT_EQ(growth("cached_prompt_tokens"), 0.0);

  const Json server = File("run/run.json")["server"];
  EXPECT_TRUE(server["started"].is_null());
  EXPECT_EQ(server["endpoints"][0]["software"], "llama.cpp");
  EXPECT_EQ(server["endpoints"][0]["models"][0], "smollm2");
  EXPECT_EQ(server["endpoints"][0]["context_tokens"], 1024);
}
INSTANTIATE_TEST_SUITE_P(
    All, Scenarios,
    ::testing::Combine(::testing::Values("offline", "server", "interactive", "singlestream"),
                       ::testing::Values(Form{"ids", {"--prompt-format", "ids"}},
                                         Form{"text", {"--prompt-format", "text"}},
                                         Form{"chat", {"--endpoint", "/v1/chat/completions"}},
                                         Form{"whole", {"--no-stream"}})),
    [](const auto& scenario) {
      return std::string(std::get<0>(scenario.param)) + "_" + std::get<1>(scenario.param).name;
    });

std::map<std::uint64_t, std::vector<TokenId>> AnswersOf(
    const std::vector<RequestRecord>& requests) {
  std::map<std::uint64_t, std::vector<TokenId>> answers;
  for (const RequestRecord& request : requests) {
    answers[request.sample_index] = request.outcome.token_ids;
  }
  return answers;
}

// The same tree, weights, threads and batch size, one request at a time: the same arithmetic.
TEST_F(RealServer, TheSameModelEmbeddedAndServedAnswersAlike) {
  SKIP_WITHOUT_SERVER();
  const std::vector<std::string> common{"--scenario", "singlestream", "--mode",
                                        "accuracy",   "--max-tokens", "24"};
  std::vector<std::string> embedded{"--model", kModel, "--threads", "1"};
  std::vector<std::string> served{"--serve", ServeWords("{port}"), "--tokenizer", kModel};
  embedded.insert(embedded.end(), common.begin(), common.end());
  served.insert(served.end(), common.begin(), common.end());
  const Ended first = Run("embedded", embedded);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const Ended second = Run("served", served);
  ASSERT_TRUE(Good(second, "served")) << second.err;
  const auto ours = AnswersOf(Requests("embedded", "accuracy"));
  ASSERT_EQ(ours.size(), kSamples);
  EXPECT_EQ(AnswersOf(Requests("served", "accuracy")), ours);
}

TEST_F(RealServer, IsStartedRecordedAndStopped) {
  SKIP_WITHOUT_SERVER();
  const Ended ended = Run("run", {"--serve", ServeWords("{port}"), "--tokenizer", kModel, "--mode",
                                  "both", "--samples", "2"});
  ASSERT_TRUE(Good(ended, "run")) << ended.err;
  const Json server = File("run/run.json")["server"];
  const Json& started = server["started"];
  EXPECT_THAT(started["command"].get<std::string>(), HasSubstr("-a smollm2"));
  EXPECT_EQ(started["end"], "stopped");
  EXPECT_GT(started["ready_seconds"].get<double>(), 0.0);
  EXPECT_GT(started["peak_rss_bytes"].get<std::int64_t>(), 100'000'000);
  EXPECT_GT(started["cpu_seconds"].get<double>(), 0.0);
  EXPECT_FALSE(IsAlive(started["pid"].get<pid_t>()));
  EXPECT_FALSE(server["endpoints"][0]["version"].get<std::string>().empty());
  EXPECT_THAT(*ReadFile(dir_ / "run/server.log"), HasSubstr("listening"));
  const Json manifest = File("run/manifest.json");
  EXPECT_TRUE(manifest["files"].contains("server.log"));
  EXPECT_THAT(ended.out, HasSubstr("llama.cpp"));
}

TEST_F(RealServer, AServerThatDoesNotComeUpIsAnErrorWithItsLastWords) {
  SKIP_WITHOUT_SERVER();
  const Ended ended = Run(
      "run",
      {"--serve", "'" + kServer + "' -m no-such-model.gguf --port {port}", "--tokenizer", kModel});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("before it was ready"));
  EXPECT_THAT(ended.err, HasSubstr("no-such-model.gguf"));
  EXPECT_TRUE(fs::exists(dir_ / "run/server.log"));
}

// A server that leaves a deaf process outside its session behind, beside the real one.
class Killed : public RealServer {
 protected:
  [[nodiscard]] std::vector<std::string> Slow() const {
    const std::string deaf =
        "setsid sh -c \"trap '' TERM; echo \\$\\$ >> pids; while :; do sleep 1; done\" & ";
    return Words("run", {"--serve", deaf + "echo $$ >> pids; exec " + ServeWords("{port}"),
                         "--tokenizer", kModel, "--scenario", "singlestream", "--max-tokens", "128",
                         "--min-tokens", "128"});
  }
  [[nodiscard]] std::vector<pid_t> Pids() const {
    std::vector<pid_t> pids;
    std::ifstream file(dir_ / "pids");
    for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
    return pids;
  }
  void ExpectGone(const std::vector<pid_t>& pids) const {
    ASSERT_EQ(pids.size(), 2u);
    for (const pid_t pid : pids) {
      for (int i = 0; i < 1500 && IsAlive(pid); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      EXPECT_FALSE(IsAlive(pid)) << pid;
    }
  }
};

TEST_F(Killed, WithUsNothingIsLeftRunningAndTheRecordStands) {
  SKIP_WITHOUT_SERVER();
  {
    const Process assay(Slow(), dir_.string());
    WaitForRequests("run", "performance", 1);
    assay.Signal(SIGKILL);
    ExpectGone(Pids());
  }
  EXPECT_EQ(File("run/run.json")["server"]["started"]["end"], "running");
  const std::size_t ended = Requests("run", "performance").size();
  EXPECT_GE(ended, 1u);
  const Ended report = RunProcess({ASSAY_BINARY, "report", "run"}, dir_.string());
  EXPECT_THAT(report.out, HasSubstr("did not complete"));
  EXPECT_THAT(RulesFound("run"), Contains("run.interrupted"));
}

TEST_F(Killed, TheServerInTheMiddleEndsTheRunWithATrueRecord) {
  SKIP_WITHOUT_SERVER();
  Process assay(Slow(), dir_.string());
  WaitForRequests("run", "performance", 1);
  const std::vector<pid_t> pids = Pids();
  const Json started = File("run/run.json")["server"]["started"];
  ASSERT_EQ(kill(started["pid"].get<pid_t>(), SIGKILL), 0);
  const Ended ended = assay.Wait();
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  ExpectGone(pids);
  const Json after = File("run/run.json")["server"]["started"];
  EXPECT_EQ(after["end"], "by itself");
  EXPECT_EQ(after["signal"], SIGKILL);
  const std::set<std::string> rules = RulesFound("run");
  EXPECT_THAT(rules, Contains("server.ended"));
  EXPECT_THAT(rules, Contains("run.failed_requests"));
  EXPECT_EQ(File("run/verdict.json")["verdict"], "invalid");
}

}  // namespace
}  // namespace assay
