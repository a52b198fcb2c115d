// What is due when: a heap of (time, order of arrival).

#ifndef ASSAY_NULL_SERVER_DUE_QUEUE_H_
#define ASSAY_NULL_SERVER_DUE_QUEUE_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "assay/clock.h"

namespace assay {

// Items leave in the order of their times, those of the same time in the order in which they came:
// answers without pauses take turns. Not thread-safe.
template <typename Item>
class DueQueue {
 public:
  void Push(MonoTime due, Item item) {
    heap_.push_back({due, next_order_++, std::move(item)});
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }

  // Absent: empty.
  [[nodiscard]] std::optional<MonoTime> NextDue() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.front().due);
  }

  // The first item, if it is due at `now`.
  [[nodiscard]] std::optional<Item> PopDue(MonoTime now) {
    if (heap_.empty() || heap_.front().due > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    Item item = std::move(heap_.back().item);
    heap_.pop_back();
    return item;
  }

  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  void Clear() { heap_.clear(); }

 private:
  struct Entry {
    MonoTime due;
    std::uint64_t order = 0;
    Item item;
  };
  static bool Later(const Entry& a, const Entry& b) {
    return a.due != b.due ? a.due > b.due : a.order > b.order;
  }

  std::vector<Entry> heap_;
  std::uint64_t next_order_ = 0;
};

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_DUE_QUEUE_H_
