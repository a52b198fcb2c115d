// Runs of an endpoint as the user makes them, against a server that does what a test tells it.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "engine/openai/testing/test_server.h"
#include "record/journal.h"
#include "record/run_directory.h"
#include "tests/process.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing_support::AnswerWell;
using testing_support::Ended;
using testing_support::RunProcess;
using testing_support::TestPeer;
using testing_support::TestRequest;
using testing_support::TestServer;

constexpr const char* kKey = "sk-very-secret-key";

bool Good(const TestRequest& request, TestPeer& peer) {
  AnswerWell(request, peer, 6);
  return true;
}

class EndpointCli : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(testing::TempDir()) / "assay_endpoint_test" /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    fs::create_directories(dir_ / "tokenizer");
    EXPECT_TRUE(WriteFileAtomically(dir_ / "tokenizer" / "tokenizer.json",
                                    ToJsonLine(tok::SmallTokenizer({}))));
    EXPECT_TRUE(WriteFileAtomically(dir_ / "tokenizer" / "tokenizer_config.json",
                                    R"({"eos_token": "</s>"})"));
  }

  Ended Run(const std::string& url, const std::vector<std::string>& more) {
    std::vector<std::string> words{
        ASSAY_BINARY, "run", "--base-url", url,         "--tokenizer", "tokenizer",
        "--output",   "run", "--quiet",    "--samples", "6",           "--ready-check-timeout-sec",
        "0"};
    // This tokenizer has no word for the null server to answer with.
    words.emplace_back("--no-calibration");
    words.insert(words.end(), more.begin(), more.end());
    return RunProcess(words, dir_.string());
  }
  std::vector<RequestRecord> Requests(const std::string& test = "performance") {
    const auto journal = ReadJournal(dir_ / "run" / test / "requests.jsonl");
    EXPECT_TRUE(journal.has_value());
    return journal ? journal->requests : std::vector<RequestRecord>{};
  }
  Json VerdictFile() {
    return ParseJson(ReadFile(dir_ / "run" / "verdict.json").value(), "verdict").value();
  }
  // Rules of the findings, of one severity or of all.
  std::vector<std::string> FindingRules(const std::string& severity = "") {
    std::vector<std::string> rules;
    const Json verdict = VerdictFile();
    for (const Json& finding : verdict["findings"]) {
      if (severity.empty() || finding["severity"] == severity) rules.push_back(finding["rule"]);
    }
    return rules;
  }
  // Without an error of its own: a busy machine may make the client late, and then it says so.
  void ExpectDone(const Ended& ended) {
    const std::vector<std::string> errors = FindingRules("error");
    EXPECT_THAT(errors, Each("client.limited")) << ended.out << ended.err;
    EXPECT_EQ(ended.exit_code, errors.empty() ? 0 : 1) << ended.out << ended.err;
  }
  std::string Verdict() { return VerdictFile()["verdict"]; }

  fs::path dir_;
};

TEST_F(EndpointCli, EveryScenarioIsMeasuredAndItsNumbersFollow) {
  TestServer server(Good);
  const std::vector<std::vector<std::string>> scenarios{
      {"--scenario", "offline", "--max-concurrency", "2"},
      {"--scenario", "server", "--target-qps", "200"},
      {"--scenario", "interactive", "--target-qps", "200"},
      {"--scenario", "singlestream"}};
  for (const auto& scenario : scenarios) {
    SCOPED_TRACE(scenario[1]);
    fs::remove_all(dir_ / "run");
    const Ended ended = Run(server.url(), scenario);
    ExpectDone(ended);
    EXPECT_GE(Requests().size(), 6U);
    for (const RequestRecord& r : Requests("accuracy")) {
      EXPECT_EQ(r.outcome.token_ids, (std::vector<TokenId>{0, 1, 2, 3, 4, 5}));
      EXPECT_FALSE(r.outcome.error.has_value());
    }
    EXPECT_THAT(FindingRules(), Contains("endpoint.model"));
    const Ended verified = RunProcess({ASSAY_BINARY, "verify", "run"}, dir_.string());
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  }
}

TEST_F(EndpointCli, KeysAndHeaderValuesAreInNoFile) {
  TestServer server(Good);
  ASSERT_TRUE(WriteFileAtomically(dir_ / "key", std::string(kKey) + "\n"));
  const Ended ended =
      Run(server.url(), {"--mode", "performance", "--api-key-file", "key", "--header",
                         "X-One: first-secret", "--header=X-Two:second-secret"});
  ExpectDone(ended);
  const TestRequest last = server.requests().back();
  EXPECT_THAT(last.head, HasSubstr("Authorization: Bearer " + std::string(kKey)));
  EXPECT_THAT(last.head, HasSubstr("X-One: first-secret"));
  EXPECT_THAT(last.head, HasSubstr("X-Two: second-secret"));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("secret")));
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "run")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_THAT(ReadFile(entry.path()).value(), Not(HasSubstr("secret"))) << entry.path();
  }
  EXPECT_THAT(ReadFile(dir_ / "run" / "run.json").value(), HasSubstr("X-Two"));
}

TEST_F(EndpointCli, FailuresAreNamedAndTheRunIsInvalid) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    if (request.number == 3) return peer.Respond(500, "text/plain", "out of memory"), true;
    return Good(request, peer);
  });
  const Ended ended = Run(server.url(), {"--mode", "performance"});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  EXPECT_EQ(Verdict(), "invalid");
  const auto requests = Requests();
  ASSERT_EQ(requests.size(), 6U);
  const auto failed = std::find_if(requests.begin(), requests.end(),
                                   [](const auto& r) { return r.outcome.error.has_value(); });
  ASSERT_NE(failed, requests.end());
  EXPECT_EQ(failed->outcome.error->kind, "http_5xx");
  EXPECT_EQ(failed->outcome.error->message, "HTTP 500: out of memory");
}

TEST_F(EndpointCli, TooManyErrorsEndTheTest) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    if (request.number > 0) return peer.Respond(500, "text/plain", "no"), true;
    return Good(request, peer);
  });
  const Ended ended = Run(
      server.url(), {"--mode", "performance", "--scenario", "singlestream", "--max-errors", "2"});
  EXPECT_EQ(ended.exit_code, 1) << ended.out << ended.err;
  EXPECT_EQ(Requests().size(), 3U);
  EXPECT_EQ(Verdict(), "invalid");
  EXPECT_THAT(ReadFile(dir_ / "run" / "run.json").value(),
              HasSubstr("more than 2 requests failed"));
}

TEST_F(EndpointCli, RetriesAreAFinding) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    if (request.number == 2) return peer.Respond(503, "text/plain", "busy"), true;
    return Good(request, peer);
  });
  const Ended ended = Run(server.url(), {"--mode", "performance", "--retries", "1"});
  ExpectDone(ended);
  EXPECT_THAT(FindingRules(), Contains("endpoint.retries"));
}

TEST_F(EndpointCli, UsageIsCheckedBeforeAnythingIsAsked) {
  TestServer server(Good);
  const std::vector<std::vector<std::string>> wrong{
      {"--endpoint", "/v2"},
      {"--prompt-format", "words"},
      {"--endpoint", "/v1/chat/completions", "--prompt-format", "ids"},
      {"--max-concurrency", "0"},
      {"--extra-body", "[1]"},
      {"--extra-body", R"({"prompt": "x"})"},
      {"--header", "no colon"},
      {"--header", "Host: x"},
      {"--api-key-env", "ASSAY_NO_SUCH_VARIABLE"},
      {"--request-timeout", "-1"},
      {"--engine", "llama"},
      {"--base-url", "http://me:secret@x"}};
  for (const auto& more : wrong) {
    const Ended ended = Run(server.url(), more);
    EXPECT_EQ(ended.exit_code, 2) << more[0] << " " << more[1] << ended.err;
    EXPECT_THAT(ended.err, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(server.connections(), 0U);
  const Ended without =
      RunProcess({ASSAY_BINARY, "run", "--base-url", server.url()}, dir_.string());
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("--tokenizer"));
}

TEST_F(EndpointCli, AServerThatIsNotThereLeavesNothing) {
  const Ended ended = Run("http://127.0.0.1:9", {});
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("http://127.0.0.1:9"));
  EXPECT_FALSE(fs::exists(dir_ / "run"));
}

TEST_F(EndpointCli, ChatAndWholeAnswersSayWhatTheyLose) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    EXPECT_THAT(request.body, HasSubstr("\"messages\":[{\"role\":\"user\""));
    peer.Respond(200, "application/json",
                 R"({"choices":[{"index":0,"message":{"role":"assistant","content":"ab"},)"
                 R"("finish_reason":"stop"}],"usage":{"completion_tokens":3,"prompt_tokens":99}})");
    return true;
  });
  const Ended ended = Run(
      server.url(), {"--mode", "performance", "--endpoint", "/v1/chat/completions", "--no-stream"});
  ExpectDone(ended);
  EXPECT_THAT(FindingRules(), Contains("prompt.template"));
  EXPECT_THAT(FindingRules(), Contains("endpoint.stream"));
  EXPECT_THAT(FindingRules(), Contains("tokens.derived"));
  for (const RequestRecord& r : Requests()) EXPECT_EQ(r.outcome.token_ids.size(), 3U);
}

}  // namespace
}  // namespace assay
