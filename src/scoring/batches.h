// Scoring of what a file holds, bit by bit.

#ifndef ASSAY_SCORING_BATCHES_H_
#define ASSAY_SCORING_BATCHES_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <utility>
#include <vector>

#include "assay/result.h"

#include "base/worker_threads.h"

namespace assay {

// Batches of a file that several threads score while it is read on. Not thread-safe.
template <typename Item, typename Scored>
class Batches {
 public:
  using Score = std::function<Scored(std::vector<Item>)>;
  using Take = std::function<Status(Scored)>;

  // `score` is called by several threads at a time; `take`, with its results in the order of the
  // items, by Add and Finish.
  Batches(Score score, Take take) : score_(std::move(score)), take_(std::move(take)) {}

  // `size_bytes`: what the item holds beside itself. Waits if too much has been read ahead.
  // Errors: those of `take`.
  [[nodiscard]] Status Add(Item item, std::size_t size_bytes) {
    batch_.push_back(std::move(item));
    batch_bytes_ += sizeof(Item) + size_bytes;
    const bool full = batch_.size() == kBatchItems || batch_bytes_ >= kBatchBytes;
    return full ? Start() : Status(Ok{});
  }
  // Scores and takes what is left. Errors: those of `take`.
  [[nodiscard]] Status Finish() {
    if (!batch_.empty()) ASSAY_RETURN_IF_ERROR(Start());
    return TakeUntil(0);
  }

 private:
  // What one thread scores at a time, and what is read ahead of the scores that have been taken.
  static constexpr std::size_t kBatchItems = 128;
  static constexpr std::size_t kBatchBytes = std::size_t{1} << 18U;
  static constexpr std::size_t kBytesUnderWay = std::size_t{1} << 21U;

  struct UnderWay {
    std::future<Scored> scored;
    std::size_t bytes;
  };

  Status Start() {
    const std::size_t bytes = std::exchange(batch_bytes_, 0);
    ASSAY_RETURN_IF_ERROR(TakeUntil(kBytesUnderWay - std::min(kBytesUnderWay, bytes)));
    bytes_under_way_ += bytes;
    auto scored = workers_.Start(
        [this, batch = std::exchange(batch_, {})]() mutable { return score_(std::move(batch)); });
    under_way_.push_back({std::move(scored), bytes});
    return Ok{};
  }
  Status TakeUntil(std::size_t bytes_left) {
    while (bytes_under_way_ > bytes_left) {
      UnderWay first = std::move(under_way_.front());
      under_way_.pop_front();
      bytes_under_way_ -= first.bytes;
      ASSAY_RETURN_IF_ERROR(take_(first.scored.get()));
    }
    return Ok{};
  }

  Score score_;
  Take take_;
  std::vector<Item> batch_;
  std::size_t batch_bytes_ = 0;
  std::deque<UnderWay> under_way_;
  std::size_t bytes_under_way_ = 0;
  WorkerThreads workers_{0};  // uses score_
};

}  // namespace assay

#endif  // ASSAY_SCORING_BATCHES_H_
