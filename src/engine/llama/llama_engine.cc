#include "engine/llama/llama_engine.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "assay/clock.h"

#include "base/check.h"
#include "base/format.h"
#include "engine/llama/decoder.h"
#include "engine/llama/model.h"
#include "engine/llama/scheduler.h"

namespace assay {
namespace {

constexpr int kWarmUpTokens = 8;  // of every slot

class LlamaEngine final : public Engine {
 public:
  LlamaEngine(LoadedModel loaded, GenerationLimits limits)
      : model_(std::move(loaded.model)),
        info_(std::move(loaded.info)),
        vocabulary_size_(loaded.vocabulary_size),
        end_tokens_(std::move(loaded.end_tokens)),
        limits_(limits),
        decoder_(std::move(loaded.context), loaded.slots, loaded.batch) {}
  LlamaEngine(const LlamaEngine&) = delete;
  LlamaEngine& operator=(const LlamaEngine&) = delete;
  ~LlamaEngine() override { Stop(); }

  [[nodiscard]] const EngineInfo& info() const override { return info_; }
  [[nodiscard]] Status CheckPrompt(std::span<const TokenId> prompt_ids) const override;
  [[nodiscard]] Status Start(EngineSink* sink) override;
  void Submit(std::span<const EngineRequest> requests) override;
  void Stop() override;
  [[nodiscard]] std::optional<EngineWork> work() const override { return work_; }

 private:
  [[nodiscard]] Status WarmUp();
  void Work();
  // Moves requests from the queue into free slots, and waits for some while there is nothing to do.
  // Value: false once the engine is stopped.
  [[nodiscard]] bool TakeRequests(Scheduler& scheduler, bool& more_waiting);
  void Refuse(const EngineRequest& request, std::string_view kind, std::string message);

  ModelPtr model_;  // outlives the decoder's context
  EngineInfo info_;
  std::int32_t vocabulary_size_;
  std::vector<TokenId> end_tokens_;
  GenerationLimits limits_;
  Decoder decoder_;
  EngineSink* sink_ = nullptr;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<EngineRequest> queue_;  // guarded by mutex_
  bool stopped_ = false;             // guarded by mutex_
  std::mutex stop_mutex_;            // one Stop at a time
  std::optional<EngineWork> work_;   // by the worker, at its end
  std::jthread worker_;
};

Status LlamaEngine::CheckPrompt(std::span<const TokenId> prompt_ids) const {
  if (prompt_ids.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "empty prompt: expected at least one token");
  }
  const auto outside = std::find_if(prompt_ids.begin(), prompt_ids.end(), [this](TokenId id) {
    return id < 0 || id >= vocabulary_size_;
  });
  if (outside != prompt_ids.end()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "token {} at position {} of the prompt: expected 0 to {}", *outside,
                     outside - prompt_ids.begin(), vocabulary_size_ - 1);
  }
  const auto answer = static_cast<std::uint64_t>(limits_.max_new_tokens);
  if (prompt_ids.size() + answer > info_.context_tokens) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "prompt of {} tokens and {} new ones: the context has {} tokens",
                     prompt_ids.size(), answer, info_.context_tokens);
  }
  return Ok{};
}

Status LlamaEngine::Start(EngineSink* sink) {
  ASSAY_CHECK(sink != nullptr && sink_ == nullptr);
  sink_ = sink;
  std::promise<Status> warm;
  std::future<Status> is_warm = warm.get_future();
  // All computing is one thread's: llama.cpp's OpenMP keeps a team for each thread that computes,
  // and once the teams have more threads than there are processors, none of them spins any more.
  worker_ = std::jthread([this, warm = std::move(warm)]() mutable {
    Status status = WarmUp();
    const bool ready = status.has_value();
    warm.set_value(std::move(status));
    if (ready) Work();
  });
  return is_warm.get();
}

// Touches all weights and the slots' caches, with a batch of prompts and one of single tokens.
Status LlamaEngine::WarmUp() {
  const int tokens = std::min(kWarmUpTokens, decoder_.batch() / decoder_.slots());
  for (const auto& [first, count] : {std::pair(0, tokens), std::pair(tokens, 1)}) {
    decoder_.Clear();
    std::vector<int> places;
    for (int slot = 0; slot < decoder_.slots(); ++slot) {
      for (int i = 0; i < count; ++i) {
        const TokenId token = (first + i) % vocabulary_size_;
        places.push_back(decoder_.Add(token, first + i, slot, i + 1 == count));
      }
    }
    ASSAY_RETURN_IF_ERROR(decoder_.Run());
    if (!Greedy(decoder_.Logits(places.back()))) {
      return MakeError(ErrorCode::kParse, "{}: corrupt: the model's logits are not numbers",
                       info_.model_path);
    }
  }
  for (int slot = 0; slot < decoder_.slots(); ++slot) decoder_.Forget(slot);
  return Ok{};
}

void LlamaEngine::Submit(std::span<const EngineRequest> requests) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;  // the sink is not called any more
    queue_.insert(queue_.end(), requests.begin(), requests.end());
  }
  arrived_.notify_one();
}

void LlamaEngine::Stop() {
  const std::lock_guard one(stop_mutex_);
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  decoder_.Interrupt();
  arrived_.notify_one();
  if (worker_.joinable()) worker_.join();
}

bool LlamaEngine::TakeRequests(Scheduler& scheduler, bool& more_waiting) {
  std::vector<EngineRequest> taken;
  {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return stopped_ || !queue_.empty() || !scheduler.idle(); });
    if (stopped_) return false;
    const std::size_t count = std::min(queue_.size(), scheduler.free_slots());
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    taken.assign(queue_.begin(), end);
    queue_.erase(queue_.begin(), end);
    more_waiting = !queue_.empty();
  }
  for (const EngineRequest& request : taken) {
    const Status fits = CheckPrompt(request.prompt_ids);
    if (fits) {
      scheduler.Admit(request);
    } else {
      Refuse(request, "engine", fits.error().message);
    }
  }
  return true;
}

void LlamaEngine::Refuse(const EngineRequest& request, std::string_view kind, std::string message) {
  RequestOutcome outcome;
  outcome.id = request.id;
  outcome.prompt_tokens = request.prompt_ids.size();
  outcome.finish_reason = FinishReason::kError;
  outcome.error = RequestError{std::string(kind), std::move(message)};
  outcome.done = SteadyClock().Now();
  sink_->OnDone(std::move(outcome));
}

void LlamaEngine::Work() {
  Scheduler scheduler(decoder_, *sink_, limits_, end_tokens_);
  bool more_waiting = false;
  while (TakeRequests(scheduler, more_waiting)) {
    if (!scheduler.Round(more_waiting)) break;  // interrupted by Stop
  }
  scheduler.CancelAll();
  work_ = scheduler.work();
  std::deque<EngineRequest> unstarted;
  {
    const std::lock_guard lock(mutex_);
    unstarted.swap(queue_);
  }
  for (const EngineRequest& request : unstarted) {
    Refuse(request, "cancelled", "the engine was stopped");
  }
}

}  // namespace

Result<std::unique_ptr<Engine>> LoadLlamaEngine(const LlamaOptions& options) {
  ASSAY_ASSIGN_OR_RETURN(LoadedModel loaded, LoadModel(options));
  return std::unique_ptr<Engine>(std::make_unique<LlamaEngine>(std::move(loaded), options.limits));
}

}  // namespace assay
