#include "engine/llama/model_costs.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/format.h"
#include "engine/llama/llama_engine.h"
#include "engine/llama/tiny_model.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

// Waits for the end of some requests.
class Waiter final : public EngineSink {
 public:
  void OnFirstToken(std::uint64_t, MonoTime, std::span<const TokenId>) override {}
  void OnDone(RequestOutcome outcome) override {
    EXPECT_FALSE(outcome.error.has_value());
    const std::lock_guard lock(mutex_);
    ++done_;
    changed_.notify_all();
  }
  void WaitFor(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int done_ = 0;
};

class ModelCostsTest : public testing::Test {
 protected:
  ModelCostsTest()
      : path_(fs::temp_directory_path() / fmt::format("assay-costs-{}.gguf", getpid())) {
    WriteTinyModel(path_);
    options_.model = path_;
    options_.threads = 1;
  }
  void TearDown() override { fs::remove(path_); }

  fs::path path_;
  LlamaOptions options_;
};

// Two blocks of width 32 with four heads of 8, inner width 64, a vocabulary of 64, all in F32.
TEST_F(ModelCostsTest, CountsWhatATokenPassesThrough) {
  const auto engine = LoadLlamaEngine(options_);
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  const EngineInfo& info = (*engine)->info();
  ASSERT_TRUE(info.costs.has_value()) << info.no_costs;
  constexpr std::uint64_t kBlock = 2 * 32 + 4 * 32 * 32 + 3 * 32 * 64;
  constexpr std::uint64_t kOutput = 64 * 32 + 32;
  EXPECT_EQ(info.costs->weights, 2 * kBlock + kOutput);
  EXPECT_EQ(info.costs->weight_bytes, 4 * (2 * kBlock + kOutput));
  EXPECT_EQ(info.costs->output_weights, 64U * 32);
  EXPECT_EQ(info.costs->output_bytes, 4U * 64 * 32);
  // Without the embedding table, which is in the model all the same.
  EXPECT_EQ(info.parameter_count, info.costs->weights + std::uint64_t{64} * 32);
  EXPECT_EQ(info.costs->cache_bytes_per_token, 2U * 4 * (8 + 8) * 2);
  EXPECT_EQ(info.costs->attention_flops, 2U * 4 * (2 * 8 + 2 * 8));
#if defined(__x86_64__)
  EXPECT_EQ(info.costs->arithmetic, "f32");
#endif
}

TEST_F(ModelCostsTest, WhatIsNotKnownHasAReason) {
  options_.model = WriteTinyModelInParts(path_.string());
  const auto engine = LoadLlamaEngine(options_);
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  EXPECT_FALSE((*engine)->info().costs.has_value());
  EXPECT_EQ((*engine)->info().no_costs, "the model is in several files");
  for (const char* part : {"-00001-of-00002.gguf", "-00002-of-00002.gguf"}) {
    fs::remove(path_.string() + part);
  }
}

TEST_F(ModelCostsTest, TheEngineCountsItsWork) {
  options_.slots = 2;
  options_.limits.max_new_tokens = 4;
  options_.limits.ignore_end_tokens = true;
  const auto engine = LoadLlamaEngine(options_);
  ASSERT_TRUE(engine.has_value()) << engine.error().message;
  EXPECT_FALSE((*engine)->work().has_value());
  Waiter waiter;
  ASSERT_TRUE((*engine)->Start(&waiter).has_value());
  const std::vector<TokenId> three{5, 6, 7};
  const std::vector<TokenId> five{5, 6, 7, 8, 9};
  const std::vector<EngineRequest> requests{{0, 0, three, ""}, {1, 1, five, ""}};
  (*engine)->Submit(requests);
  waiter.WaitFor(2);
  (*engine)->Stop();
  const auto work = (*engine)->work();
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->prompts.steps, 1U);
  EXPECT_EQ(work->prompts.tokens, 8U);
  EXPECT_EQ(work->prompts.context_tokens, (1U + 2 + 3) + (1 + 2 + 3 + 4 + 5));
  EXPECT_EQ(work->generation.steps, 3U);
  EXPECT_EQ(work->generation.tokens, 6U);
  EXPECT_EQ(work->generation.context_tokens, (4U + 5 + 6) + (6 + 7 + 8));
  EXPECT_GT(work->prompts.time.count(), 0);
  EXPECT_GT(work->generation.time.count(), 0);
}

}  // namespace
}  // namespace assay
