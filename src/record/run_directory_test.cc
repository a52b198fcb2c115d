#include "record/run_directory.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

fs::path FreshDirectory(const char* name) {
  fs::path dir = fs::path(testing::TempDir()) / "assay_run_directory_test" / name;
  fs::remove_all(dir);
  fs::create_directories(dir / "performance");
  return dir;
}

RunRecord SomeRun() {
  RunRecord run;
  run.assay_version = "0.1.0";
  run.command = {"assay", "run"};
  run.started_utc = "2026-11-24T06:30:16Z";
  run.config.engine = "llama";
  run.config.scenario = Scenario::kInteractive;
  run.config.benchmark = BenchmarkId::kLlama31_8bEdge;
  run.config.tests = {TestKind::kPerformance, TestKind::kCompliance};
  run.config.samples = 16;
  run.config.seeds = LoadgenSeeds{1, 14771362308971278857ULL, 3};
  run.config.target_qps = 2.5;
  run.config.goodput.tpot_ms = 30.0;
  run.config.llama.threads = 2;
  run.dataset.sha256 = "ab";
  run.tests = {{TestKind::kPerformance, "crashed", std::nullopt, 9, "killed"}};
  return run;
}

TEST(RunRecord, ReadsBackWhatWasWritten) {
  const fs::path dir = FreshDirectory("run");
  ASSERT_TRUE(WriteRunRecord(dir, SomeRun()));
  ASSERT_TRUE(IsRunDirectory(dir));
  const auto read = ReadRunRecord(dir);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->config.scenario, Scenario::kInteractive);
  EXPECT_EQ(read->config.tests, SomeRun().config.tests);
  EXPECT_EQ(read->config.seeds->sample_index, 14771362308971278857ULL);
  EXPECT_EQ(read->config.target_qps, 2.5);
  EXPECT_EQ(read->config.goodput.tpot_ms, 30.0);
  EXPECT_EQ(read->config.goodput.ttft_ms, std::nullopt);
  EXPECT_EQ(read->config.llama.threads, 2);
  EXPECT_EQ(read->ended_utc, std::nullopt);
  EXPECT_EQ(read->tests.at(0).signal, 9);
  EXPECT_EQ(read->command, SomeRun().command);
}

TEST(RunRecord, RefusesAnotherFormat) {
  const fs::path dir = FreshDirectory("other");
  ASSERT_TRUE(WriteFileAtomically(dir / "run.json", R"({"format":"assay-run","version":2})"));
  EXPECT_EQ(ReadRunRecord(dir).error().code, ErrorCode::kUnsupported);
}

TEST(TestRecord, ReadsBackWhatWasWritten) {
  const fs::path dir = FreshDirectory("test");
  TestRecord test;
  test.engine = EngineInfo{};
  test.engine->precision = "F16 made from Q4_1";
  test.engine->settings = {{"threads", "2"}, {"slots", "8"}};
  test.clocks_end = ClockPair{5, 6, 7};
  test.origin_not_before_ns = 42;
  test.loadgen_settings["qsl_rng_seed"] = 2085463073848966840ULL;
  test.threads = {{71, "assay-io-0", 5, 18446744073709551615ULL, 3}};
  ASSERT_TRUE(WriteTestRecord(dir, test));
  const auto read = ReadTestRecord(dir, TestKind::kPerformance);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ((*read)->engine->precision, "F16 made from Q4_1");
  EXPECT_EQ((*read)->engine->settings, test.engine->settings);
  EXPECT_EQ((*read)->clocks_end->width_ns, 7);
  EXPECT_EQ((*read)->origin_not_before_ns, 42);
  ASSERT_EQ((*read)->threads.size(), 1U);
  EXPECT_EQ((*read)->threads[0].name, "assay-io-0");
  EXPECT_EQ((*read)->threads[0].wait_ns, 18446744073709551615ULL);
  EXPECT_FALSE(ReadTestRecord(dir, TestKind::kAccuracy)->has_value());
}

TEST(Manifest, FindsChangedMissingAndAddedFilesAndIgnoresDerivedOnes) {
  const fs::path dir = FreshDirectory("manifest");
  EXPECT_FALSE(CheckManifest(dir)->present);
  ASSERT_TRUE(WriteFileAtomically(dir / "run.json", "1"));
  ASSERT_TRUE(WriteFileAtomically(dir / "performance" / "requests.jsonl", "2"));
  ASSERT_TRUE(WriteManifest(dir));
  ASSERT_TRUE(WriteFileAtomically(dir / "report.md", "derived"));
  const auto clean = CheckManifest(dir);
  ASSERT_TRUE(clean.has_value());
  EXPECT_TRUE(clean->present && clean->changed.empty() && clean->missing.empty() &&
              clean->added.empty());
  ASSERT_TRUE(WriteFileAtomically(dir / "run.json", "3"));
  fs::remove(dir / "performance" / "requests.jsonl");
  ASSERT_TRUE(WriteFileAtomically(dir / "extra", ""));
  const auto check = CheckManifest(dir);
  EXPECT_EQ(check->changed, std::vector<std::string>{"run.json"});
  EXPECT_EQ(check->missing, std::vector<std::string>{"performance/requests.jsonl"});
  EXPECT_EQ(check->added, std::vector<std::string>{"extra"});
}

TEST(InputSamples, KeepHashesOnlyWhereAskedTo) {
  const fs::path dir = FreshDirectory("inputs");
  fs::create_directories(dir / "inputs");
  InputSample whole{0, "a", "article", "reference", std::vector<TokenId>{1, 2}, "h0"};
  InputSample hashed{1, "b", std::nullopt, std::nullopt, std::nullopt, "h1"};
  ASSERT_TRUE(
      WriteFileAtomically(dir / "inputs" / "samples.jsonl",
                          ToJsonLine(ToJson(whole)) + "\n" + ToJsonLine(ToJson(hashed)) + "\n"));
  const auto read = ReadInputSamples(dir);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].prompt_ids, whole.prompt_ids);
  EXPECT_EQ((*read)[1].article, std::nullopt);
  EXPECT_EQ((*read)[1].sha256, "h1");
}

TEST(ParseScenario, AcceptsBothSpellingsAndListsThem) {
  EXPECT_EQ(*ParseScenario("SingleStream"), Scenario::kSingleStream);
  EXPECT_EQ(*ParseScenario("offline"), Scenario::kOffline);
  EXPECT_EQ(ParseScenario("multistream").error().message,
            "scenario \"multistream\" is not known; accepted: offline, server, interactive, "
            "singlestream");
}

}  // namespace
}  // namespace assay
