#include "run/warm_up.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "engine/scripted/scripted_engine.h"
#include "engine/testing/letter_tokenizer.h"

namespace assay {
namespace {

using testing::HasSubstr;

constexpr WarmUpLengths kShort{0.2, 0.2, 0.5};

Result<LoadEstimate> Estimate(Scenario scenario, const LatencyLimits& limits,
                              const std::string& script) {
  const fs::path dir = fs::path(testing::TempDir()) / "assay_warm_up_test";
  EXPECT_TRUE(MakeDirectories(dir));
  EXPECT_TRUE(WriteFileAtomically(dir / "script.json", script));
  auto engine = LoadScriptedEngine(dir / "script.json", std::make_shared<LetterTokenizer>(), {});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  std::vector<PromptSample> prompts;
  for (std::uint64_t i = 0; i < 64; ++i) {
    prompts.push_back({i, {static_cast<TokenId>(i), 1, 2}, "text"});
  }
  return EstimateLoad(scenario, limits, prompts, **engine, SteadyClock(), kShort);
}

// Ten tokens: 20 ms to the first, 1 ms each to the next.
constexpr const char* kScript = R"({"ttft_ms":20,"tpot_ms":1,"generated":{"tokens":10}})";

TEST(EstimateLoad, SingleStreamIsTheMeanLatency) {
  const auto estimate = Estimate(Scenario::kSingleStream, {}, kScript);
  ASSERT_TRUE(estimate.has_value()) << estimate.error().message;
  EXPECT_EQ(estimate->option, "--expected-latency");
  EXPECT_GE(estimate->value, 29.0);
  EXPECT_LE(estimate->requests, 16U);
  EXPECT_NEAR(estimate->measured, 1e3 * estimate->seconds / static_cast<double>(estimate->requests),
              1e-6);
  EXPECT_NEAR(estimate->value, estimate->measured, 1e-3 * estimate->measured);
}

// Two places of 29 ms each answer 69 requests a second and no more.
TEST(EstimateLoad, OfflineIsTheRateOfABatchAndAQuarterMore) {
  const auto estimate = Estimate(
      Scenario::kOffline, {}, R"({"slots":2,"ttft_ms":20,"tpot_ms":1,"generated":{"tokens":10}})");
  ASSERT_TRUE(estimate.has_value()) << estimate.error().message;
  EXPECT_EQ(estimate->option, "--target-qps");
  EXPECT_LE(estimate->measured, 69.1);
  EXPECT_GE(estimate->measured, 10.0);
  EXPECT_NEAR(estimate->value, 1.25 * estimate->measured, 1e-3 * estimate->value);
  EXPECT_EQ(std::stod(fmt::format("{:.6g}", estimate->value)), estimate->value);
  EXPECT_THAT(estimate->method, HasSubstr("batch"));
}

TEST(EstimateLoad, ServerKeepsTheLimitsWhereItCan) {
  const auto kept = Estimate(Scenario::kServer, {2'000'000'000, 100'000'000}, kScript);
  ASSERT_TRUE(kept.has_value()) << kept.error().message;
  EXPECT_NEAR(kept->value, 0.95 * 0.85 * kept->measured, 1e-3 * kept->value);
  EXPECT_THAT(kept->method, HasSubstr("kept the latency limits"));
}

TEST(EstimateLoad, ServerSaysThatNoRateKeptTheLimits) {
  const auto broken = Estimate(Scenario::kInteractive, {5'000'000, 30'000'000},
                               R"({"slots":8,"ttft_ms":20,"tpot_ms":1,"generated":{"tokens":10}})");
  ASSERT_TRUE(broken.has_value()) << broken.error().message;
  EXPECT_LT(broken->value, 0.5 * broken->measured);
  EXPECT_THAT(broken->method, HasSubstr("still broke the latency limits"));
}

TEST(EstimateLoad, AFailedRequestIsNoMeasure) {
  const auto estimate =
      Estimate(Scenario::kSingleStream, {},
               R"({"generated":{"tokens":3},"answers":[{"index":0,"text":"a","fault":"error"}]})");
  ASSERT_FALSE(estimate.has_value());
  EXPECT_EQ(estimate.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(estimate.error().message, HasSubstr("a request failed"));
}

TEST(WarmUpRecord, ReadsBackAsItWasWritten) {
  const fs::path dir = fs::path(testing::TempDir()) / "assay_warm_up_record_test";
  ASSERT_TRUE(MakeDirectories(dir));
  WarmUpRecord record;
  record.engine.engine = "llama";
  record.engine.settings = {{"sampling", "greedy"}};
  record.estimate = LoadEstimate{"--target-qps", 12.5, 10.0, 64, 6.4, "a batch"};
  ASSERT_TRUE(WriteWarmUp(dir, record));
  const auto read = ReadWarmUp(dir);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->engine.settings, record.engine.settings);
  ASSERT_TRUE(read->estimate.has_value());
  EXPECT_EQ(read->estimate->value, 12.5);
  EXPECT_EQ(read->estimate->method, "a batch");
}

}  // namespace
}  // namespace assay
