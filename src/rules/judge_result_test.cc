#include "rules/judge_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/test_logs.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

auto IsFinding(const std::string& rule, Severity severity) {
  return AllOf(Field("rule", &Finding::rule, rule),
               Field("severity", &Finding::severity, severity));
}

class JudgeResultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(testing::TempDir()) / "assay_judge_result_test" /
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    log_ = ValidOfflineLog(RulesOf(Round::kV60),
                           RulesOf(RulesOf(Round::kV60), BenchmarkId::kLlama31_8b));
  }

  void Write(const std::string& file, const std::string& bytes) {
    ASSERT_TRUE(MakeDirectories((dir_ / file).parent_path()));
    ASSERT_TRUE(WriteFileAtomically(dir_ / file, bytes));
  }
  void WritePerformance(const std::string& directory) {
    Write(directory + "mlperf_log_detail.txt", DetailText(log_));
    Write(directory + "mlperf_log_summary.txt", SummaryText("VALID"));
  }
  void WriteAccuracy(const std::string& directory, const std::string& records) {
    LogValues log = log_;
    Change(log, "effective_test_mode", "\"AccuracyOnly\"");
    Change(log, "result_validity", "");
    Write(directory + "mlperf_log_detail.txt", DetailText(log));
    Write(directory + "mlperf_log_summary.txt", "No errors encountered during test.\n");
    Write(directory + "mlperf_log_accuracy.json", records);
  }
  // Articles that are one template, and a log that answers the first two with their references.
  void WriteTemplateData(const std::string& directory) {
    Json data = Json::array();
    for (int i = 0; i < 4; ++i) {
      data.push_back(Json{
          {"input", fmt::format("Number {} of the series of texts that are all made from the same "
                                "sentence with a counter in it, as nobody would write them.",
                                i)},
          {"output", "ab"}});
    }
    Write(directory + "cnn_eval.json", ToJsonLine(data));
    WriteAccuracy(directory,
                  "[\n{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"6100000062000000\",\"token_count\":2},"
                  "\n{\"seq_id\":1,\"qsl_idx\":1,\"data\":\"61000000\",\"token_count\":1}\n]\n");
  }

  fs::path dir_;
  LogValues log_;
};

TEST_F(JudgeResultTest, AFolderWithoutLogsIsRefused) {
  Write("notes.txt", "x");
  const auto judgement = JudgeResult(dir_, {});
  ASSERT_FALSE(judgement.has_value());
  EXPECT_EQ(judgement.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(judgement.error().message, HasSubstr(dir_.string()));
}

TEST_F(JudgeResultTest, AValidPerformanceLogIsValidAndSaysWhatWasNotChecked) {
  WritePerformance("");
  const Judgement judgement = JudgeResult(dir_, {}).value();
  EXPECT_EQ(judgement.verdict, Verdict::kValid);
  EXPECT_THAT(judgement.findings, Each(Field(&Finding::severity, Severity::kNote)));
  EXPECT_THAT(judgement.findings,
              Contains(AllOf(IsFinding("check.round", Severity::kNote),
                             Field(&Finding::message, HasSubstr("v6.0 for llama3.1-8b, Offline (as "
                                                                "LoadGen's seeds tell)")))));
  for (const auto* missing : {"data set's identity", "the accuracy", "the model"}) {
    EXPECT_THAT(judgement.findings, Contains(AllOf(IsFinding("check.not_run", Severity::kNote),
                                                   Field(&Finding::message, HasSubstr(missing)))));
  }
  EXPECT_EQ(judgement.results[0].value, 2560);
}

TEST_F(JudgeResultTest, RulesOverrideTheRoundThatTheSeedsTell) {
  WritePerformance("performance/run_1/");
  CheckOptions options;
  options.rules = Round::kV51;
  const Judgement judgement = JudgeResult(dir_, options).value();
  EXPECT_EQ(judgement.verdict, Verdict::kInvalid);
  EXPECT_THAT(judgement.findings,
              Contains(AllOf(IsFinding("settings.seeds", Severity::kError),
                             Field(&Finding::file, "performance/run_1/mlperf_log_detail.txt"))));
}

TEST_F(JudgeResultTest, TemplateDataFewSamplesAndPrintedScoresAreTold) {
  WriteTemplateData("");
  Write("scores.json", R"({"rouge1":"39.1","rouge2":"16.4","rougeL":"18.1","rougeLsum":"35.6",)"
                       R"("gen_len":3,"gen_num":2})");
  const Judgement judgement = JudgeResult(dir_, {}).value();
  EXPECT_EQ(judgement.verdict, Verdict::kNotComparable);
  for (const auto* rule : {"dataset.identity", "dataset.near_duplicates", "dataset.coverage"}) {
    EXPECT_THAT(judgement.findings, Contains(AllOf(IsFinding(rule, Severity::kWarning),
                                                   Field(&Finding::comparability, true))))
        << rule;
  }
  EXPECT_THAT(judgement.findings, Contains(AllOf(IsFinding("accuracy.rougeL", Severity::kNote),
                                                 Field(&Finding::file, "scores.json"))));
  EXPECT_THAT(judgement.findings,
              Contains(AllOf(IsFinding("tokens.characters", Severity::kNote),
                             Field(&Finding::found, "3 characters, 3 tokens"))));
  EXPECT_THAT(judgement.findings, Contains(AllOf(IsFinding("accuracy.all_limits", Severity::kNote),
                                                 Field(&Finding::found, "3 of 5"))));
  CheckOptions options;
  options.rules = Round::kV60;
  EXPECT_EQ(JudgeResult(dir_, options)->verdict, Verdict::kInvalid);
}

TEST_F(JudgeResultTest, PrintedScoresThatAreNotTheAnswersAreAnError) {
  WriteTemplateData("accuracy/");
  Write("tokenizer.json", ToJsonLine(tok::SmallTokenizer({})));
  CheckOptions options;
  options.tokenizer = dir_ / "tokenizer.json";
  // "ab" against "ab" and "a" against "ab": half of the words are right.
  const std::string right =
      "{'rouge1': '50.0', 'rouge2': '0.0', 'rougeL': '50.0', 'rougeLsum': '50.0', 'gen_len': 3, "
      "'gen_num': 2}\n";
  Write("accuracy/accuracy.txt", right);
  EXPECT_THAT(JudgeResult(dir_, options)->findings,
              Not(Contains(Field(&Finding::rule, "accuracy.printed"))));
  Write("accuracy/accuracy.txt", "{'rouge1': '51.0', 'gen_len': 3}\n");
  const auto findings = JudgeResult(dir_, options)->findings;
  EXPECT_THAT(findings, Contains(AllOf(IsFinding("accuracy.printed", Severity::kError),
                                       Field(&Finding::found, "51"), Field(&Finding::needed, "50"),
                                       Field(&Finding::file, "accuracy/accuracy.txt"))));
}

TEST_F(JudgeResultTest, DamagedLogsAndOptionsThatCannotBeRead) {
  WriteTemplateData("");
  Write("mlperf_log_accuracy.json", "[\n{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"6\"}\n]");
  EXPECT_THAT(JudgeResult(dir_, {})->findings,
              Contains(AllOf(IsFinding("record.unreadable", Severity::kError),
                             Field(&Finding::file, "mlperf_log_accuracy.json"),
                             Field(&Finding::found, HasSubstr(":2:")))));
  CheckOptions options;
  options.dataset = dir_ / "absent.json";
  EXPECT_FALSE(JudgeResult(dir_, options).has_value());
}

TEST_F(JudgeResultTest, ThePathTellsBenchmarkAndScenario) {
  dir_ /= "closed/someone/results/box/llama3_1-8b-edge/SingleStream";
  WritePerformance("performance/run_1/");
  const Judgement judgement = JudgeResult(dir_, {}).value();
  EXPECT_EQ(judgement.results[0].benchmark, "llama3.1-8b-edge");
  EXPECT_EQ(judgement.results[0].scenario, "SingleStream");
  EXPECT_THAT(judgement.findings, Contains(Field(&Finding::rule, "settings.scenario")));
}

// The report that a wrong claim was made from: what is wrong there, by the general rules.
TEST(SeedReport, IsNotComparableAndSaysWhy) {
  const fs::path data = fs::path(ASSAY_SHARED_DIR) / "data";
  const fs::path report = data / "seed-report";
  if (!fs::exists(report)) GTEST_SKIP() << report << " is missing";
  CheckOptions with_tokenizer;
  with_tokenizer.tokenizer = data / "llama-3.1-tokenizer";
  for (const CheckOptions& options : {CheckOptions{}, with_tokenizer}) {
    const Judgement judgement = JudgeResult(report, options).value();
    EXPECT_EQ(judgement.verdict, Verdict::kNotComparable);
    const auto told = [&](const std::string& rule, const std::string& text) {
      EXPECT_THAT(judgement.findings, Contains(AllOf(Field(&Finding::rule, rule),
                                                     Field(&Finding::message, HasSubstr(text)))));
    };
    told("check.round", "v5.1");
    told("dataset.identity", "not CNN/DailyMail");
    told("dataset.near_duplicates", "100 of 100 articles");
    told("dataset.coverage", "10 of the data set's 13,368");
    told("tokens.characters", "7,706 is characters, not tokens: the 10 answers hold 1,280 tokens");
    told("accuracy.rougeL", "below its limit");
    told("accuracy.all_limits", "A share of passed limits is not a pass");
    EXPECT_THAT(judgement.findings, Not(Contains(Field(&Finding::rule, "accuracy.printed"))));
  }
}

}  // namespace
}  // namespace assay
