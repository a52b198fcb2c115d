#include "engine/llama/llama_engine.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llama.h>

#include "assay/clock.h"

#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "engine/llama/backend.h"
#include "engine/llama/decoder.h"
#include "engine/llama/tiny_model.h"

namespace assay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using Ids = std::vector<TokenId>;

// Keeps what an engine tells and checks the order in which it tells it.
class Recorder final : public EngineSink {
 public:
  void OnFirstToken(std::uint64_t id, MonoTime when, std::span<const TokenId> tokens) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(outcomes_.contains(id)) << "first token after the end of request " << id;
    EXPECT_TRUE(first_.emplace(id, std::pair(when, Ids(tokens.begin(), tokens.end()))).second);
  }
  void OnDone(RequestOutcome outcome) override {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = outcome.id;
    EXPECT_EQ(first_.contains(id), outcome.first_token.has_value());
    if (const auto first = first_.find(id); first != first_.end()) {
      EXPECT_EQ(first->second.first, outcome.first_token);
      EXPECT_EQ(first->second.second, Ids{outcome.token_ids.front()});
    }
    EXPECT_TRUE(outcomes_.emplace(id, std::move(outcome)).second) << "ended twice: " << id;
    changed_.notify_all();
  }
  std::map<std::uint64_t, RequestOutcome> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return outcomes_.size() >= count; });
    return outcomes_;
  }
  std::size_t FirstTokens() {
    const std::lock_guard lock(mutex_);
    return first_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, std::pair<MonoTime, Ids>> first_;
  std::map<std::uint64_t, RequestOutcome> outcomes_;
};

std::vector<EngineRequest> RequestsFor(const std::vector<Ids>& prompts, std::uint64_t from = 0) {
  std::vector<EngineRequest> requests;
  for (const Ids& prompt : prompts) {
    requests.push_back({.id = from + requests.size(),
                        .sample_index = requests.size(),
                        .prompt_ids = prompt,
                        .prompt_text = {}});
  }
  return requests;
}

class LlamaEngineTest : public testing::Test {
 protected:
  LlamaEngineTest()
      : path_(fs::temp_directory_path() / fmt::format("assay-tiny-{}.gguf", getpid())) {}
  ~LlamaEngineTest() override { fs::remove(path_); }

  std::unique_ptr<Engine> Load(LlamaOptions options, const TinyModel& model = {}) {
    WriteTinyModel(path_, model);
    options.model = path_;
    if (!options.threads) options.threads = 1;
    auto engine = LoadLlamaEngine(options);
    EXPECT_TRUE(engine) << engine.error().message;
    return std::move(engine).value();
  }
  std::string LoadError(const TinyModel& model, LlamaOptions options = {}) {
    WriteTinyModel(path_, model);
    return LoadErrorAsItStands(std::move(options));
  }
  std::string LoadErrorAsItStands(LlamaOptions options = {}) {
    options.model = path_;
    const auto engine = LoadLlamaEngine(options);
    return engine ? "loaded" : engine.error().message;
  }
  // All prompts at once.
  std::vector<RequestOutcome> Answer(Engine& engine, const std::vector<Ids>& prompts) {
    Recorder recorder;
    EXPECT_TRUE(engine.Start(&recorder));
    engine.Submit(RequestsFor(prompts));
    std::vector<RequestOutcome> outcomes;
    for (auto& [id, outcome] : recorder.WaitFor(prompts.size())) outcomes.push_back(outcome);
    engine.Stop();
    return outcomes;
  }

  fs::path path_;
};

std::vector<Ids> ManyPrompts(std::size_t count) {
  std::vector<Ids> prompts;
  for (std::size_t n = 0; n < count; ++n) {
    Ids ids;
    for (std::size_t i = 0; i < 3 + n * 7 % 60; ++i) {
      ids.push_back(static_cast<TokenId>(3 + (n * 31 + i * i * 7) % (kTinyVocabulary - 3)));
    }
    prompts.push_back(std::move(ids));
  }
  return prompts;
}

// One sequence at a time with llama.cpp alone: the whole prompt in one batch, then token by token.
class PlainLoop {
 public:
  explicit PlainLoop(const fs::path& path) {
    StartLlamaBackend();
    model_.reset(llama_model_load_from_file(path.c_str(), llama_model_default_params()));
    llama_context_params params = llama_context_default_params();
    params.n_ctx = 512;
    params.n_batch = params.n_ubatch = 512;
    params.n_threads = params.n_threads_batch = 1;
    context_.reset(llama_init_from_model(model_.get(), params));
  }
  Ids Answer(Ids prompt, std::size_t max_tokens) {
    llama_memory_clear(llama_get_memory(context_.get()), true);
    Ids answer;
    Ids input = std::move(prompt);
    while (answer.size() < max_tokens) {
      EXPECT_EQ(0, llama_decode(context_.get(),
                                llama_batch_get_one(input.data(), static_cast<int>(input.size()))));
      answer.push_back(Largest(answer.empty()));
      if (llama_vocab_is_eog(vocabulary(), answer.back())) break;
      input = {answer.back()};
    }
    return answer;
  }
  const llama_vocab* vocabulary() const { return llama_model_get_vocab(model_.get()); }

 private:
  TokenId Largest(bool mask_end) {
    const float* logits = llama_get_logits_ith(context_.get(), -1);
    TokenId best = -1;
    for (TokenId id = 0; id < llama_vocab_n_tokens(vocabulary()); ++id) {
      if (mask_end && llama_vocab_is_eog(vocabulary(), id)) continue;
      if (best < 0 || logits[id] > logits[best]) best = id;
    }
    return best;
  }
  ModelPtr model_;
  ContextPtr context_;
};

TEST_F(LlamaEngineTest, OneSlotAnswersAsAPlainLoopDoes) {
  LlamaOptions options;
  options.slots = 1;
  options.batch = 512;
  options.limits.max_new_tokens = 40;
  const auto engine = Load(options);
  PlainLoop plain(path_);
  const std::vector<Ids> prompts = ManyPrompts(12);
  const auto outcomes = Answer(*engine, prompts);
  bool some_end = false;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    EXPECT_EQ(outcomes[i].token_ids, plain.Answer(prompts[i], 40)) << "prompt " << i;
    some_end |= outcomes[i].finish_reason == FinishReason::kStop;
  }
  EXPECT_TRUE(some_end) << "the prompts do not exercise the end token";
}

TEST_F(LlamaEngineTest, NeighboursAndChunksDoNotChangeAnAnswer) {
  LlamaOptions options;
  options.limits.max_new_tokens = 40;
  const std::vector<Ids> prompts = ManyPrompts(25);
  options.slots = 1;
  const auto alone = Answer(*Load(options), prompts);
  for (const auto& [slots, batch] : {std::pair(2, 16), std::pair(5, 8), std::pair(16, 256)}) {
    options.slots = slots;
    options.batch = batch;
    const auto together = Answer(*Load(options), prompts);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(together[i].token_ids, alone[i].token_ids)
          << "prompt " << i << ", " << slots << " slots, batch " << batch;
    }
  }
}

}  // namespace
}  // namespace assay
