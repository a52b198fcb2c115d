// `assay score`, `assay tokenize` and `assay sentences` as processes.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "tests/process.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::Ended;
using testing_support::RunProcess;

class ScoringProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ =
        fs::path(::testing::TempDir()) /
        fmt::format("scoring-{}", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  [[nodiscard]] Ended Assay(std::vector<std::string> words, const std::string& input = "") const {
    words.insert(words.begin(), ASSAY_BINARY);
    return RunProcess(words, dir_.string(), input);
  }
  // A shell's word; $0 is the program, $1 the tokenizer.
  [[nodiscard]] Ended Shell(const std::string& script) const {
    return RunProcess({"/usr/bin/env", "bash", "-c", script, ASSAY_BINARY, kTokenizer},
                      dir_.string());
  }
  void Write(const std::string& name, const std::string& bytes) const {
    ASSERT_TRUE(WriteFileAtomically(dir_ / name, bytes).has_value());
  }

  fs::path dir_;
  const std::string kTokenizer =
      (fs::path(ASSAY_CACHE) / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf").string();
};

TEST_F(ScoringProgram, PairsHaveIntervalsAndForecasts) {
  std::string pairs;
  for (int i = 0; i < 50; ++i) {
    pairs += fmt::format(
        "{{\"prediction\":\"The council voted for pier {}.\",\"reference\":\"The council {} "
        "repaired pier {}.\"}}\n",
        i, i % 3 == 0 ? "never" : "has", i);
  }
  Write("pairs.jsonl", pairs);
  const Ended ended = Assay(
      {"score", "--pairs", "pairs.jsonl", "--format", "json", "--samples-out", "samples.jsonl"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const Json json = ParseJson(ended.out, "stdout").value();
  EXPECT_EQ(json["gen_num"], 50);
  EXPECT_EQ(json["judged"], false);
  EXPECT_EQ(json["uncertainty"]["full_count"], 13368);
  ASSERT_EQ(json["uncertainty"]["metrics"].size(), 5U);
  for (const Json& metric : json["uncertainty"]["metrics"]) {
    EXPECT_LE(metric["interval"][0].get<double>(), metric["mean"].get<double>());
    EXPECT_GE(metric["interval"][1].get<double>(), metric["mean"].get<double>());
    EXPECT_GE(metric["probability_of_passing"].get<double>(), 0.0);
    EXPECT_LE(metric["probability_of_passing"].get<double>(), 1.0);
  }
  const std::string samples = ReadFile(dir_ / "samples.jsonl").value();
  EXPECT_EQ(std::count(samples.begin(), samples.end(), '\n'), 50);
  const Ended text = Assay({"score", "--pairs", "pairs.jsonl"});
  EXPECT_THAT(text.out, AllOf(HasSubstr("95 % interval"), HasSubstr("P(pass)"),
                              HasSubstr("shown, not judged")));
  EXPECT_EQ(Assay({"score", "--pairs", "pairs.jsonl", "--format", "json"}).out, ended.out);
}

TEST_F(ScoringProgram, WhatStandardOutputDoesNotTakeIsAnError) {
  Write("pairs.jsonl", "{\"prediction\":\"a\",\"reference\":\"a\"}\n");
  for (const std::string words :
       {"score --pairs pairs.jsonl", "score --pairs pairs.jsonl --format json", "dataset info",
        "--help", "--version"}) {
    for (const std::string to : {">/dev/full", ">&-"}) {
      const Ended ended = Shell(fmt::format("\"$0\" {} {}", words, to));
      EXPECT_EQ(ended.exit_code, 3) << words << to << ended.err;
      EXPECT_THAT(ended.err, HasSubstr("assay: standard output: cannot write\n")) << words << to;
    }
    EXPECT_EQ(Shell("\"$0\" " + words + " 2>&-").exit_code, 0) << words;
  }
  for (const std::string verb : {"sentences", "tokenize --tokenizer $1"}) {
    const Ended ended = Shell("\"$0\" " + verb + " </tmp");
    EXPECT_EQ(ended.exit_code, 3) << verb;
    EXPECT_THAT(ended.err, HasSubstr("standard input: cannot be read")) << verb;
  }
}

TEST_F(ScoringProgram, EmptyArgumentsAndImpossibleLengthsAreUsageErrors) {
  for (const std::string words :
       {"score --pairs ''", "run --output ''", "run --output=", "dataset info ''",
        "tokenize --tokenizer $1 --max-length -1", "tokenize --tokenizer $1 --max-length ''",
        "tokenize --tokenizer $1 --max-length 99999999999999999999",
        "tokenize --tokenizer $1 --pad-id 0 --pad-to -1"}) {
    const Ended ended = Shell("\"$0\" " + words + " </dev/null");
    EXPECT_EQ(ended.exit_code, 2) << words << ended.err;
  }
  const Ended unknown =
      Shell("echo '{\"ids\":[2000000]}' | \"$0\" tokenize --decode --tokenizer $1");
  EXPECT_EQ(unknown.exit_code, 3) << unknown.err;
}

TEST_F(ScoringProgram, ABadLineLeavesNoSamples) {
  Write("pairs.jsonl", "{\"prediction\":\"a\",\"reference\":\"b\"}\n{\"prediction\":\"a\"\n");
  const Ended ended = Assay({"score", "--pairs", "pairs.jsonl", "--samples-out", "samples.jsonl"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("pairs.jsonl:2: "));
  EXPECT_FALSE(fs::exists(dir_ / "samples.jsonl"));
}

TEST_F(ScoringProgram, AnEndedOneLeavesNothing) {
  const Ended ended = Shell(
      "mkfifo pairs; \"$0\" score --pairs pairs --samples-out samples.jsonl & exec 3>pairs; "
      "echo '{\"prediction\":\"a\",\"reference\":\"a\"}' >&3; sleep 0.3; kill -TERM $!; wait $!; ls");
  EXPECT_EQ(ended.out, "pairs\n") << ended.err;
}

TEST_F(ScoringProgram, SamplesAndScoresCanGoToOneFile) {
  Write("pairs.jsonl", "{\"prediction\":\"a\",\"reference\":\"a\"}\n");
  const Ended ended =
      Shell("\"$0\" score --pairs pairs.jsonl --samples-out /dev/stdout --format json >both");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ReadFile(dir_ / "both").value(),
              AllOf(::testing::StartsWith("{\"index\":0,"), HasSubstr("}\n{\n"),
                    ::testing::EndsWith("\n}\n")));
}

TEST_F(ScoringProgram, OptionsOfAnotherFormAreUsageErrors) {
  Write("pairs.jsonl", "{\"prediction\":\"a\",\"reference\":\"a\"}\n");
  for (const std::string words :
       {"--pairs pairs.jsonl --dataset pairs.jsonl", "--pairs pairs.jsonl --tokenizer $1",
        "--pairs pairs.jsonl --dtype auto", "run --dtype int32"}) {
    EXPECT_EQ(Shell("\"$0\" score " + words).exit_code, 2) << words;
  }
}

TEST_F(ScoringProgram, FiltersAnswerWhileTheirInputIsOpen) {
  for (const std::string verb : {"sentences", "tokenize --tokenizer \"$1\" --count"}) {
    const Ended ended = Shell("coproc \"$0\" " + verb +
                              "; echo '{\"text\":\"One. Two.\"}' >&${COPROC[1]}; "
                              "read -t 20 -u ${COPROC[0]} line; echo \"$line\"");
    EXPECT_THAT(ended.out,
                ::testing::AnyOf("{\"sentences\":[\"One.\",\"Two.\"]}\n", "{\"count\":4}\n"))
        << verb << ended.err;
  }
}

TEST_F(ScoringProgram, FiltersEndWithTheirReader) {
  const Ended ended = Shell("yes '{\"text\":\"One.\"}' | timeout 20 \"$0\" sentences | head -n 1");
  EXPECT_EQ(ended.out, "{\"sentences\":[\"One.\"]}\n");
  EXPECT_EQ(ended.exit_code, 0);
}

TEST_F(ScoringProgram, ABadLineIsNamedAndThoseBeforeItAreAnswered) {
  const Ended ended = Assay({"tokenize", "--tokenizer", kTokenizer, "--count"},
                            "{\"text\":\"a\"}\n{\"text\":\"a\"}\n[]\n{\"text\":\"a\"}\n");
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.out, "{\"count\":1}\n{\"count\":1}\n");
  EXPECT_THAT(ended.err, HasSubstr("standard input:3: "));
}

TEST_F(ScoringProgram, TokenizeTruncatesAndPads) {
  const Ended ended = Assay({"tokenize", "--tokenizer", kTokenizer, "--max-length", "3", "--pad-to",
                             "3", "--pad-id", "2"},
                            "{\"text\":\"x\"}\n{\"text\":\"x x x x x\"}\n");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(::testing::StartsWith("{\"ids\":[2,2,"),
                               HasSubstr("\"attention_mask\":[0,0,1]}\n"),
                               HasSubstr("\"attention_mask\":[1,1,1]}\n")));
  EXPECT_EQ(Assay({"tokenize", "--tokenizer", kTokenizer, "--pad-to", "3"}).exit_code, 2);
  EXPECT_EQ(Assay({"tokenize", "--tokenizer", kTokenizer, "--pad-to", "3", "--pad-id", "99999999"})
                .exit_code,
            2);
}

TEST_F(ScoringProgram, LinesOfMegabytesAreLines) {
  const std::string text(std::size_t{3} << 20U, 'a');
  const Ended ended = Assay({"sentences"}, "{\"text\":\"" + text + "\"}\n");
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.out.size(), text.size() + std::string_view("{\"sentences\":[\"\"]}\n").size());
}

}  // namespace
}  // namespace assay
