// The merges of a document looked up by two threads, and given out in order.

#ifndef ASSAY_TOKENIZER_MERGE_LOOKUPS_H_
#define ASSAY_TOKENIZER_MERGE_LOOKUPS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <future>
#include <optional>
#include <span>
#include <vector>

#include "assay/result.h"

#include "base/worker_threads.h"
#include "tokenizer/merge_reader.h"

namespace assay::tok {

// For one thread, which does the helper's work where it would wait.
class MergeLookups {
 public:
  // `count`: of the merges that `reader`, of which each thread gets a copy, can read.
  MergeLookups(const MergeReader& reader, std::size_t count, WorkerThreads* helper);
  MergeLookups(const MergeLookups&) = delete;
  MergeLookups& operator=(const MergeLookups&) = delete;
  ~MergeLookups();

  // Some more merges, valid until the next call; none: there are no more.
  // Errors: those of MergeReader::Read, of the first merge that has one.
  [[nodiscard]] Result<std::span<const MergeIds>> Next();

 private:
  // Merges that are looked up in one go, and how far they may be ahead of those given out: what is
  // under way stays within a cache.
  static constexpr std::size_t kPart = 2048;
  static constexpr std::size_t kAhead = 8;

  struct Slot {
    std::vector<MergeIds> ids = std::vector<MergeIds>(kPart);
    Result<std::size_t> used = 0;      // of the ids
    std::atomic<std::size_t> held{0};  // parts, one after the other
  };

  // A part that no thread has begun and that has a free slot.
  [[nodiscard]] std::optional<std::size_t> Claim();
  void LookUp(std::size_t part, MergeReader* reader);
  void Help();
  [[nodiscard]] Slot& SlotOf(std::size_t part) { return slots_[part % kAhead]; }
  [[nodiscard]] static std::size_t TurnOf(std::size_t part) { return part / kAhead + 1; }

  MergeReader reader_;
  MergeReader helpers_reader_;
  std::size_t count_;
  std::size_t parts_;
  std::array<Slot, kAhead> slots_;
  std::atomic<std::size_t> begun_{0};
  std::atomic<std::size_t> free_{kAhead};  // the first part without a slot
  std::size_t next_ = 0;                   // part to give out
  std::future<void> helping_;
};

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_MERGE_LOOKUPS_H_
