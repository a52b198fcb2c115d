#include "engine/llama/llama_engine.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
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
  requests.reserve(prompts.size());
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
  void TearDown() override { fs::remove(path_); }

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

std::size_t ThreadsOfThisProcess() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator()));
}

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
  [[nodiscard]] const llama_vocab* vocabulary() const {
    return llama_model_get_vocab(model_.get());
  }

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

TEST_F(LlamaEngineTest, ComputesWithNoMoreThreadsThanItWasTold) {
  LlamaOptions options;
  options.threads = 2;
  options.slots = 2;
  const std::unique_ptr<Engine> engine = Load(options);
  std::thread([] {}).join();  // with the first thread the thread sanitizer begins one of its own
  const std::size_t before = ThreadsOfThisProcess();
  Recorder recorder;
  ASSERT_TRUE(engine->Start(&recorder));
  const std::vector<Ids> prompts = ManyPrompts(2);  // outlive their requests
  engine->Submit(RequestsFor(prompts));
  recorder.WaitFor(2);
  EXPECT_EQ(ThreadsOfThisProcess() - before, 2U);
  engine->Stop();
}

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

// A prompt of ManyPrompts whose answer ends by itself, and how long that answer is.
std::pair<Ids, std::size_t> PromptThatEnds(const std::vector<Ids>& prompts,
                                           const std::vector<RequestOutcome>& outcomes) {
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (outcomes[i].finish_reason == FinishReason::kStop && outcomes[i].token_ids.size() > 2) {
      return {prompts[i], outcomes[i].token_ids.size()};
    }
  }
  ADD_FAILURE() << "no answer ends by itself";
  return {};
}

constexpr TokenId kTinyEnd = 2;

TEST_F(LlamaEngineTest, TheEndTokenEndsAnAnswerAndCounts) {
  LlamaOptions options;
  options.limits.max_new_tokens = 60;
  const std::vector<Ids> prompts = ManyPrompts(25);
  const auto outcomes = Answer(*Load(options), prompts);
  for (const RequestOutcome& outcome : outcomes) {
    const auto ends = std::count(outcome.token_ids.begin(), outcome.token_ids.end(), kTinyEnd);
    EXPECT_EQ(outcome.error, std::nullopt);
    if (outcome.finish_reason == FinishReason::kStop) {
      EXPECT_EQ(outcome.token_ids.back(), kTinyEnd);
      EXPECT_EQ(ends, 1);
    } else {
      EXPECT_EQ(outcome.finish_reason, FinishReason::kLength);
      EXPECT_EQ(outcome.token_ids.size(), 60U);
      EXPECT_EQ(ends, 0);
    }
  }
  PromptThatEnds(prompts, outcomes);
}

TEST_F(LlamaEngineTest, LimitsOfNewTokens) {
  LlamaOptions options;
  options.limits.max_new_tokens = 60;
  const std::vector<Ids> prompts = ManyPrompts(25);
  const auto [prompt, length] = PromptThatEnds(prompts, Answer(*Load(options), prompts));

  options.limits.min_new_tokens = static_cast<std::int32_t>(length);
  const Ids masked = Answer(*Load(options), {prompt})[0].token_ids;
  ASSERT_GE(masked.size(), length + 1) << "its last token is past the minimum";
  EXPECT_EQ(
      std::count(masked.begin(), masked.begin() + static_cast<std::ptrdiff_t>(length), kTinyEnd),
      0);

  options.limits = {.min_new_tokens = 1, .max_new_tokens = static_cast<std::int32_t>(length)};
  EXPECT_EQ(Answer(*Load(options), {prompt})[0].finish_reason, FinishReason::kStop)
      << "the last token allowed is the end token";
  options.limits.max_new_tokens -= 1;
  const RequestOutcome cut = Answer(*Load(options), {prompt})[0];
  EXPECT_EQ(cut.finish_reason, FinishReason::kLength);
  EXPECT_EQ(cut.token_ids.size(), length - 1);

  options.limits = {.min_new_tokens = 1, .max_new_tokens = 50, .ignore_end_tokens = true};
  const RequestOutcome fixed = Answer(*Load(options), {prompt})[0];
  EXPECT_EQ(fixed.token_ids.size(), 50U);
  EXPECT_EQ(fixed.token_ids[length - 1], kTinyEnd);
  EXPECT_EQ(fixed.finish_reason, FinishReason::kLength);
}

TEST_F(LlamaEngineTest, TimesAreInOrderAndOneTokenIsOneChunk) {
  LlamaOptions options;
  options.slots = 3;
  options.limits.max_new_tokens = 10;
  const auto engine = Load(options);
  const MonoTime before = SteadyClock().Now();
  const auto outcomes = Answer(*engine, ManyPrompts(8));
  const MonoTime after = SteadyClock().Now();
  for (const RequestOutcome& outcome : outcomes) {
    ASSERT_EQ(outcome.chunk_times.size(), outcome.token_ids.size());
    EXPECT_EQ(outcome.chunk_tokens, std::vector<std::uint32_t>(outcome.token_ids.size(), 1));
    EXPECT_EQ(outcome.first_token, outcome.chunk_times.front());
    EXPECT_EQ(outcome.last_token, outcome.chunk_times.back());
    EXPECT_EQ(std::adjacent_find(outcome.chunk_times.begin(), outcome.chunk_times.end(),
                                 std::greater_equal<>()),
              outcome.chunk_times.end());
    EXPECT_LT(before, *outcome.sent);
    EXPECT_LT(*outcome.sent, *outcome.first_token);
    EXPECT_LE(*outcome.last_token, outcome.done);
    EXPECT_LT(outcome.done, after);
    EXPECT_TRUE(outcome.token_ids_are_engines);
  }
}

TEST_F(LlamaEngineTest, AFreeSlotTakesTheNextRequestAtOnce) {
  LlamaOptions options;
  options.slots = 2;
  options.batch = 4;  // the second prompt is complete some rounds after the first
  options.limits = {.min_new_tokens = 1, .max_new_tokens = 30, .ignore_end_tokens = true};
  const auto outcomes = Answer(*Load(options), ManyPrompts(4));
  // The third begins when the first ends, while the second still runs.
  EXPECT_GT(*outcomes[2].sent, outcomes[0].done);
  EXPECT_LT(*outcomes[2].sent, outcomes[1].done);
}

TEST_F(LlamaEngineTest, EqualPromptsAreEachComputed) {
  LlamaOptions options;
  options.slots = 2;
  options.batch = 16;
  options.limits = {.min_new_tokens = 1, .max_new_tokens = 100, .ignore_end_tokens = true};
  const Ids prompt(400, 7);
  const auto outcomes = Answer(*Load(options), {Ids{5}, prompt, prompt, prompt});
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].token_ids, outcomes[1].token_ids);
    EXPECT_EQ(outcomes[i].prompt_tokens, 400U);
    // In each round the neighbour, the request before, gets one token: 400 / 16 rounds.
    const std::vector<MonoTime>& neighbour = outcomes[i - 1].chunk_times;
    const auto rounds = std::count_if(neighbour.begin(), neighbour.end(), [&](MonoTime time) {
      return *outcomes[i].sent < time && time < *outcomes[i].first_token;
    });
    EXPECT_EQ(rounds, 24) << "between the first of 25 batches and the end of the last";
  }
}

TEST_F(LlamaEngineTest, SubmitFromSeveralThreads) {
  LlamaOptions options;
  options.slots = 4;
  options.limits.max_new_tokens = 5;
  const auto engine = Load(options);
  const std::vector<Ids> prompts = ManyPrompts(10);
  Recorder recorder;
  ASSERT_TRUE(engine->Start(&recorder));
  const auto submit_one_by_one = [&](std::uint64_t from) {
    for (const EngineRequest& request : RequestsFor(prompts, from)) {
      engine->Submit(std::span(&request, 1));
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(6);
    for (std::uint64_t n = 0; n < 6; ++n) threads.emplace_back(submit_one_by_one, n * 10);
  }
  const auto outcomes = recorder.WaitFor(60);
  for (const auto& [id, outcome] : outcomes) {
    EXPECT_EQ(outcome.error, std::nullopt);
    EXPECT_EQ(outcome.token_ids, outcomes.at(id % 10).token_ids);
  }
}

TEST_F(LlamaEngineTest, StopEndsEveryRequestOnce) {
  LlamaOptions options;
  options.slots = 2;
  options.limits = {.min_new_tokens = 1, .max_new_tokens = 400, .ignore_end_tokens = true};
  const auto engine = Load(options);
  Recorder recorder;
  ASSERT_TRUE(engine->Start(&recorder));
  const std::vector<Ids> prompts = ManyPrompts(20);
  engine->Submit(RequestsFor(prompts));
  while (recorder.FirstTokens() < 2) std::this_thread::yield();
  engine->Stop();
  const auto outcomes = recorder.WaitFor(20);
  std::size_t cancelled = 0;
  for (const auto& [id, outcome] : outcomes) {
    if (!outcome.error) continue;
    ++cancelled;
    EXPECT_EQ(outcome.error->kind, "cancelled");
    EXPECT_EQ(outcome.finish_reason, FinishReason::kError);
  }
  EXPECT_GT(cancelled, 17U);
  engine->Stop();
  engine->Submit(RequestsFor(prompts, 20));
  EXPECT_EQ(recorder.WaitFor(20).size(), 20U) << "the sink was called after Stop";
}

TEST_F(LlamaEngineTest, StopWithoutStart) {
  const auto engine = Load({});
  engine->Stop();
}

TEST_F(LlamaEngineTest, PromptsThatCannotBeAnsweredAreRefused) {
  LlamaOptions options;
  options.max_prompt_tokens = 200;
  options.limits.max_new_tokens = 50;
  const auto engine = Load(options);
  EXPECT_EQ(engine->info().context_tokens, 256U);
  EXPECT_TRUE(engine->CheckPrompt(Ids(206, 5)));
  EXPECT_EQ(engine->CheckPrompt(Ids(207, 5)).error().message,
            "prompt of 207 tokens and 50 new ones: the context has 256 tokens");
  EXPECT_EQ(engine->CheckPrompt({}).error().message, "empty prompt: expected at least one token");
  EXPECT_EQ(engine->CheckPrompt(Ids{1, 2, 64}).error().message,
            "token 64 at position 2 of the prompt: expected 0 to 63");
  EXPECT_FALSE(engine->CheckPrompt(Ids{-1}));

  // One that comes nevertheless ends with an error, and the others are answered.
  const auto outcomes = Answer(*engine, {Ids(300, 5), Ids(3, 5)});
  EXPECT_EQ(outcomes[0].error->kind, "engine");
  EXPECT_THAT(outcomes[0].error->message, HasSubstr("300 tokens"));
  EXPECT_EQ(outcomes[0].first_token, std::nullopt);
  EXPECT_EQ(outcomes[1].error, std::nullopt);
}

TEST_F(LlamaEngineTest, TheContextNeverExceedsTheTrainedOne) {
  LlamaOptions options;
  EXPECT_EQ(Load(options)->info().context_tokens, 512U);
  options.max_prompt_tokens = 5000;
  const auto engine = Load(options, {.context = 300});
  EXPECT_EQ(engine->info().context_tokens, 300U);
  EXPECT_FALSE(engine->CheckPrompt(Ids(5000, 5)));
  EXPECT_FALSE(engine->CheckPrompt(Ids(173, 5)));
  EXPECT_EQ(Answer(*engine, {Ids(172, 5)})[0].error, std::nullopt);
}

TEST_F(LlamaEngineTest, SaysWhatItIs) {
  LlamaOptions options;
  options.slots = 3;
  const auto engine = Load(options);
  const EngineInfo& info = engine->info();
  EXPECT_EQ(info.engine, "llama");
  EXPECT_THAT(info.version, AllOf(HasSubstr("llama.cpp "), HasSubstr("ggml ")));
  EXPECT_EQ(info.model_name, "Tiny");
  EXPECT_EQ(info.model_sha256, *Sha256OfFile(path_));
  EXPECT_EQ(info.precision, "F32");
  // 64*32 twice, 32 once; per block 4*32*32 + 3*32*64 + 2*32.
  EXPECT_EQ(info.parameter_count, 2U * 64 * 32 + 32 + 2 * (4 * 32 * 32 + 3 * 32 * 64 + 2 * 32));
  EXPECT_EQ(info.model_size_bytes, 4 * info.parameter_count);
  EXPECT_EQ(info.layers_total, 3);
  EXPECT_EQ(info.layers_on_gpu, 0);
  EXPECT_THAT(info.device, HasSubstr("CPU"));
  EXPECT_THAT(info.settings,
              testing::IsSupersetOf({std::pair<std::string, std::string>("slots", "3"),
                                     {"threads", "1"},
                                     {"end tokens", "2"}}));
}

TEST_F(LlamaEngineTest, AModelInParts) {
  const auto whole = Answer(*Load({}), {Ids{5, 6, 7}});
  const std::string prefix = path_.string() + "-parts";
  const fs::path second = prefix + "-00002-of-00002.gguf";
  LlamaOptions options;
  options.model = WriteTinyModelInParts(prefix);
  options.threads = 1;
  {
    const auto engine = LoadLlamaEngine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    EXPECT_EQ(Answer(**engine, {Ids{5, 6, 7}})[0].token_ids, whole[0].token_ids);
    EXPECT_EQ((*engine)->info().model_sha256, *Sha256OfFile(options.model));
    EXPECT_THAT((*engine)->info().settings, testing::Contains(std::pair<std::string, std::string>(
                                                "SHA-256 of part 2 of 2", *Sha256OfFile(second))));
  }
  fs::resize_file(second, fs::file_size(second) - 1);
  EXPECT_THAT(LoadLlamaEngine(options).error().message,
              AllOf(HasSubstr(options.model.string()), HasSubstr("not within the file bounds")));
  fs::remove(second);
  EXPECT_THAT(LoadLlamaEngine(options).error().message, HasSubstr(second.string()));
  fs::remove(options.model);
}

TEST_F(LlamaEngineTest, OptionsOutsideTheirRange) {
  LlamaOptions options;
  options.slots = 0;
  EXPECT_EQ(LoadError({}, options), "slots 0: expected 1 to 256");
  options = {};
  options.threads = -2;
  EXPECT_EQ(LoadError({}, options), "threads -2: expected 1 to 1024");
  options = {};
  options.limits = {.min_new_tokens = 9, .max_new_tokens = 8};
  EXPECT_EQ(LoadError({}, options), "minimum of new tokens 9: expected 0 to 8");
}

TEST_F(LlamaEngineTest, GpuLayersWithoutGpu) {
  LlamaOptions options;
  options.gpu_layers = 1;
  if (llama_supports_gpu_offload()) GTEST_SKIP() << "this llama.cpp has a GPU";
  EXPECT_EQ(LoadError({}, options),
            "1 GPU layers asked for, but there is no GPU that this build can use");
}

TEST_F(LlamaEngineTest, FilesThatAreNoWholeGguf) {
  const auto error_of = [&](std::string_view bytes) {
    EXPECT_TRUE(WriteFileAtomically(path_, bytes));
    return LoadErrorAsItStands();
  };
  EXPECT_EQ(LoadErrorAsItStands(),
            fmt::format("{}: cannot read the model: no such file", path_.string()));
  EXPECT_EQ(
      error_of(""),
      fmt::format("{}: not a GGUF file: expected the bytes \"GGUF\" at offset 0", path_.string()));
  EXPECT_THAT(error_of("PK\x03\x04 something else"), HasSubstr("not a GGUF file"));

  WriteTinyModel(path_);
  const std::string whole = *ReadFile(path_);
  // Every cut: inside the metadata, and inside the tensors' data.
  for (std::size_t size = 4; size < whole.size(); size = size * 5 / 4 + 1) {
    EXPECT_THAT(
        error_of(std::string_view(whole).substr(0, size)),
        AllOf(HasSubstr(path_.string()), testing::AnyOf(HasSubstr("metadata damaged or cut off"),
                                                        HasSubstr("truncated: tensor "))))
        << size;
  }
  EXPECT_THAT(error_of(std::string_view(whole).substr(0, whole.size() - 1)),
              HasSubstr(fmt::format("but the file has {} bytes", whole.size() - 1)));
}

TEST_F(LlamaEngineTest, DamagedModels) {
  Recorder recorder;
  const auto engine = Load({}, {.weight = std::numeric_limits<float>::quiet_NaN()});
  EXPECT_EQ(engine->Start(&recorder).error().message,
            fmt::format("{}: corrupt: the model's logits are not numbers", path_.string()));
  EXPECT_THAT(LoadError({.blocks_said = 0}),
              AllOf(HasSubstr(path_.string()), HasSubstr("n_layer_all > 0")))
      << "llama.cpp asserts this";
  EXPECT_THAT(LoadError({.blocks_said = 3}), HasSubstr("blk.2."));
}

TEST_F(LlamaEngineTest, ModelsThatCannotSummarise) {
  EXPECT_EQ(LoadError({.tokenizer = "none"}),
            fmt::format("{}: the model has no vocabulary", path_.string()));
  EXPECT_THAT(LoadError({.tokenizer = "unheard-of"}), HasSubstr("unheard-of"));
  EXPECT_EQ(LoadError({.has_end_token = false}),
            fmt::format("{}: the metadata name no end token (tokenizer.ggml.eos_token_id)",
                        path_.string()));
  EXPECT_EQ(LoadError({.pooling = 1}),
            fmt::format("{}: an embeddings model: it does not generate text", path_.string()));
}

TEST_F(LlamaEngineTest, OutOfMemory) {
  LlamaOptions options;
  options.slots = 256;
  options.context_tokens = 1 << 23;
  EXPECT_THAT(LoadError({.context = 1 << 23}, options),
              AllOf(HasSubstr(path_.string()), HasSubstr("out of memory"),
                    HasSubstr("256 slots of 8388608 tokens")));
}

// The model that the set-up makes.
class SmolLm2Test : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(path_)) GTEST_SKIP() << path_ << " is missing: run tools/setup first";
  }
  std::vector<Ids> Tokenize(const std::vector<std::string>& texts) {
    PlainLoop plain(path_);
    std::vector<Ids> prompts;
    for (const std::string& text : texts) {
      Ids ids(text.size() + 1);
      ids.resize(static_cast<std::size_t>(
          llama_tokenize(plain.vocabulary(), text.data(), static_cast<int>(text.size()), ids.data(),
                         static_cast<int>(ids.size()), false, true)));
      prompts.push_back(std::move(ids));
    }
    return prompts;
  }
  fs::path path_ = fs::path(ASSAY_CACHE) / "models" / "SmolLM2-135M-Instruct.F16.gguf";
};

TEST_F(SmolLm2Test, AnswersAsAPlainLoopDoesWhateverTheSlots) {
  const std::vector<Ids> prompts = Tokenize({
      "The capital of France is",
      "<|im_start|>user\nSay only hello.<|im_end|>\n<|im_start|>assistant\n",
      "Once upon a time, in a village by the sea, there lived",
      "1, 2, 3, 4, 5,",
      "Water boils at a temperature of",
  });
  PlainLoop plain(path_);
  LlamaOptions options;
  options.model = path_;
  options.threads = 1;
  options.max_prompt_tokens = 64;
  options.limits.max_new_tokens = 12;
  for (const int slots : {1, 4}) {
    options.slots = slots;
    const auto engine = LoadLlamaEngine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    EXPECT_EQ((*engine)->info().precision, "F16 made from Q4_1");
    Recorder recorder;
    ASSERT_TRUE((*engine)->Start(&recorder));
    (*engine)->Submit(RequestsFor(prompts));
    const auto outcomes = recorder.WaitFor(prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(outcomes.at(i).token_ids, plain.Answer(prompts[i], 12)) << slots << " slots, " << i;
    }
  }
}
}  // namespace
}  // namespace assay
