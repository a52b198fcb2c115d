#include "engine/scripted/scripted_engine.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/scripted/script.h"
#include "engine/testing/letter_tokenizer.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

class Collector final : public EngineSink {
 public:
  void OnFirstToken(std::uint64_t id, MonoTime when, std::span<const TokenId> tokens) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(tokens.empty());
    EXPECT_TRUE(first_.emplace(id, when).second) << "first token of " << id << " told twice";
    EXPECT_EQ(done_.count(id), 0U) << "first token of " << id << " told after its end";
  }
  void OnDone(RequestOutcome outcome) override {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = outcome.id;
    EXPECT_TRUE(done_.emplace(id, std::move(outcome)).second) << id << " ended twice";
    changed_.notify_all();
  }
  std::map<std::uint64_t, RequestOutcome> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return done_.size() >= count; }));
    return done_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, MonoTime> first_;
  std::map<std::uint64_t, RequestOutcome> done_;
};

std::unique_ptr<Engine> EngineOf(const std::string& script, std::int32_t max_tokens = 128) {
  const fs::path path = fs::path(testing::TempDir()) /
                        (std::string("assay_script_") +
                         testing::UnitTest::GetInstance()->current_test_info()->name());
  EXPECT_TRUE(WriteFileAtomically(path, script));
  auto engine =
      LoadScriptedEngine(path, std::make_shared<LetterTokenizer>(), {.max_new_tokens = max_tokens});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  return std::move(engine).value();
}

const std::vector<TokenId> kPrompt{1, 2, 3};

EngineRequest RequestFor(std::uint64_t id, std::uint64_t sample) {
  return {id, sample, kPrompt, "bcd"};
}

TEST(ScriptedEngine, GivesTheWrittenAnswerAtTheWrittenTimes) {
  const auto engine = EngineOf(
      R"({"answers":[{"index":4,"text":"abc","ttft_ms":30,"tpot_ms":10}],"generated":{"tokens":2}})");
  Collector sink;
  ASSERT_TRUE(engine->Start(&sink));
  engine->Submit(std::vector{RequestFor(0, 4), RequestFor(1, 5)});
  const auto done = sink.WaitFor(2);
  const RequestOutcome& written = done.at(0);
  EXPECT_EQ(written.token_ids, (std::vector<TokenId>{0, 1, 2, 99}));
  EXPECT_EQ(written.finish_reason, FinishReason::kStop);
  EXPECT_EQ(written.prompt_tokens, 3U);
  EXPECT_GE(*written.first_token - *written.sent, milliseconds(30));
  EXPECT_GE(*written.last_token - *written.sent, milliseconds(30 + 3 * 10));
  EXPECT_EQ(done.at(1).token_ids, (std::vector<TokenId>{1, 99}))
      << "the prompt's ids, then the end";
  engine->Stop();
}

TEST(ScriptedEngine, MakesEachFaultItIsAskedFor) {
  const auto engine = EngineOf(R"({"answers":[
      {"index":0,"text":"abc","fault":"error","fault_after_tokens":2},
      {"index":1,"text":"abc","fault":"no_tokens"},
      {"index":2,"text":"abc","fault":"stall"}]})");
  Collector sink;
  ASSERT_TRUE(engine->Start(&sink));
  engine->Submit(std::vector{RequestFor(0, 0), RequestFor(1, 1), RequestFor(2, 2)});
  auto done = sink.WaitFor(2);
  EXPECT_EQ(done.at(0).error->kind, "scripted");
  EXPECT_EQ(done.at(0).token_ids.size(), 2U);
  EXPECT_FALSE(done.at(1).error.has_value());
  EXPECT_TRUE(done.at(1).token_ids.empty());
  EXPECT_EQ(done.count(2), 0U);
  engine->Stop();
  EXPECT_EQ(sink.WaitFor(3).at(2).error->kind, "cancelled");
}

TEST(ScriptedEngine, AnswersNoMoreAtATimeThanItsSlots) {
  const auto engine = EngineOf(R"({"slots":1,"ttft_ms":15,"generated":{"tokens":1}})");
  Collector sink;
  ASSERT_TRUE(engine->Start(&sink));
  engine->Submit(std::vector{RequestFor(0, 0), RequestFor(1, 1), RequestFor(2, 2)});
  const auto done = sink.WaitFor(3);
  EXPECT_GE(*done.at(1).sent, done.at(0).done);
  EXPECT_GE(*done.at(2).sent, done.at(1).done);
}

TEST(PlanFor, DependsOnScriptAndSeedAlone) {
  const LetterTokenizer tokenizer;
  const auto script = ParseScript(
      R"({"seed":3,"ttft_ms":{"uniform":[5,20]},"tpot_ms":{"exponential":2},
          "generated":{"tokens":[4,9],"source":"random"}})",
      "s", tokenizer);
  ASSERT_TRUE(script.has_value()) << script.error().message;
  double tpot_sum_ms = 0.0;
  constexpr int kCount = 20'000;
  for (std::uint64_t id = 0; id < kCount; ++id) {
    const ScriptedPlan plan = PlanFor(*script, tokenizer, id, id, kPrompt, 128);
    ASSERT_GE(plan.ttft, milliseconds(5));
    ASSERT_LE(plan.ttft, milliseconds(20));
    ASSERT_TRUE(plan.token_ids.size() >= 4 && plan.token_ids.size() <= 9);
    ASSERT_EQ(plan.token_ids.back(), 99);
    ASSERT_EQ(std::count(plan.token_ids.begin(), plan.token_ids.end() - 1, 99), 0);
    tpot_sum_ms += static_cast<double>(plan.tpot.count()) / 1e6;
  }
  EXPECT_NEAR(tpot_sum_ms / kCount, 2.0, 0.1);
  // Two tests ask the same samples in another order: the answers must not depend on the request.
  EXPECT_EQ(PlanFor(*script, tokenizer, 1, 7, kPrompt, 128).token_ids,
            PlanFor(*script, tokenizer, 2, 7, kPrompt, 128).token_ids);
  EXPECT_EQ(PlanFor(*script, tokenizer, 1, 7, kPrompt, 3).token_ids.size(), 3U);
}

TEST(ParseScript, NamesTheMemberThatIsWrong) {
  const LetterTokenizer tokenizer;
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"sead":1})", "s: unknown member \"sead\""},
      {R"({"ttft_ms":-1})", "\"fixed\" must be from 0"},
      {R"({"ttft_ms":{"uniform":[3,1]}})", "s: ttft_ms: \"uniform\" must be"},
      {R"({"faults":{"rate":2,"kind":"error"}})", "\"rate\" must be from 0 to 1"},
      {R"({"faults":{"rate":1,"kind":"boom"}})", "fault \"boom\" is not known"},
      {R"({"answers":[{"index":0}]})", "s: answers[0]: an answer has either"},
      {R"({"answers":[{"index":0,"token_ids":[100]}]})",
       "\"token_ids\"[0] must be an id from 0 to 99"},
      {R"({"answers":[{"index":0,"text":"a"},{"index":0,"text":"b"}]})",
       "sample 0 has two answers"},
      {R"({"generated":{"tokens":[5,2]}})", "\"tokens\" must be a count or"},
      {"[", "s: not valid JSON"}};
  for (const auto& [text, part] : cases) {
    const auto script = ParseScript(text, "s", tokenizer);
    ASSERT_FALSE(script.has_value()) << text;
    EXPECT_NE(script.error().message.find(part), std::string::npos) << script.error().message;
  }
}

}  // namespace
}  // namespace assay
