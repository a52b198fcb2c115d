// assay compare as its user runs it: two true runs of the scripted engine, gates, files.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "tests/process.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::Ended;
using testing_support::RunProcess;

class CompareProgram : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = fs::path(testing::TempDir()) / ("assay_compare_test_" + std::to_string(getpid()));
    fs::remove_all(base_);
    fs::create_directories(base_);
    // The last is a fifth slower and gives other answers to two samples.
    Run("a", R"({"slots":2,"ttft_ms":20,"tpot_ms":2,"generated":{"tokens":[8,16]}})");
    Run("b", R"({"slots":2,"ttft_ms":20,"tpot_ms":2,"generated":{"tokens":[8,16]}})");
    Run("slow", R"({"slots":2,"ttft_ms":24,"tpot_ms":2.4,"generated":{"tokens":[8,16]},
      "answers":[{"index":3,"text":"Another answer."},{"index":5,"text":"And another."}]})");
  }
  static void TearDownTestSuite() { fs::remove_all(base_); }

  static void Run(const std::string& name, const std::string& script) {
    ASSERT_TRUE(WriteFileAtomically(base_ / (name + ".json"), script));
    const Ended run = Assay({"run", "--script", name + ".json", "--output", name, "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  }
  static Ended Assay(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{ASSAY_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return RunProcess(words, base_.string());
  }
  static Json Compared(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"compare", "--format", "json"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Ended compare = Assay(words);
    EXPECT_EQ(compare.exit_code, 0) << compare.err;
    const auto json = ParseJson(compare.out, "stdout");
    return json ? *json : Json();
  }
  static Json Figure(const Json& variant, const std::string& name) {
    for (const Json& figure : variant["figures"]) {
      if (figure["name"] == name) return figure;
    }
    ADD_FAILURE() << "no figure " << name;
    return {};
  }

  static fs::path base_;
};

fs::path CompareProgram::base_;

TEST_F(CompareProgram, NamesWhatDiffers) {
  const Json json = Compared({"a", "slow"});
  const Json& variant = json["variants"][0];
  EXPECT_EQ(variant["outputs"]["differing"], 2);
  EXPECT_EQ(variant["not_alike"], Json::array());
  const Json tpot = Figure(variant, "mean_tpot_ms");
  // On a busy machine the requests of so short a run may depend on one another; then it says so.
  EXPECT_EQ(tpot["differs"].get<bool>(), tpot["untested"].get<std::string>().empty()) << tpot;
  EXPECT_GT(tpot["effect"].get<double>(), 1.05);
  bool script_named = false;
  for (const Json& change : variant["changes"]) {
    script_named = script_named || change["place"] == "config/script";
  }
  EXPECT_TRUE(script_named);
}

TEST_F(CompareProgram, BytesAreShownInMebibytes) {
  const Ended shown = Assay({"compare", "a", "b"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  const std::size_t line = shown.out.find("peak_rss_bytes");
  ASSERT_NE(line, std::string::npos);
  EXPECT_THAT(shown.out.substr(line, 60), HasSubstr(" MiB"));
}

TEST_F(CompareProgram, ARunAgainstItselfHasNoDifference) {
  const Json json = Compared({"a", "a", "b"});
  ASSERT_EQ(json["variants"].size(), 2U);
  const Json& itself = json["variants"][0];
  EXPECT_EQ(itself["changes"], Json::array());
  EXPECT_EQ(itself["outputs"]["differing"], 0);
  for (const Json& figure : itself["figures"]) EXPECT_FALSE(figure["differs"].get<bool>());
}

TEST_F(CompareProgram, RepeatedRunsAreGroupedByOptionOrFolder) {
  const Json grouped = Compared({"--base", "a", "--base", "b", "--new", "slow", "--new", "slow"});
  EXPECT_EQ(grouped["base_runs"], 2);
  EXPECT_TRUE(grouped["variants"][0]["repeated"].get<bool>());
  fs::create_directories(base_ / "group");
  fs::copy(base_ / "a", base_ / "group" / "1", fs::copy_options::recursive);
  fs::copy(base_ / "b", base_ / "group" / "2", fs::copy_options::recursive);
  EXPECT_EQ(Compared({"group", "slow"})["base_runs"], 2);
}

TEST_F(CompareProgram, GatesAnswerWithTheExitCodeJUnitAndMarkdown) {
  ASSERT_TRUE(WriteFileAtomically(
      base_ / "gate.json",
      R"({"gates":[{"figure":"mean_tpot_ms","max_ratio":1.05},{"max_differing":0}]})"));
  const Ended failed = Assay({"compare", "a", "slow", "--gate", "gate.json", "--junit", "gate.xml",
                              "--markdown", "gate.md"});
  EXPECT_EQ(failed.exit_code, 1) << failed.out << failed.err;
  EXPECT_THAT(*ReadFile(base_ / "gate.xml"), HasSubstr("tests=\"2\" failures=\"2\""));
  EXPECT_THAT(*ReadFile(base_ / "gate.md"), HasSubstr("2 of 2 gates failed"));
  EXPECT_EQ(Assay({"compare", "a", "a", "--gate", "gate.json"}).exit_code, 0);
}

TEST_F(CompareProgram, UsageErrors) {
  EXPECT_EQ(Assay({"compare", "a"}).exit_code, 2);
  EXPECT_EQ(Assay({"compare", "a", "nowhere"}).exit_code, 2);
  EXPECT_EQ(Assay({"compare", "--base", "a", "slow"}).exit_code, 2);
  EXPECT_EQ(Assay({"compare", "a", "b", "--junit", "x.xml"}).exit_code, 2);
  ASSERT_TRUE(WriteFileAtomically(base_ / "bad.json", R"({"gates":[{"figure":"x","limit":1}]})"));
  const Ended bad = Assay({"compare", "a", "b", "--gate", "bad.json"});
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_THAT(bad.err, HasSubstr("bad.json: gates[0]: \"limit\" is not known"));
}

// An experiment of two scripts; `more` goes to it.
class ExperimentProgram : public CompareProgram {
 protected:
  static Ended Experiment(const std::string& output, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"experiment", "--vary",    "script=a.json,slow.json",
                                   "--repeat",   "2",         "--output",
                                   output,       "--samples", "6"};
    words.insert(words.end(), more.begin(), more.end());
    return Assay(words);
  }
  static std::string Started(const fs::path& run) {
    return (*ParseJson(*ReadFile(run / "run.json"), "run.json"))["started_utc"].get<std::string>();
  }
};

TEST_F(ExperimentProgram, RunsAreInterleavedKeptAndCompared) {
  const Ended done = Experiment("e");
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const fs::path e = base_ / "e";
  const auto plan = *ParseJson(*ReadFile(e / "experiment.json"), "plan");
  std::vector<std::string> order;
  for (const Json& run : plan["runs"]) order.push_back(run["directory"].get<std::string>());
  EXPECT_THAT(order, testing::ElementsAre("script=a.json/01", "script=slow.json/01",
                                          "script=slow.json/02", "script=a.json/02"));
  for (std::size_t i = 1; i < order.size(); ++i) {
    EXPECT_LE(Started(e / order[i - 1]), Started(e / order[i]));
  }
  const auto json = *ParseJson(*ReadFile(e / "comparison.json"), "comparison");
  EXPECT_EQ(json["base"], "script=a.json");
  EXPECT_EQ(json["variants"][0]["runs"], 2);
  EXPECT_TRUE(json["variants"][0]["repeated"].get<bool>());
  EXPECT_GT(Figure(json["variants"][0], "mean_tpot_ms")["effect"].get<double>(), 1.05);
  EXPECT_THAT(*ReadFile(e / "comparison.md"), HasSubstr("## Comparison"));
}

TEST_F(ExperimentProgram, HeadersAreNotKept) {
  const fs::path e = base_ / "headers";
  const Ended ended = Assay({"experiment", "--vary", "samples=1,2", "--repeat", "1", "--output",
                             e.string(), "--base-url", "http://127.0.0.1:1", "--tokenizer",
                             "absent", "--header", "X-Key: sesame", "--header=X-Other: sesame"});
  EXPECT_NE(ended.exit_code, 0);
  const auto plan = ReadFile(e / "experiment.json");
  ASSERT_TRUE(plan.has_value());
  EXPECT_THAT(*plan, HasSubstr("X-Key:"));
  EXPECT_THAT(*plan, Not(HasSubstr("sesame")));
}

TEST_F(ExperimentProgram, TheSameCommandContinuesWhatWasInterrupted) {
  ASSERT_EQ(Experiment("r").exit_code, 0);
  const fs::path kept = base_ / "r" / "script=a.json" / "01";
  const fs::path broken = base_ / "r" / "script=a.json" / "02";
  const std::string before = *ReadFile(kept / "performance" / "requests.jsonl");
  fs::remove(broken / "manifest.json");
  const Ended again = Experiment("r");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(*ReadFile(kept / "performance" / "requests.jsonl"), before);
  EXPECT_TRUE(fs::exists(broken / "manifest.json"));
  EXPECT_TRUE(fs::exists(base_ / "r" / "incomplete" / "script=a.json-02"));
  EXPECT_EQ(Experiment("r", {"--min-tokens", "2"}).exit_code, 2);
}

TEST_F(ExperimentProgram, AStopSignalEndsItAndKeepsWhatIsWhole) {
  ASSERT_TRUE(WriteFileAtomically(base_ / "long.json", R"({"slots":1,"ttft_ms":3000})"));
  testing_support::Process process({ASSAY_BINARY, "experiment", "--vary", "script=a.json,long.json",
                                    "--repeat", "1", "--output", "s", "--samples", "6"},
                                   base_.string());
  const fs::path started = base_ / "s" / "script=long.json" / "01" / "performance" / "test.json";
  for (int i = 0; i < 400 && !fs::exists(started); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  process.Signal(SIGINT);
  const Ended ended = process.Wait();
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("the same command continues"));
  EXPECT_TRUE(fs::exists(base_ / "s" / "script=a.json" / "01" / "manifest.json"));
  EXPECT_FALSE(fs::exists(base_ / "s" / "comparison.json"));
}

TEST_F(ExperimentProgram, UsageErrors) {
  EXPECT_EQ(Assay({"experiment", "--vary", "script=a.json", "--output", "u"}).exit_code, 2);
  EXPECT_EQ(Experiment("u", {"--repeat", "0"}).exit_code, 2);
  EXPECT_EQ(Experiment("a").exit_code, 2);  // a run directory, no experiment
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--no-such-option"},
                                               {"--vary", "no-such-option=1,2"},
                                               {"--min-tokens", "200"}}) {
    const Ended wrong = Experiment("u2", more);
    EXPECT_EQ(wrong.exit_code, 2) << wrong.err;
    EXPECT_FALSE(fs::exists(base_ / "u2"));
  }
  EXPECT_EQ(Assay({"run", "--script", "a.json", "--min-duration", "1e9"}).exit_code, 2);
  EXPECT_EQ(Assay({"run", "--script", "a.json", "--goodput", "ttft:1", "ttft:2"}).exit_code, 2);
}

}  // namespace
}  // namespace assay
