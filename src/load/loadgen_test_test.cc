#include "load/loadgen_test.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/scripted/scripted_engine.h"
#include "engine/testing/letter_tokenizer.h"
#include "record/journal.h"
#include "record/loadgen_log.h"

namespace assay {
namespace {

constexpr std::uint64_t kSamples = 12;

// LoadGen's globals do not survive a second test: each runs in a process of its own.
class LoadgenRun : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(testing::TempDir()) / "assay_loadgen_test" /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    config_.engine = "scripted";
    config_.dataset = "letters \"quoted\".jsonl";
    config_.samples = kSamples;
    config_.target_qps = 400.0;
  }

  // Value: the exit code of the test's process: 0 if Run succeeded.
  int Run(const std::string& script, TestKind test = TestKind::kPerformance) {
    test_ = test;
    EXPECT_TRUE(WriteFileAtomically(dir_ / "script.json", script));
    const pid_t child = fork();
    if (child == 0) _exit(RunHere());
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  int RunHere() {
    auto engine = LoadScriptedEngine(dir_ / "script.json", std::make_shared<LetterTokenizer>(), {});
    if (!engine) return 90;
    std::vector<PromptSample> prompts;
    for (std::uint64_t i = 0; i < kSamples; ++i) {
      prompts.push_back({i, {static_cast<TokenId>(i), 1, 2}, "text"});
    }
    LoadgenTest test(dir_, test_, config_, prompts, **engine);
    const Status ended = test.Run();
    if (!ended) std::fprintf(stderr, "%s\n", ended.error().message.c_str());
    return ended ? 0 : 91;
  }

  [[nodiscard]] std::vector<RequestRecord> Requests() const {
    auto journal = ReadJournal(TestDirectory(dir_, test_) / "requests.jsonl");
    EXPECT_TRUE(journal.has_value());
    std::vector<RequestRecord> requests = std::move(journal->requests);
    std::sort(requests.begin(), requests.end(),
              [](const auto& a, const auto& b) { return a.outcome.id < b.outcome.id; });
    return requests;
  }
  [[nodiscard]] LoadgenDetailLog Detail() const {
    auto log = LoadgenDetailLog::Read(TestDirectory(dir_, test_) / "mlperf_log_detail.txt");
    EXPECT_TRUE(log.has_value());
    EXPECT_TRUE(log->bad_lines().empty());
    return std::move(*log);
  }
  [[nodiscard]] TestRecord Record() const {
    auto record = ReadTestRecord(dir_, test_);
    EXPECT_TRUE(record.has_value() && record->has_value());
    return **record;
  }

  static std::set<std::uint64_t> SamplesOf(const std::vector<RequestRecord>& requests) {
    std::set<std::uint64_t> samples;
    for (const RequestRecord& r : requests) samples.insert(r.sample_index);
    return samples;
  }

  fs::path dir_;
  RunConfig config_;
  TestKind test_ = TestKind::kPerformance;
};

constexpr const char* kQuick = R"({"ttft_ms":2,"tpot_ms":1,"generated":{"tokens":4}})";

TEST_F(LoadgenRun, OfflineAsksEachSampleOnceAndAgreesWithLoadgensLog) {
  ASSERT_EQ(Run(kQuick), 0);
  const auto requests = Requests();
  ASSERT_EQ(requests.size(), kSamples);
  EXPECT_EQ(SamplesOf(requests).size(), kSamples);
  for (const RequestRecord& r : requests) EXPECT_EQ(r.offset_ns, 0);
  const LoadgenDetailLog log = Detail();
  EXPECT_EQ(log.Text("result_validity"), "VALID");
  EXPECT_EQ(log.Unsigned("num_errors"), 0U);
  EXPECT_EQ(log.Unsigned("generated_samples_per_query"), kSamples);
  EXPECT_EQ(log.Text("qsl_name"), "letters _quoted_.jsonl");
  const TestRecord record = Record();
  EXPECT_EQ(record.status, "completed");
  EXPECT_EQ(record.issued, kSamples);
  EXPECT_EQ(record.completed, kSamples);
  ASSERT_TRUE(record.origin_not_before_ns.has_value());
  EXPECT_LE(*record.origin_not_before_ns, requests[0].issued_ns);
  EXPECT_TRUE(fs::file_size(dir_ / "performance" / "mlperf_log_trace.json") == 0);
}

TEST_F(LoadgenRun, ServerFollowsTheReproducedScheduleToTheNanosecond) {
  config_.scenario = Scenario::kServer;
  config_.trace = true;
  ASSERT_EQ(Run(kQuick), 0);
  const auto requests = Requests();
  ASSERT_EQ(requests.size(), kSamples);
  // LoadGen's trace begins a sample at its scheduled time; microseconds with three decimals.
  auto trace = ReadFile(dir_ / "performance" / "mlperf_log_trace.json");
  ASSERT_TRUE(trace.has_value());
  std::vector<std::int64_t> scheduled(kSamples, -1);
  std::size_t found = 0;
  for (std::size_t at = trace->find("\"name\":\"Sample\""); at != std::string::npos;
       at = trace->find("\"name\":\"Sample\"", at + 1)) {
    const std::string event = trace->substr(at, trace->find('\n', at) - at);
    if (event.find("\"ph\":\"b\"") == std::string::npos) continue;
    const auto number = [&event](const char* key) {
      return std::stod(event.substr(event.find(key) + std::string(key).size()));
    };
    scheduled.at(static_cast<std::size_t>(number("\"sample_seq\":"))) =
        std::llround(number("\"ts\":") * 1000.0);
    ++found;
  }
  ASSERT_EQ(found, kSamples) << "events of LoadGen's trace";
  for (std::size_t i = 0; i < kSamples; ++i) {
    EXPECT_EQ(*requests[i].offset_ns, scheduled[i] - scheduled[0]) << "query " << i;
    EXPECT_GE(requests[i].issued_ns, requests[i].scheduled_ns);
  }
}

TEST_F(LoadgenRun, InteractiveIsServerWithItsOwnLimits) {
  config_.scenario = Scenario::kInteractive;
  ASSERT_EQ(Run(kQuick), 0);
  const LoadgenDetailLog log = Detail();
  EXPECT_EQ(log.Text("effective_scenario"), "Server");
  EXPECT_EQ(log.Unsigned("requested_server_ttft_latency"), 500'000'000U);
  EXPECT_EQ(log.Unsigned("requested_server_tpot_latency"), 30'000'000U);
}

TEST_F(LoadgenRun, SingleStreamAsksEachSampleOnceOneAfterAnother) {
  config_.scenario = Scenario::kSingleStream;
  config_.benchmark = BenchmarkId::kLlama31_8bEdge;
  ASSERT_EQ(Run(kQuick), 0);
  const auto requests = Requests();
  ASSERT_EQ(requests.size(), kSamples);
  EXPECT_EQ(SamplesOf(requests).size(), kSamples);
  for (std::size_t i = 1; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i].offset_ns, std::nullopt);
    EXPECT_GE(requests[i].issued_ns, ToNanos(*requests[i - 1].outcome.last_token));
  }
}

TEST_F(LoadgenRun, AccuracyLogHoldsTheTokenIdsThatTheEngineGave) {
  ASSERT_EQ(Run(kQuick, TestKind::kAccuracy), 0);
  auto log = ReadAccuracyLog(dir_ / "accuracy" / "mlperf_log_accuracy.json");
  ASSERT_TRUE(log.has_value()) << log.error().message;
  ASSERT_EQ(log->records.size(), kSamples);
  for (const AccuracyRecord& record : log->records) {
    const auto ids = TokensOf(record.data, TokenWidth::kInt32);
    EXPECT_EQ(*ids, (std::vector<TokenId>{static_cast<TokenId>(record.qsl_idx), 1, 2, 99}));
    EXPECT_EQ(record.token_count, 4);
  }
}

// Without the first token and the zero sizes, LoadGen reads out of bounds here.
TEST_F(LoadgenRun, FailedAndEmptySamplesAreCompletedTowardsLoadgen) {
  for (const Scenario scenario : {Scenario::kOffline, Scenario::kServer}) {
    SetUp();
    config_.scenario = scenario;
    ASSERT_EQ(Run(R"({"generated":{"tokens":3},"answers":[
                      {"index":1,"text":"abc","fault":"error"},
                      {"index":2,"text":"abc","fault":"error","fault_after_tokens":2},
                      {"index":3,"text":"abc","fault":"no_tokens"}]})"),
              0);
    const TestRecord record = Record();
    EXPECT_EQ(record.failed, 3U);
    EXPECT_EQ(record.completed, kSamples - 3);
    EXPECT_EQ(Requests().size(), kSamples);
    EXPECT_GT(*Detail().Unsigned("num_errors"), 0U) << "LoadGen's log shows the failures";
  }
}

TEST_F(LoadgenRun, RoundSeedsAndRulesReachLoadgen) {
  config_.rules = "v5.1";
  config_.seeds =
      LoadgenSeeds{1780908523862526354ULL, 14771362308971278857ULL, 18209322760996052031ULL};
  config_.min_duration_s = 0.0;
  config_.target_qps = 1.0;
  const std::string conf = (dir_ / "user.conf").string();
  ASSERT_TRUE(WriteFileAtomically(conf, "*.Offline.min_query_count = 24\n"));
  config_.user_conf = conf;
  ASSERT_EQ(Run(kQuick), 0);
  const LoadgenDetailLog log = Detail();
  EXPECT_EQ(log.Unsigned("effective_sample_index_rng_seed"), 14771362308971278857ULL);
  EXPECT_EQ(log.Unsigned("effective_schedule_rng_seed"), 18209322760996052031ULL);
  EXPECT_EQ(log.Unsigned("effective_performance_sample_count"), 13368U);
  EXPECT_EQ(Requests().size(), 24U) << "user.conf's count, in two permutations";
}

TEST_F(LoadgenRun, MoreQueriesThanCanBeHeldAreRefused) {
  config_.min_duration_s = 1e6;
  config_.target_qps = 100.0;
  EXPECT_EQ(Run(kQuick), 91);
}

TEST_F(LoadgenRun, NeverOverwritesAJournal) {
  ASSERT_EQ(Run(kQuick), 0);
  EXPECT_EQ(Run(kQuick), 91);
}

}  // namespace
}  // namespace assay
