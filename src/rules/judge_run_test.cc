#include "rules/judge_run.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/test_logs.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array<std::string_view, 3> kArticles{
    "The harbour council voted to repair the northern pier before winter.",
    "Heavy snow closed the mountain road for three days. Trains ran late.",
    "Researchers counted 412 owls in the valley, twice as many as last year."};

auto IsFinding(const std::string& rule, Severity severity) {
  return AllOf(Field("rule", &Finding::rule, rule),
               Field("severity", &Finding::severity, severity));
}

// A run directory of three samples, as `assay run` leaves it. Tests change it before they judge.
class JudgeRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(testing::TempDir()) / "assay_judge_run_test" /
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    ASSERT_TRUE(MakeDirectories(dir_ / "inputs" / "tokenizer"));
    Write("inputs/tokenizer/tokenizer.json", ToJsonLine(tok::SmallTokenizer({})));
    // Ends with </s>, so that there is an end token.
    Write("inputs/tokenizer/tokenizer_config.json", R"({"eos_token": "</s>"})");
    tokenizer_ = LoadTokenizer(dir_ / "inputs" / "tokenizer").value();
    DescribeRun();
    for (std::size_t i = 0; i < kArticles.size(); ++i) answers_[i] = AnswerTo(i);
  }

  void DescribeRun() {
    run_.assay_version = "0.1.0";
    run_.started_utc = "2026-01-01T00:00:00Z";
    run_.ended_utc = "2026-01-01T00:01:00Z";
    run_.config.engine = "llama";
    run_.config.tests = {TestKind::kPerformance, TestKind::kAccuracy};
    run_.config.samples = kArticles.size();
    run_.dataset = {
        "small.jsonl", std::string(64, 'a'), "jsonl", kArticles.size(), "none", true, 0, 0};
    run_.tokenizer = tokenizer_->identity();
    run_.host = Json::object();
    run_.tests = {{TestKind::kPerformance, "completed", 0, std::nullopt, ""},
                  {TestKind::kAccuracy, "completed", 0, std::nullopt, ""}};
    test_.engine = EngineInfo{};
    test_.engine->engine = "llama";
    test_.engine->model_name = "SmolLM2 135M Instruct";
    test_.engine->precision = "F16";
    test_.clocks_start = {1'000'000, 5'000'000, 10};
    test_.clocks_end = ClockPair{601'000'000, 605'000'000, 10};
    test_.issued = test_.completed = kArticles.size();
    test_.status = "completed";
    benchmark_ = &RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8b);
    log_ = ValidOfflineLog(RulesOf(Round::kV61), *benchmark_);
    for (const auto* key : {"effective_samples_per_query", "effective_performance_sample_count",
                            "qsl_reported_total_count"}) {
      Change(log_, key, "3");
    }
    Change(log_, "effective_min_duration_ms", "0");
    Change(log_, "result_max_latency_ns", "60000000");
    for (const auto* key : {"result_samples_per_second", "result_tokens_per_second"}) {
      Change(log_, key, "");
    }
  }

  [[nodiscard]] std::vector<TokenId> AnswerTo(std::size_t sample) const {
    std::vector<TokenId> ids =
        tokenizer_->Encode(kArticles.at(sample), {.add_special_tokens = false});
    ids.push_back(tokenizer_->EndTokens().front());
    return ids;
  }

  void Write(const std::string& file, const std::string& bytes) {
    ASSERT_TRUE(MakeDirectories((dir_ / file).parent_path()));
    ASSERT_TRUE(WriteFileAtomically(dir_ / file, bytes));
  }

  static RequestRecord Request(std::uint64_t id, const std::vector<TokenId>& tokens) {
    RequestRecord request;
    request.sample_index = id;
    request.offset_ns = 0;
    request.scheduled_ns = 2'000'000;
    request.issued_ns = 2'010'000;
    request.outcome.id = id;
    request.outcome.sent = FromNanos(2'020'000);
    request.outcome.first_token = FromNanos(20'000'000);
    request.outcome.last_token = FromNanos(60'000'000);
    request.outcome.done = FromNanos(62'000'000);
    request.outcome.chunk_times = {FromNanos(20'000'000), FromNanos(60'000'000)};
    request.outcome.chunk_tokens = {1, static_cast<std::uint32_t>(tokens.size() - 1)};
    request.outcome.token_ids = tokens;
    return request;
  }

  void WriteTest(TestKind kind, const std::vector<RequestRecord>& requests) {
    const std::string directory = fmt::format("{}/", TestDirectoryName(kind));
    std::string journal;
    for (const RequestRecord& request : requests) {
      journal += ToJournalLine(request);
      if (!journal.ends_with('\n')) journal += '\n';
    }
    Write(directory + "requests.jsonl", journal);
    test_.test = kind;
    ASSERT_TRUE(WriteTestRecord(dir_, test_));
    LogValues log = log_;
    if (kind == TestKind::kAccuracy) Change(log, "effective_test_mode", "\"AccuracyOnly\"");
    if (kind == TestKind::kAccuracy) Change(log, "result_validity", "");
    Write(directory + "mlperf_log_detail.txt", DetailText(log));
    Write(directory + "mlperf_log_summary.txt", kind == TestKind::kAccuracy
                                                    ? "No errors encountered during test.\n"
                                                    : SummaryText("VALID"));
    Write(directory + "mlperf_log_accuracy.json",
          kind == TestKind::kAccuracy ? AccuracyLogOf(requests) : "[\n]\n");
  }

  static std::string AccuracyLogOf(const std::vector<RequestRecord>& requests) {
    std::string text = "[\n";
    for (const RequestRecord& request : requests) {
      std::string hex;
      for (const TokenId id : request.outcome.token_ids) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
          hex += fmt::format("{:02X}", (static_cast<std::uint32_t>(id) >> shift) & 0xFFU);
        }
      }
      text += fmt::format(
          "{}{{ \"seq_id\" : {}, \"qsl_idx\" : {}, \"data\" : \"{}\", "
          "\"token_count\" : {} }}",
          text.size() > 2 ? ",\n" : "", request.outcome.id, request.sample_index, hex,
          request.outcome.token_ids.size());
    }
    return text + "\n]\n";
  }

  // Writes what is not yet there, and judges.
  Judgement Judge(const CheckOptions& options = {}) {
    std::string samples;
    for (std::size_t i = 0; i < kArticles.size(); ++i) {
      InputSample sample;
      sample.index = i;
      sample.article = kArticles.at(i);
      sample.reference = kArticles.at(i);
      samples += ToJsonLine(ToJson(sample)) + "\n";
    }
    Write("inputs/samples.jsonl", samples);
    std::vector<RequestRecord> requests;
    for (const auto& [id, tokens] : answers_) requests.push_back(Request(id, tokens));
    for (const TestKind kind : {TestKind::kPerformance, TestKind::kAccuracy}) {
      if (!fs::exists(TestDirectory(dir_, kind))) WriteTest(kind, requests);
    }
    EXPECT_TRUE(WriteRunRecord(dir_, run_));
    if (!fs::exists(dir_ / "manifest.json")) {
      EXPECT_TRUE(WriteManifest(dir_));
    }
    const auto evidence = LoadRun(dir_, options);
    EXPECT_TRUE(evidence.has_value()) << evidence.error().message;
    return JudgeRun(*evidence, options).value();
  }

  fs::path dir_;
  RunRecord run_;
  TestRecord test_;
  LogValues log_;
  const BenchmarkRules* benchmark_ = nullptr;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::map<std::uint64_t, std::vector<TokenId>> answers_;
};

TEST_F(JudgeRunTest, ASmallRunIsNotComparableForReasonsThatAreTold) {
  const Judgement judgement = Judge();
  EXPECT_EQ(judgement.verdict, Verdict::kNotComparable);
  for (const Finding& finding : judgement.findings) {
    EXPECT_NE(finding.severity, Severity::kError) << finding.rule << ": " << finding.message;
  }
  for (const auto* rule : {"dataset.identity", "dataset.coverage", "model.identity",
                           "settings.min_duration", "settings.performance_samples"}) {
    EXPECT_THAT(judgement.findings, Contains(AllOf(IsFinding(rule, Severity::kWarning),
                                                   Field(&Finding::comparability, true))))
        << rule;
  }
  // The answers are the references: every ROUGE is 100, and still nothing is passed.
  EXPECT_THAT(judgement.findings,
              Contains(AllOf(IsFinding("accuracy.all_limits", Severity::kNote),
                             Field(&Finding::message, HasSubstr("4 of 5 limits are reached")),
                             Field(&Finding::message, HasSubstr("not a pass")))));
  std::size_t characters = 0;
  for (const std::string_view article : kArticles) characters += article.size();
  EXPECT_THAT(judgement.findings,
              Contains(AllOf(IsFinding("tokens.characters", Severity::kNote),
                             Field(&Finding::found, fmt::format("{} characters, {} tokens",
                                                                characters, characters + 3)))));
  ASSERT_EQ(judgement.results.size(), 1U);
  EXPECT_EQ(judgement.results[0].scenario, "Offline");
  EXPECT_EQ(judgement.results[0].value, std::nullopt);
}

TEST_F(JudgeRunTest, UnderTheRulesTheSameIsInvalid) {
  CheckOptions options;
  options.rules = Round::kV61;
  const Judgement judgement = Judge(options);
  EXPECT_EQ(judgement.verdict, Verdict::kInvalid);
  for (const auto* rule :
       {"dataset.identity", "dataset.coverage", "model.identity", "settings.min_duration"}) {
    EXPECT_THAT(judgement.findings, Contains(IsFinding(rule, Severity::kError))) << rule;
  }
  // TEST06 may be a run of its own.
  EXPECT_THAT(judgement.findings, Contains(IsFinding("run.test_missing", Severity::kWarning)));
  EXPECT_THAT(judgement.findings, Not(Contains(Field(&Finding::comparability, true))));
  EXPECT_EQ(judgement.findings.front().severity, Severity::kError);
  EXPECT_EQ(judgement.findings.back().severity, Severity::kNote);
}

TEST_F(JudgeRunTest, TheRunsOwnRulesCountUnlessOthersAreAsked) {
  run_.config.rules = "v6.0";
  EXPECT_THAT(Judge().findings, Contains(IsFinding("settings.seeds", Severity::kError)));
  CheckOptions options;
  options.rules = Round::kV61;
  EXPECT_THAT(Judge(options).findings, Not(Contains(Field(&Finding::rule, "settings.seeds"))));
}

TEST_F(JudgeRunTest, InterruptedAndCrashedTestsAreErrors) {
  run_.interrupted = true;
  run_.tests[1] = {TestKind::kAccuracy, "crashed", std::nullopt, 11, ""};
  const auto findings = Judge().findings;
  EXPECT_THAT(findings, Contains(IsFinding("run.interrupted", Severity::kError)));
  EXPECT_THAT(findings, Contains(AllOf(IsFinding("run.failed", Severity::kError),
                                       Field(&Finding::found, HasSubstr("signal 11")))));
}

TEST_F(JudgeRunTest, AFailedRequestIsAnError) {
  std::vector<RequestRecord> requests;
  for (const auto& [id, tokens] : answers_) requests.push_back(Request(id, tokens));
  requests[1].outcome.error = RequestError{"engine", "out of memory"};
  requests[1].outcome.finish_reason = FinishReason::kError;
  WriteTest(TestKind::kPerformance, requests);
  EXPECT_THAT(Judge().findings,
              Contains(AllOf(IsFinding("run.failed_requests", Severity::kError),
                             Field(&Finding::message, HasSubstr("1 of 3 requests")),
                             Field(&Finding::found, "engine: 1"))));
}

TEST_F(JudgeRunTest, ALostRequestIsAnError) {
  WriteTest(TestKind::kPerformance, {Request(0, answers_[0]), Request(2, answers_[2])});
  EXPECT_THAT(Judge().findings, Contains(AllOf(IsFinding("run.failed_requests", Severity::kError),
                                               Field(&Finding::found, "2 of 3"))));
}

TEST_F(JudgeRunTest, MoreThan128TokensAreAnError) {
  answers_[2].resize(129, TokenId{65});
  EXPECT_THAT(Judge().findings, Contains(IsFinding("tokens.above_maximum", Severity::kError)));
}

TEST_F(JudgeRunTest, OtherAnswersInThePerformanceTestAreAWarning) {
  WriteTest(TestKind::kPerformance,
            {Request(0, answers_[0]), Request(1, answers_[0]), Request(2, answers_[2])});
  EXPECT_THAT(Judge().findings, Contains(AllOf(IsFinding("answers.agreement", Severity::kWarning),
                                               Field(&Finding::found, "samples 1"))));
}

TEST_F(JudgeRunTest, AnAccuracyLogThatIsNotTheJournalsIsAnError) {
  std::vector<RequestRecord> requests;
  for (const auto& [id, tokens] : answers_) requests.push_back(Request(id, tokens));
  WriteTest(TestKind::kAccuracy, requests);
  requests[1].outcome.token_ids[0] = 66;
  Write("accuracy/mlperf_log_accuracy.json", AccuracyLogOf(requests));
  EXPECT_THAT(Judge().findings, Contains(AllOf(IsFinding("record.logs_differ", Severity::kError),
                                               Field(&Finding::found, "samples 1"))));
}

TEST_F(JudgeRunTest, ARecordThatWasChangedIsAnError) {
  ASSERT_EQ(Judge().verdict, Verdict::kNotComparable);
  Write("performance/mlperf_log_summary.txt", SummaryText("VALID") + "\n");
  EXPECT_THAT(Judge().findings,
              Contains(AllOf(IsFinding("record.manifest", Severity::kError),
                             Field(&Finding::file, "performance/mlperf_log_summary.txt"))));
}

TEST_F(JudgeRunTest, DamagedFilesAreFindings) {
  std::vector<RequestRecord> requests;
  for (const auto& [id, tokens] : answers_) requests.push_back(Request(id, tokens));
  WriteTest(TestKind::kPerformance, requests);
  Write("performance/requests.jsonl", "{\"id\": 1}\n");
  Write("performance/mlperf_log_accuracy.json", "[{");
  Write("performance/test.json", "{}");
  const auto findings = Judge().findings;
  for (const auto* file : {"performance/requests.jsonl", "performance/mlperf_log_accuracy.json",
                           "performance/test.json"}) {
    EXPECT_THAT(findings, Contains(AllOf(IsFinding("record.unreadable", Severity::kError),
                                         Field(&Finding::file, file))))
        << file;
  }
}

TEST_F(JudgeRunTest, AClientThatLimitedTheRunIsAnError) {
  const auto judge_delayed = [this](std::size_t delayed) {
    std::vector<RequestRecord> requests;
    for (const auto& [id, tokens] : answers_) requests.push_back(Request(id, tokens));
    for (std::size_t i = 0; i < delayed; ++i) {
      requests[i].issued_ns = 12'000'000;
      requests[i].outcome.sent = FromNanos(12'000'000);
    }
    // The schedule's origin is known from a request that was issued in time.
    requests.push_back(Request(3, answers_[0]));
    requests.back().sample_index = 0;
    test_.issued = test_.completed = 4;
    fs::remove_all(dir_ / "performance");
    fs::remove(dir_ / "manifest.json");
    WriteTest(TestKind::kPerformance, requests);
    test_.issued = test_.completed = 3;
    return Judge().findings;
  };
  EXPECT_THAT(judge_delayed(3), Contains(IsFinding("client.delay", Severity::kError)));
  // One late request of a few is the machine's whim.
  EXPECT_THAT(judge_delayed(1), Not(Contains(Field(&Finding::rule, "client.delay"))));
}

TEST_F(JudgeRunTest, LoadgenToldLateIsAWarning) {
  const auto judge_told = [this](std::int64_t late_ns) {
    std::vector<RequestRecord> requests;
    for (const auto& [id, tokens] : answers_) {
      requests.push_back(Request(id, tokens));
      const std::int64_t told = ToNanos(requests.back().outcome.done) + late_ns;
      requests.back().told_done = {told, told};
    }
    fs::remove_all(dir_ / "performance");
    fs::remove(dir_ / "manifest.json");
    WriteTest(TestKind::kPerformance, requests);
    return Judge().findings;
  };
  EXPECT_THAT(judge_told(20'000'001), Contains(IsFinding("client.told_late", Severity::kWarning)));
  EXPECT_THAT(judge_told(20'000'000), Not(Contains(Field(&Finding::rule, "client.told_late"))));
}

TEST_F(JudgeRunTest, AWallClockThatWasSetIsAWarning) {
  test_.clocks_end->wall_ns += 50'000'000;
  EXPECT_THAT(Judge().findings, Contains(IsFinding("client.clock", Severity::kWarning)));
}

TEST_F(JudgeRunTest, FewerLayersOnTheAcceleratorAreAFinding) {
  run_.config.llama.gpu_layers = 10;
  test_.engine->layers_total = 30;
  test_.engine->layers_on_gpu = 10;
  EXPECT_THAT(Judge().findings, Contains(IsFinding("model.gpu_layers", Severity::kWarning)));
}

TEST_F(JudgeRunTest, TheBenchmarksModelIsKnownByItsNames) {
  test_.engine->model_name = "meta-llama/Llama-3.1-8B-Instruct";
  test_.engine->precision = "Q4_1";
  const auto findings = Judge().findings;
  EXPECT_THAT(findings, Not(Contains(Field(&Finding::rule, "model.identity"))));
  EXPECT_THAT(findings, Contains(IsFinding("model.precision", Severity::kNote)));
}

TEST_F(JudgeRunTest, WithoutReferencesTheLimitsAreNotCheckedAndThatIsTold) {
  const fs::path kept = dir_ / "inputs" / "samples.jsonl";
  Judge();
  std::string hashes;
  for (std::uint64_t i = 0; i < kArticles.size(); ++i) {
    InputSample sample;
    sample.index = i;
    hashes += ToJsonLine(ToJson(sample)) + "\n";
  }
  ASSERT_TRUE(WriteFileAtomically(kept, hashes));
  const auto evidence = LoadRun(dir_, {});
  ASSERT_TRUE(evidence.has_value());
  const auto findings = JudgeRun(*evidence, {})->findings;
  EXPECT_THAT(findings, Contains(AllOf(IsFinding("check.not_run", Severity::kNote),
                                       Field(&Finding::message, HasSubstr("accuracy limits")))));
  EXPECT_THAT(findings, Not(Contains(Field(&Finding::rule, "accuracy.all_limits"))));
}

}  // namespace
}  // namespace assay
