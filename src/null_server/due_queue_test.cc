#include "null_server/due_queue.h"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

MonoTime At(int ms) {
  return MonoTime{} + std::chrono::milliseconds(ms);
}

TEST(DueQueue, GivesNothingBeforeItsTimeAndEverythingInOrder) {
  DueQueue<int> queue;
  EXPECT_FALSE(queue.NextDue().has_value());
  queue.Push(At(30), 3);
  queue.Push(At(10), 1);
  queue.Push(At(20), 2);
  EXPECT_EQ(queue.NextDue(), At(10));
  EXPECT_FALSE(queue.PopDue(At(9)).has_value());
  EXPECT_EQ(queue.PopDue(At(25)), 1);
  EXPECT_EQ(queue.PopDue(At(25)), 2);
  EXPECT_FALSE(queue.PopDue(At(25)).has_value());
  EXPECT_EQ(queue.size(), 1U);
}

TEST(DueQueue, TakesTurnsAmongThoseOfOneTime) {
  DueQueue<int> queue;
  for (int i = 0; i < 3; ++i) queue.Push(At(1), i);
  std::vector<int> order;
  for (int turn = 0; turn < 9; ++turn) {
    const auto item = queue.PopDue(At(1));
    ASSERT_TRUE(item.has_value());
    order.push_back(*item);
    queue.Push(At(1), *item);
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 0, 1, 2, 0, 1, 2}));
}

}  // namespace
}  // namespace assay
