// The program as its user runs it: exit codes, files, signals.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "record/journal.h"
#include "record/run_directory.h"
#include "rules/test_tree.h"
#include "tests/process.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::ChildrenOf;
using testing_support::Ended;
using testing_support::IsAlive;
using testing_support::Process;
using testing_support::RunProcess;

const char* const kQuick = R"({"ttft_ms":2,"tpot_ms":0.2,"generated":{"tokens":[8,16]}})";
// Slow enough that our own delays, on a busy machine too, are a small part of it.
const char* const kCalm = R"({"ttft_ms":800,"tpot_ms":5,"generated":{"tokens":[8,16]}})";
// Eight seconds for the 12 samples of an offline test.
const char* const kSlow = R"({"slots":1,"ttft_ms":100,"tpot_ms":80,"generated":{"tokens":8}})";

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(testing::TempDir()) / "assay_cli_test" /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }

  // Every report that a test made keeps to the published schema.
  void TearDown() override {
    const std::string report = (dir_ / "run" / "report.json").string();
    if (!fs::exists(report)) return;
    const std::string source = ASSAY_SOURCE_DIR;
    const Ended validated =
        RunProcess({ASSAY_PYTHON, source + "/tests/validate_reports.py", ASSAY_FASTJSONSCHEMA,
                    source + "/docs/schema/report.schema.json", report},
                   dir_.string());
    EXPECT_EQ(validated.exit_code, 0) << validated.out << validated.err;
  }

  [[nodiscard]] static std::vector<std::string> Words(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{ASSAY_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
  }
  [[nodiscard]] Ended Assay(const std::vector<std::string>& arguments,
                            const std::string& input = "") {
    return RunProcess(Words(arguments), dir_.string(), input);
  }
  // Arguments of a scripted run into `run` in the test's directory.
  [[nodiscard]] std::vector<std::string> Scripted(const std::string& script,
                                                  const std::vector<std::string>& more = {}) {
    EXPECT_TRUE(WriteFileAtomically(dir_ / "script.json", script));
    std::vector<std::string> arguments{"run",      "--script", "script.json",
                                       "--output", "run",      "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    if (std::find(more.begin(), more.end(), "--samples") == more.end()) {
      arguments.insert(arguments.end(), {"--samples", "12"});
    }
    return arguments;
  }
  [[nodiscard]] Json File(const std::string& name) const {
    const auto bytes = ReadFile(dir_ / "run" / name);
    EXPECT_TRUE(bytes.has_value());
    const auto json = ParseJson(*bytes, name);
    EXPECT_TRUE(json.has_value());
    return *json;
  }
  [[nodiscard]] std::size_t JournalLines(const char* test) const {
    const auto journal = ReadJournal(dir_ / "run" / test / "requests.jsonl");
    return journal ? journal->requests.size() : 0;
  }
  // Waits until `test` has at least `count` lines in its journal.
  void WaitForLines(const char* test, std::size_t count) const {
    for (int i = 0; i < 600 && JournalLines(test) < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ASSERT_GE(JournalLines(test), count);
  }

  fs::path dir_;
};

TEST_F(Cli, EveryScenarioEndsWithScoresFiguresAndAVerdict) {
  for (const std::string scenario : {"offline", "server", "interactive", "singlestream"}) {
    fs::remove_all(dir_ / "run");
    const char* script = scenario == "singlestream" ? kQuick : kCalm;
    const Ended run = Assay(Scripted(script, {"--scenario", scenario, "--target-qps", "50"}));
    ASSERT_EQ(run.exit_code, 0) << scenario << run.err << run.out;
    EXPECT_THAT(run.out, HasSubstr("not comparable")) << scenario;
    EXPECT_EQ(File("verdict.json")["verdict"], "not_comparable") << scenario;
    EXPECT_EQ(File("score.json")["gen_num"], 12) << scenario;
    EXPECT_EQ(File("metrics.json")["completed"], 12) << scenario;
    EXPECT_EQ(JournalLines("performance"), 12U) << scenario;
    EXPECT_EQ(JournalLines("accuracy"), 12U) << scenario;
    EXPECT_TRUE(CheckManifest(dir_ / "run")->changed.empty());
  }
}

TEST_F(Cli, JsonIsOneDocumentOnStandardOutputAndNothingElse) {
  const Ended run = Assay(Scripted(kQuick, {"--format", "json", "--mode", "performance"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(ParseJson(run.out, "stdout").has_value());
}

TEST_F(Cli, UsageErrorsExitWithTwoAndLeaveNothing) {
  const std::vector<std::pair<std::vector<std::string>, const char*>> cases{
      {{"--samples", "0"}, "--samples"},
      {{"--samples", "100000"}, "100000 were asked for"},
      {{"--scenario", "multistream"}, "accepted: offline, server"},
      {{"--mode", "fast"}, "accepted: performance"},
      {{"--engine", "vroom"}, "\"vroom\" is not known"},
      {{"--engine", "a\nb\x1b[2J"}, "\"a\\nb\\x1b[2J\" is not known"},
      {{"--target-qps", "0"}, "--target-qps must be a number above 0"},
      {{"--target-qps", "many"}, "--target-qps"},
      {{"--rules", "v5.0"}, "v5.1"},
      {{"--rules", "v6.1", "--benchmark", "llama3.1-8b-edge", "--scenario", "server"},
       "no scenario"},
      {{"--goodput", "ttft"}, "NAME:MILLISECONDS"},
      {{"--user-conf", "absent.conf"}, "absent.conf: cannot open"},
      {{"--min-tokens", "9", "--max-tokens", "3"}, "--min-tokens 9"},
      {{"--nonsense", "5"}, "\"--nonsense\" is not known here (all options: assay run --help)"},
      {{"--output-dir", "5"}, "\"--output-dir\" is not known here; did you mean --output?"}};
  for (const auto& [arguments, part] : cases) {
    const Ended run = Assay(Scripted(kQuick, arguments));
    EXPECT_EQ(run.exit_code, 2) << arguments[0] << ": " << run.err;
    EXPECT_THAT(run.err, HasSubstr(part)) << arguments[0];
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(run.out, "") << arguments[0];
    EXPECT_FALSE(fs::exists(dir_ / "run")) << arguments[0];
  }
}

TEST_F(Cli, AScriptWithATokenizerNeedsNoModel) {
  EXPECT_TRUE(WriteFileAtomically(dir_ / "tokenizer.json", ToJsonLine(tok::SmallTokenizer({})))
                  .has_value());
  std::vector<std::string> words{"/usr/bin/env", "ASSAY_CACHE=" + (dir_ / "empty").string()};
  for (const std::string& word :
       Words(Scripted(kQuick, {"--tokenizer", "tokenizer.json", "--mode", "performance"}))) {
    words.push_back(word);
  }
  const Ended run = RunProcess(words, dir_.string());
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

TEST_F(Cli, AFullDiskIsNamedAndARunThatMeasuredNothingLeavesNothing) {
  std::vector<std::string> words{"/bin/sh", "-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" \"$@\"",
                                 ASSAY_BINARY};
  const std::vector<std::string> arguments = Scripted(kQuick);
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Ended run = RunProcess(words, dir_.string());
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("inputs/samples.jsonl: cannot write: File too large"));
  EXPECT_FALSE(fs::exists(dir_ / "run"));
}

TEST_F(Cli, AnUnknownVerbIsNamed) {
  const Ended ended = Assay({"fly"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("verb \"fly\" is not known; accepted: run, report"));
  EXPECT_THAT(ended.err, Not(HasSubstr("run-test")));
}

TEST_F(Cli, AnUnknownOptionBeforeTheVerbIsNamed) {
  const Ended ended = Assay({"--nonsense"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("\"--nonsense\" is not known here"));
}

TEST_F(Cli, AConfigFileIsReadAndChecked) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "run.conf", "[run]\nsamples=3\nmode=performance\n"));
  const std::vector<std::string> run{"run", "--script", "script.json", "--output",
                                     "run", "--quiet",  "--config",    "run.conf"};
  static_cast<void>(Scripted(kQuick));
  ASSERT_EQ(Assay(run).exit_code, 0);
  EXPECT_EQ(ReadRunRecord(dir_ / "run")->config.samples, 3U);
  fs::remove_all(dir_ / "run");
  ASSERT_TRUE(WriteFileAtomically(dir_ / "run.conf", "[run]\nsampels=3\n"));
  const Ended unknown = Assay(run);
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.out + unknown.err, HasSubstr("sampels"));
  fs::remove(dir_ / "run.conf");
  const Ended absent = Assay(run);
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(absent.out + absent.err, HasSubstr("run.conf"));
}

TEST_F(Cli, AnUnknownKeyInUserConfStopsBeforeAnythingIsMeasured) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "user.conf", "*.Offline.target_qsp = 3\n"));
  const Ended run = Assay(Scripted(kQuick, {"--user-conf", "user.conf"}));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("user.conf:1: unknown key \"target_qsp\""));
  EXPECT_FALSE(fs::exists(dir_ / "run"));
}

TEST_F(Cli, TheComplianceTestIsRunVerifiedAndJudged) {
  for (const std::string scenario : {"offline", "server"}) {
    fs::remove_all(dir_ / "run");
    const Ended run = Assay(
        Scripted(kQuick, {"--mode", "compliance", "--scenario", scenario, "--target-qps", "200"}));
    ASSERT_EQ(run.exit_code, 0) << scenario << run.err << run.out;
    EXPECT_EQ(JournalLines("TEST06"), 100U);
    EXPECT_EQ(*ReadFile(dir_ / "run/TEST06/verify_accuracy.txt"),
              std::string("First token check pass: ") +
                  (scenario == "offline" ? "Skipped" : "True") +
                  "\nEOS check pass: True\nSample length check pass: True\nTEST06 verification "
                  "complete\n");
    EXPECT_TRUE(CheckManifest(dir_ / "run")->added.empty());
    const Json verdict = File("verdict.json");
    for (const Json& finding : verdict["findings"]) {
      EXPECT_NE(finding["severity"], "error") << finding.dump();
    }
    const Ended verified = Assay({"verify", "run"});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  }
}

TEST_F(Cli, EveryTestInOneRunAndNoAuditConfigActs) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "audit.config", "*.*.min_query_count = 3\n"));
  const Ended run = Assay(Scripted(kQuick, {"--mode", "all"}));
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  EXPECT_THAT(run.err, HasSubstr("audit.config stands in the working directory"));
  EXPECT_EQ(JournalLines("performance"), 12U);
  EXPECT_EQ(JournalLines("accuracy"), 12U);
  EXPECT_EQ(JournalLines("TEST06"), 100U);
}

TEST_F(Cli, RulesStopARunThatCannotKeepThem) {
  const Ended run = Assay(Scripted(kQuick, {"--rules", "v6.1", "--format", "json"}));
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("[dataset.identity]"));
  EXPECT_THAT(run.err, HasSubstr("nothing was measured"));
  EXPECT_FALSE(fs::exists(dir_ / "run"));
  const auto document = ParseJson(run.out, "stdout");
  ASSERT_TRUE(document.has_value()) << run.out;
  EXPECT_EQ((*document)["verdict"], "invalid");
}

TEST_F(Cli, ARateThatWasNotGivenIsEstimatedAndRecorded) {
  // The round's own settings, but for a duration that a test can wait for.
  const Ended run =
      Assay(Scripted(kQuick, {"--rules", "v6.1", "--accept-unofficial", "--mode", "compliance"}));
  ASSERT_EQ(run.exit_code, 1) << run.err << run.out;
  const Json estimate = File("run.json")["config"]["estimate"];
  EXPECT_EQ(estimate["option"], "--target-qps");
  EXPECT_GT(estimate["value"].get<double>(), 0.0);
  EXPECT_EQ(File("run.json")["config"]["target_qps"], estimate["value"]);
  EXPECT_FALSE(fs::exists(dir_ / "run/warm_up.json"));
  EXPECT_THAT(run.out, HasSubstr("estimated in a warm-up"));
  EXPECT_EQ(File("verdict.json")["verdict"], "invalid") << "the data set stays what it is";
}

// The whole program, not the module alone: a name that two modules define would show here.
TEST_F(Cli, ASubmissionTreeThatBreaksNoRuleIsValid) {
  for (const auto& [path, bytes] : ValidTree(AllRounds().back())) {
    fs::create_directories((dir_ / "tree" / path).parent_path());
    ASSERT_TRUE(WriteFileAtomically(dir_ / "tree" / path, bytes));
  }
  const Ended check = Assay({"check", "tree"});
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  const Ended inside = Assay({"check", "tree/closed"});
  EXPECT_EQ(inside.exit_code, 2);
  EXPECT_THAT(inside.err, HasSubstr("inside the submission tree"));
}

TEST_F(Cli, ARunNeverOverwritesAnother) {
  ASSERT_EQ(Assay(Scripted(kQuick, {"--mode", "performance"})).exit_code, 0);
  const Ended again = Assay(Scripted(kQuick, {"--mode", "performance"}));
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("never overwrites"));
}

TEST_F(Cli, BadInputsNameFileAndReason) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "bad.jsonl",
                                  "{\"article\":\"a\",\"highlights\":\"b\"}\n{\"article\":3}\n"));
  const Ended dataset = Assay(Scripted(kQuick, {"--dataset", "bad.jsonl", "--samples", "1"}));
  EXPECT_EQ(dataset.exit_code, 3);
  EXPECT_THAT(dataset.err, HasSubstr("bad.jsonl:2"));
  ASSERT_TRUE(WriteFileAtomically(dir_ / "model.gguf", "this is no GGUF"));
  const Ended model =
      Assay({"run", "--model", "model.gguf", "--samples", "1", "--output", "run", "--quiet"});
  EXPECT_EQ(model.exit_code, 3);
  EXPECT_THAT(model.err, HasSubstr("model.gguf"));
  EXPECT_FALSE(fs::exists(dir_ / "run"));
  const Ended absent = Assay({"run", "--model", "no-such-model", "--output", "run"});
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(absent.err, HasSubstr("model no-such-model: no such file"));
}

TEST_F(Cli, FailedRequestsMakeTheRunInvalid) {
  const Ended run = Assay(
      Scripted(R"({"generated":{"tokens":8},"answers":[{"index":3,"text":"x","fault":"error"}]})",
               {"--mode", "performance"}));
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_EQ(File("verdict.json")["verdict"], "invalid");
  EXPECT_EQ(File("metrics.json")["failed"], 1);
}

TEST_F(Cli, ACrashCostsTheTestNotTheRecord) {
  const Ended run = Assay(Scripted(
      R"({"slots":1,"ttft_ms":5,"generated":{"tokens":4},"answers":[{"index":3,"text":"x","fault":"crash"}]})"));
  EXPECT_EQ(run.exit_code, 1) << run.err;
  const auto record = ReadRunRecord(dir_ / "run");
  ASSERT_TRUE(record.has_value());
  ASSERT_EQ(record->tests.size(), 2U);
  EXPECT_EQ(record->tests[0].outcome, "crashed");
  EXPECT_EQ(record->tests[0].signal, SIGSEGV);
  EXPECT_EQ(File("verdict.json")["verdict"], "invalid");
  EXPECT_THAT(run.out, HasSubstr("crashed"));
}

TEST_F(Cli, CtrlCKeepsWhatWasRecorded) {
  Process run(Words(Scripted(kSlow)), dir_.string());
  WaitForLines("performance", 2);
  run.Signal(SIGINT);
  const Ended ended = run.Wait();
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("assay report"));
  const auto record = ReadRunRecord(dir_ / "run");
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(record->interrupted);
  EXPECT_EQ(record->tests[0].outcome, "interrupted");
  EXPECT_EQ(record->tests[1].outcome, "running") << "never begun";
  EXPECT_FALSE(ReadJournal(dir_ / "run" / "performance" / "requests.jsonl")->cut_off);
  EXPECT_EQ(File("verdict.json")["verdict"], "invalid");
}

TEST_F(Cli, SigkillOfTheParentLeavesNothingRunningAndATrueReport) {
  for (const std::size_t lines : {0U, 1U, 3U, 5U}) {
    fs::remove_all(dir_ / "run");
    Process run(Words(Scripted(kSlow)), dir_.string());
    std::vector<pid_t> children;
    for (int i = 0; i < 200 && children.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      children = ChildrenOf(run.pid());
    }
    ASSERT_EQ(children.size(), 1U);
    if (lines > 0) WaitForLines("performance", lines);
    run.Signal(SIGKILL);
    static_cast<void>(run.Wait());
    for (int i = 0; i < 100 && IsAlive(children[0]); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_FALSE(IsAlive(children[0]));
    const Ended report = Assay({"report", "run"});
    EXPECT_EQ(report.exit_code, 1) << report.err << report.out;
    EXPECT_EQ(File("verdict.json")["verdict"], "invalid");
    if (lines > 0) {
      EXPECT_GE(File("metrics.json")["completed"], lines);
    }
  }
}

TEST_F(Cli, SigkillOfTheTestLetsTheNextOneRun) {
  Process run(Words(Scripted(kSlow)), dir_.string());
  WaitForLines("performance", 1);
  const std::vector<pid_t> children = ChildrenOf(run.pid());
  ASSERT_EQ(children.size(), 1U);
  ASSERT_EQ(kill(children[0], SIGKILL), 0);
  const Ended ended = run.Wait();
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  const auto record = ReadRunRecord(dir_ / "run");
  EXPECT_EQ(record->tests[0].outcome, "crashed");
  EXPECT_EQ(record->tests[0].signal, SIGKILL);
  EXPECT_EQ(record->tests[1].outcome, "completed");
  EXPECT_EQ(JournalLines("accuracy"), 12U);
}

TEST_F(Cli, NoInputsKeepsHashesAndLaterVerbsSayWhatIsMissing) {
  ASSERT_EQ(Assay(Scripted(kQuick, {"--no-inputs"})).exit_code, 0);
  const auto samples = ReadInputSamples(dir_ / "run");
  ASSERT_EQ(samples->size(), 12U);
  EXPECT_FALSE((*samples)[0].article.has_value());
  EXPECT_EQ((*samples)[0].sha256.size(), 64U);
  const Ended score = Assay({"score", "run"});
  EXPECT_EQ(score.exit_code, 3);
  EXPECT_THAT(score.err, HasSubstr("keeps no reference summaries"));
}

TEST_F(Cli, ShufflingTheReferencesMakesRougeFall) {
  const auto bytes = ReadFile(fs::path(ASSAY_SOURCE_DIR) / "data" / "sample" / "articles.jsonl");
  ASSERT_TRUE(bytes.has_value());
  std::vector<std::string> articles;
  std::vector<std::string> highlights;
  std::istringstream lines(*bytes);
  for (std::string line; std::getline(lines, line);) {
    const auto json = ParseJson(line, "sample");
    articles.push_back((*json)["article"].get<std::string>());
    highlights.push_back((*json)["highlights"].get<std::string>());
  }
  const auto rouge_l = [&](std::size_t shift) {
    std::string pairs;
    for (std::size_t i = 0; i < articles.size(); ++i) {
      pairs += ToJsonLine(Json{{"prediction", articles[i]},
                               {"reference", highlights[(i + shift) % highlights.size()]}}) +
               "\n";
    }
    EXPECT_TRUE(WriteFileAtomically(dir_ / "pairs.jsonl", pairs));
    const Ended score = Assay({"score", "--pairs", "pairs.jsonl", "--format", "json"});
    EXPECT_EQ(score.exit_code, 0) << score.err;
    return std::stod((*ParseJson(score.out, "score"))["rouge1"].get<std::string>());
  };
  EXPECT_LT(rouge_l(1), 0.7 * rouge_l(0));
}

TEST_F(Cli, SentencesAnswersLineByLine) {
  const Ended ended = Assay({"sentences"}, "{\"text\":\"Mr. Smith left. He ran.\"}\n");
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.out, "{\"sentences\":[\"Mr. Smith left.\",\"He ran.\"]}\n");
  const Ended bad = Assay({"sentences"}, "{\"text\":\"a\"}\n{\"txt\":1}\n");
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_THAT(bad.err, HasSubstr("standard input:2"));
}

// Every command of the README that calls the program, in order, in one directory.
TEST_F(Cli, TheReadmesCommandsWork) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the README's model computes for most of an hour under the thread sanitizer: "
                  "this needs another build";
#endif
  const auto readme = ReadFile(fs::path(ASSAY_SOURCE_DIR) / "README.md");
  ASSERT_TRUE(readme.has_value());
  std::istringstream lines(*readme);
  bool in_block = false;
  int commands = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```", 0) == 0) {
      in_block = line == "```sh";
      continue;
    }
    if (!in_block) continue;
    if (line.rfind("tools/", 0) == 0) {
      EXPECT_EQ(access((fs::path(ASSAY_SOURCE_DIR) / line).c_str(), X_OK), 0) << line;
      continue;
    }
    const auto replace = [&line](const std::string& from, const std::string& to) {
      for (std::size_t at = line.find(from); at != std::string::npos;
           at = line.find(from, at + to.size())) {
        line.replace(at, from.size(), to);
      }
    };
    replace("build/release/assay", ASSAY_BINARY);
    replace("~/.cache/assay", ASSAY_CACHE);
    const Ended ended = RunProcess({"/bin/sh", "-c", line}, dir_.string());
    EXPECT_EQ(ended.exit_code, 0) << line << "\n" << ended.err;
    ++commands;
  }
  EXPECT_GE(commands, 8);
}

fs::path SeedReport() {
  return fs::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "seed-report";
}

TEST_F(Cli, SeedReportsFiguresAreReproducedToTheLastDigit) {
  const fs::path seed = SeedReport();
  if (!fs::exists(seed)) GTEST_SKIP() << "needs " << seed;
  const Ended score =
      Assay({"score", "--accuracy-log", (seed / "mlperf_log_accuracy.json").string(), "--dataset",
             (seed / "cnn_eval.json").string(), "--tokenizer",
             (seed / ".." / "llama-3.1-tokenizer").string(), "--format", "json"});
  ASSERT_EQ(score.exit_code, 0) << score.err;
  const auto found = ParseJson(score.out, "stdout");
  const auto expected = ParseJson(*ReadFile(seed / "expected.json"), "expected.json");
  for (const auto& [key, value] : expected->items()) EXPECT_EQ((*found)[key], value) << key;
  EXPECT_EQ((*found)["output_tokens"], 1280);
}

TEST_F(Cli, SeedReportsClaimsAreRefused) {
  const fs::path seed = SeedReport();
  if (!fs::exists(seed)) GTEST_SKIP() << "needs " << seed;
  const Ended check = Assay(
      {"check", seed.string(), "--tokenizer", (seed / ".." / "llama-3.1-tokenizer").string()});
  EXPECT_EQ(check.exit_code, 1) << check.err;
  for (const char* part :
       {"near-copies", "10 of the data set's 13,368 samples", "7,706 is characters", "1,280",
        "rougeL is below its limit", "is not a pass"}) {
    EXPECT_THAT(check.out, HasSubstr(part));
  }
}

}  // namespace
}  // namespace assay
