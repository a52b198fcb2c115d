#include "engine/scripted/scripted_engine.h"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <queue>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "engine/scripted/script.h"

namespace assay {
namespace {

// One request that is being answered.
struct Running {
  std::uint64_t id = 0;
  ScriptedPlan plan;
  std::uint64_t prompt_tokens = 0;
  MonoTime sent;
  std::size_t produced = 0;
  RequestOutcome outcome;
};

struct Event {
  MonoTime due;
  std::uint64_t request_id;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.due != b.due ? a.due > b.due : a.request_id > b.request_id;
  }
};

// Ends the process as an uncaught fault does, also where a sanitizer has a handler for it.
void Crash() {
  static_cast<void>(std::signal(SIGSEGV, SIG_DFL));
  static_cast<void>(std::raise(SIGSEGV));
}

class ScriptedEngine final : public Engine {
 public:
  ScriptedEngine(Script script, std::shared_ptr<const Tokenizer> tokenizer,
                 const GenerationLimits& limits, EngineInfo info)
      : script_(std::move(script)),
        tokenizer_(std::move(tokenizer)),
        limits_(limits),
        info_(std::move(info)) {}
  ScriptedEngine(const ScriptedEngine&) = delete;
  ScriptedEngine& operator=(const ScriptedEngine&) = delete;
  ~ScriptedEngine() override { ScriptedEngine::Stop(); }

  [[nodiscard]] const EngineInfo& info() const override { return info_; }

  [[nodiscard]] Status CheckPrompt(std::span<const TokenId> prompt_ids) const override {
    if (prompt_ids.empty()) return Error{ErrorCode::kInvalidArgument, "the prompt has no token"};
    return Ok{};
  }

  [[nodiscard]] Status Start(EngineSink* sink) override {
    ASSAY_CHECK(sink != nullptr && sink_ == nullptr);
    sink_ = sink;
    worker_ = std::jthread([this](const std::stop_token& stop) { Work(stop); });
    return Ok{};
  }

  void Submit(std::span<const EngineRequest> requests) override {
    {
      const std::lock_guard lock(mutex_);
      for (const EngineRequest& r : requests) {
        Running running;
        running.id = r.id;
        running.plan = PlanFor(script_, *tokenizer_, r.id, r.sample_index, r.prompt_ids,
                               limits_.max_new_tokens);
        running.prompt_tokens = r.prompt_ids.size();
        waiting_.push_back(std::move(running));
      }
    }
    wake_.notify_one();
  }

  void Stop() override {
    if (!worker_.joinable()) return;
    worker_.request_stop();
    worker_.join();
  }

 private:
  void Work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      AdmitWaiting();
      if (events_.empty()) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
        continue;
      }
      const Event next = events_.top();
      if (SteadyClock().Now() < next.due) {
        std::unique_lock lock(mutex_);
        // Wakes for new requests too: they may be due earlier.
        wake_.wait_until(lock, stop, next.due, [this] { return CanAdmit(); });
        continue;
      }
      events_.pop();
      Advance(next);
    }
    CancelAll();
  }

  // REQUIRES: mutex_ held.
  [[nodiscard]] bool CanAdmit() const {
    return !waiting_.empty() && (script_.slots == 0 || running_.size() < script_.slots);
  }

  void AdmitWaiting() {
    const std::lock_guard lock(mutex_);
    // Not before the lock: a request that comes while it is awaited would be sent before its issue.
    const MonoTime now = SteadyClock().Now();
    while (CanAdmit()) {
      Running r = std::move(waiting_.front());
      waiting_.pop_front();
      r.sent = now;
      if (r.plan.fault != ScriptedFault::kStall) events_.push({now + r.plan.ttft, r.id});
      running_.emplace(r.id, std::move(r));
    }
  }

  // One token, or the end, of one request.
  void Advance(const Event& event) {
    const auto it = running_.find(event.request_id);
    ASSAY_CHECK(it != running_.end());
    Running& r = it->second;
    const bool fails =
        r.plan.fault == ScriptedFault::kError &&
        r.produced >= std::min<std::size_t>(r.plan.fault_after_tokens, r.plan.token_ids.size());
    if (r.plan.fault == ScriptedFault::kCrash) Crash();
    if (fails) return Finish(it, RequestError{"scripted", "the script asked for this error"});
    if (r.plan.fault == ScriptedFault::kNoTokens || r.plan.token_ids.empty()) {
      return Finish(it, std::nullopt);
    }
    const MonoTime now = SteadyClock().Now();
    const TokenId token = r.plan.token_ids[r.produced++];
    r.outcome.chunk_times.push_back(now);
    r.outcome.chunk_tokens.push_back(1);
    r.outcome.token_ids.push_back(token);
    r.outcome.last_token = now;
    if (r.produced == 1) {
      r.outcome.first_token = now;
      sink_->OnFirstToken(r.id, now, {&token, 1});
    }
    if (r.produced == r.plan.token_ids.size()) return Finish(it, std::nullopt);
    events_.push({event.due + r.plan.tpot, r.id});
  }

  void Finish(std::map<std::uint64_t, Running>::iterator it, std::optional<RequestError> error) {
    Running& r = it->second;
    RequestOutcome& o = r.outcome;
    o.id = r.id;
    o.sent = r.sent;
    o.done = SteadyClock().Now();
    o.prompt_tokens = r.prompt_tokens;
    const auto ends = tokenizer_->EndTokens();
    const bool stopped = !o.token_ids.empty() &&
                         std::find(ends.begin(), ends.end(), o.token_ids.back()) != ends.end();
    o.finish_reason = error     ? FinishReason::kError
                      : stopped ? FinishReason::kStop
                                : FinishReason::kLength;
    o.error = std::move(error);
    RequestOutcome outcome = std::move(o);
    {
      const std::lock_guard lock(mutex_);
      running_.erase(it);
    }
    sink_->OnDone(std::move(outcome));
  }

  void CancelAll() {
    {
      const std::lock_guard lock(mutex_);
      for (Running& r : waiting_) running_.emplace(r.id, std::move(r));
      waiting_.clear();
    }
    while (!running_.empty()) Finish(running_.begin(), RequestError{"cancelled", "the test ended"});
  }

  const Script script_;
  const std::shared_ptr<const Tokenizer> tokenizer_;
  const GenerationLimits limits_;
  const EngineInfo info_;
  EngineSink* sink_ = nullptr;

  std::mutex mutex_;  // guards waiting_ and the size of running_
  std::condition_variable_any wake_;
  std::deque<Running> waiting_;
  std::map<std::uint64_t, Running> running_;                      // changed by the worker alone
  std::priority_queue<Event, std::vector<Event>, Later> events_;  // the worker's
  std::jthread worker_;
};

}  // namespace

Result<std::unique_ptr<Engine>> LoadScriptedEngine(const std::filesystem::path& path,
                                                   std::shared_ptr<const Tokenizer> tokenizer,
                                                   const GenerationLimits& limits) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  ASSAY_ASSIGN_OR_RETURN(Script script, ParseScript(text, path.string(), *tokenizer));
  EngineInfo info;
  info.engine = "scripted";
  info.version = "1";
  info.model_name = script.model_name;
  info.model_path = path.string();
  info.model_sha256 = Sha256Hex(text);
  info.precision = script.precision;
  info.device = "none: the answers come from a script";
  info.settings = {{"seed", fmt::format("{}", script.seed)},
                   {"slots", script.slots == 0 ? "unlimited" : fmt::format("{}", script.slots)}};
  return std::unique_ptr<Engine>(
      new ScriptedEngine(std::move(script), std::move(tokenizer), limits, std::move(info)));
}

}  // namespace assay
