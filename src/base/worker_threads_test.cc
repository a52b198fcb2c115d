#include "base/worker_threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>

namespace assay {
namespace {

TEST(WorkerThreads, EachResultIsThatOfItsWork) {
  WorkerThreads workers(3);
  std::vector<std::future<int>> results;
  results.reserve(1000);
  for (int i = 0; i < 1000; ++i) results.push_back(workers.Start([i] { return i * i; }));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].get(), i * i);
}

TEST(WorkerThreads, WorkIsDoneByTheSameThreads) {
  WorkerThreads workers(2);
  std::set<std::thread::id> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(workers.Start([] { return std::this_thread::get_id(); }).get());
  }
  EXPECT_LE(seen.size(), 2U);
  EXPECT_EQ(seen.count(std::this_thread::get_id()), 0U);
}

TEST(WorkerThreads, TheEndWaitsForWhatHasBegunAndDropsTheRest) {
  constexpr int kWorks = 1000;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::vector<std::future<void>> results;
  {
    WorkerThreads workers(2);
    for (int i = 0; i < kWorks; ++i) {
      results.push_back(workers.Start([&] {
        ++begun;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ++ended;
      }));
    }
    results[0].wait();
  }
  EXPECT_EQ(begun, ended);
  EXPECT_LT(ended, kWorks);
  EXPECT_THROW(results.back().get(), std::future_error);
}

TEST(WorkerThreads, TheOneBesideItsCallerIsKeptOffItsProcessor) {
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  const auto allowed_to_worker = [] {
    WorkerThreads worker = WorkerThreads::BesideCaller();
    return worker
        .Start([] {
          cpu_set_t set;
          CPU_ZERO(&set);
          EXPECT_EQ(::sched_getaffinity(0, sizeof(set), &set), 0);
          return set;
        })
        .get();
  };
  // On one processor, so that the test knows which.
  for (std::size_t processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &allowed)) continue;
    std::jthread([&] {
      cpu_set_t here;
      CPU_ZERO(&here);
      CPU_SET(processor, &here);
      ASSERT_EQ(::sched_setaffinity(0, sizeof(here), &here), 0);
      const cpu_set_t found = allowed_to_worker();
      EXPECT_TRUE(CPU_EQUAL(&found, &here)) << "nowhere else to go";
    }).join();
  }
  const cpu_set_t found = allowed_to_worker();
  EXPECT_EQ(CPU_COUNT(&found), std::max(1, CPU_COUNT(&allowed) - 1));
}

}  // namespace
}  // namespace assay
