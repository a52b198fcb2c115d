#include "null_server/answer_plan.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

AnswerScript FixedScript(double ttft_ms, double tpot_ms) {
  AnswerScript script;
  script.ttft = {DrawnTime::Kind::kFixed, ttft_ms, 0.0};
  script.tpot = {DrawnTime::Kind::kFixed, tpot_ms, 0.0};
  return script;
}

TEST(PlanAnswer, EveryTokenHasItsMoment) {
  const AnswerScript script = FixedScript(20.0, 0.5);
  const AnswerPlan plan = PlanAnswer(script, 3, {.max_tokens = 4});
  ASSERT_EQ(WriteCount(script, plan), 4U);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const PlannedWrite write = WriteAt(script, plan, i);
    EXPECT_EQ(write.first, i);
    EXPECT_EQ(write.tokens, 1U);
    EXPECT_EQ(write.due, milliseconds(20) + i * microseconds(500));
  }
}

TEST(PlanAnswer, MergedTokensWaitForTheLast) {
  AnswerScript script = FixedScript(10.0, 1.0);
  script.chunk_tokens = 2;
  script.write_chunks = 3;
  const AnswerPlan plan = PlanAnswer(script, 0, {.max_tokens = 8});
  ASSERT_EQ(WriteCount(script, plan), 2U);
  EXPECT_EQ(WriteAt(script, plan, 0).tokens, 6U);
  EXPECT_EQ(WriteAt(script, plan, 0).due, milliseconds(15));
  EXPECT_EQ(WriteAt(script, plan, 1).first, 6U);
  EXPECT_EQ(WriteAt(script, plan, 1).tokens, 2U);
  EXPECT_EQ(WriteAt(script, plan, 1).due, milliseconds(17));
}

TEST(PlanAnswer, LengthFollowsScriptAndRequest) {
  AnswerScript script = FixedScript(0.0, 0.0);
  const AnswerPlan all = PlanAnswer(script, 0, {.max_tokens = 9});
  EXPECT_EQ(all.tokens, 9U);
  EXPECT_FALSE(all.ends_by_itself);
  script.tokens_lowest = script.tokens_highest = 5;
  EXPECT_EQ(PlanAnswer(script, 0, {.max_tokens = 9}).tokens, 5U);
  EXPECT_TRUE(PlanAnswer(script, 0, {.max_tokens = 9}).ends_by_itself);
  EXPECT_FALSE(PlanAnswer(script, 0, {.max_tokens = 5}).ends_by_itself);
  EXPECT_EQ(PlanAnswer(script, 0, {.max_tokens = 3}).tokens, 3U);
  EXPECT_EQ(PlanAnswer(script, 0, {.max_tokens = 9, .min_tokens = 7}).tokens, 7U);
  EXPECT_EQ(PlanAnswer(script, 0, {.max_tokens = 9, .min_tokens = 70}).tokens, 9U);
  EXPECT_EQ(PlanAnswer(script, 0, {.max_tokens = 9, .ignore_end = true}).tokens, 9U);
}

TEST(PlanAnswer, DependsOnSeedAndNumberAlone) {
  AnswerScript script;
  script.seed = 7;
  script.ttft = {DrawnTime::Kind::kUniform, 5.0, 15.0};
  script.tpot = {DrawnTime::Kind::kExponential, 2.0, 0.0};
  script.tokens_lowest = 10;
  script.tokens_highest = 19;
  script.fault_rate = 0.25;
  AnswerScript other = script;
  other.seed = 8;
  constexpr std::uint64_t kCount = 20'000;
  double ttft_ms = 0.0;
  double tpot_ms = 0.0;
  std::uint64_t tokens = 0;
  std::uint64_t faults = 0;
  std::uint64_t as_other_seed = 0;
  for (std::uint64_t n = 0; n < kCount; ++n) {
    const AnswerPlan plan = PlanAnswer(script, n, {.max_tokens = 100});
    const AnswerPlan again = PlanAnswer(script, n, {.max_tokens = 100});
    ASSERT_TRUE(plan.ttft == again.ttft && plan.tpot == again.tpot && plan.tokens == again.tokens);
    ASSERT_TRUE(plan.ttft >= milliseconds(5) && plan.ttft <= milliseconds(15));
    ASSERT_TRUE(plan.tokens >= 10 && plan.tokens <= 19);
    as_other_seed += plan.ttft == PlanAnswer(other, n, {.max_tokens = 100}).ttft ? 1U : 0U;
    ttft_ms += static_cast<double>(plan.ttft.count()) / 1e6;
    tpot_ms += static_cast<double>(plan.tpot.count()) / 1e6;
    tokens += plan.tokens;
    faults += plan.fault == NullServerFault::kNone ? 0U : 1U;
  }
  // Four standard errors of each mean.
  EXPECT_NEAR(ttft_ms / kCount, 10.0, 0.09);
  EXPECT_NEAR(tpot_ms / kCount, 2.0, 0.06);
  EXPECT_NEAR(static_cast<double>(tokens) / kCount, 14.5, 0.09);
  EXPECT_NEAR(static_cast<double>(faults) / kCount, 0.25, 0.013);
  EXPECT_EQ(as_other_seed, 0U);
}

TEST(ParseFault, KnowsItsWords) {
  for (const auto fault :
       {NullServerFault::kHttp500, NullServerFault::kHttp429, NullServerFault::kSilent,
        NullServerFault::kReset, NullServerFault::kEarlyEnd, NullServerFault::kNoEnd,
        NullServerFault::kStall, NullServerFault::kBrokenJson, NullServerFault::kBrokenUtf8,
        NullServerFault::kErrorEvent}) {
    const auto parsed = ParseFault(FaultName(fault));
    ASSERT_TRUE(parsed.has_value()) << FaultName(fault);
    EXPECT_EQ(*parsed, fault);
  }
  const auto unknown = ParseFault("none");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message.find("accepted: http-500, http-429, silent"),
            std::string::npos);
}

}  // namespace
}  // namespace assay
