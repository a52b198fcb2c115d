#include "tokenizer/merge_lookups.h"

#include <algorithm>
#include <limits>

namespace assay::tok {

MergeLookups::MergeLookups(const MergeReader& reader, std::size_t count, WorkerThreads* helper)
    : reader_(reader),
      helpers_reader_(reader),
      count_(count),
      parts_((count + kPart - 1) / kPart),
      helping_(helper->Start([this] { Help(); })) {}

MergeLookups::~MergeLookups() {
  begun_ = parts_;
  free_ = std::numeric_limits<std::size_t>::max();
  free_.notify_one();
  helping_.wait();
}

Result<std::span<const MergeIds>> MergeLookups::Next() {
  for (; next_ < parts_; ++next_) {
    free_ = next_ + kAhead;
    free_.notify_one();
    Slot& slot = SlotOf(next_);
    while (true) {
      const std::size_t held = slot.held.load(std::memory_order_acquire);
      if (held == TurnOf(next_)) break;
      if (const auto part = Claim()) {
        LookUp(*part, &reader_);
      } else {
        slot.held.wait(held, std::memory_order_acquire);
      }
    }
    if (!slot.used) return slot.used.error();
    if (*slot.used == 0) continue;
    ++next_;
    return std::span<const MergeIds>(slot.ids).first(*slot.used);
  }
  return std::span<const MergeIds>();
}

std::optional<std::size_t> MergeLookups::Claim() {
  std::size_t part = begun_.load(std::memory_order_relaxed);
  do {
    if (part >= parts_ || part >= free_.load(std::memory_order_acquire)) return std::nullopt;
  } while (!begun_.compare_exchange_weak(part, part + 1, std::memory_order_relaxed));
  return part;
}

void MergeLookups::LookUp(std::size_t part, MergeReader* reader) {
  Slot& slot = SlotOf(part);
  const std::size_t first = part * kPart;
  slot.used = reader->Read(first, std::span(slot.ids).first(std::min(kPart, count_ - first)));
  slot.held.store(TurnOf(part), std::memory_order_release);
  slot.held.notify_one();
}

void MergeLookups::Help() {
  while (true) {
    const std::size_t free = free_.load(std::memory_order_acquire);
    if (const auto part = Claim()) {
      LookUp(*part, &helpers_reader_);
    } else if (begun_.load(std::memory_order_relaxed) >= parts_) {
      return;
    } else {
      free_.wait(free, std::memory_order_acquire);
    }
  }
}

}  // namespace assay::tok
