// Keeps what becomes of requests that are not part of a test: the probe and warm-ups.

#ifndef ASSAY_ENGINE_OPENAI_OUTCOME_COLLECTOR_H_
#define ASSAY_ENGINE_OPENAI_OUTCOME_COLLECTOR_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "assay/engine.h"

namespace assay {

class OutcomeCollector final : public EngineSink {
 public:
  void OnFirstToken(std::uint64_t /*id*/, MonoTime /*when*/,
                    std::span<const TokenId> /*tokens*/) override {}
  void OnDone(RequestOutcome outcome) override {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
    ended_.notify_all();
  }

  // Waits until so many have ended, at most `limit`.
  // Value: those that have, in the order in which they did.
  [[nodiscard]] std::vector<RequestOutcome> Wait(std::size_t count, Nanos limit) {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, limit, [&] { return outcomes_.size() >= count; });
    return std::move(outcomes_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<RequestOutcome> outcomes_;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_OUTCOME_COLLECTOR_H_
