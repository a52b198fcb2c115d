// Work on all elements of an array by several threads.

#ifndef ASSAY_SCORING_PARALLEL_H_
#define ASSAY_SCORING_PARALLEL_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace assay {

// Calls work(i) for every i below `n`, from `threads` threads; 0: as many as the machine has. Which
// thread has which i is left open.
template <typename Work>
void ForEachIndex(std::size_t n, unsigned threads, const Work& work) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next{0};
  const auto loop = [&] {
    for (std::size_t i = next.fetch_add(1); i < n; i = next.fetch_add(1)) work(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < std::min<std::size_t>(threads, n); ++t) others.emplace_back(loop);
  loop();
}

}  // namespace assay

#endif  // ASSAY_SCORING_PARALLEL_H_
