// Threads that are kept, for work that is given bit by bit.

#ifndef ASSAY_BASE_WORKER_THREADS_H_
#define ASSAY_BASE_WORKER_THREADS_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace assay {

// What a thread remembers between two pieces of work (the stems it has met, for one) is not found
// out anew for each. Start is for one thread only.
class WorkerThreads {
 public:
  // `threads`  0: as many as the machine has.
  explicit WorkerThreads(unsigned threads);
  // One thread that works while its caller does, and is kept off the processor that the caller is
  // on now, where there is another. Where idle processors look busy to the kernel, as in some
  // virtual machines, it would else wake them on one and have them take turns for milliseconds.
  [[nodiscard]] static WorkerThreads BesideCaller();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;
  // What has not been begun is dropped; what has is waited for.
  ~WorkerThreads();

  // Value: what work() will return. The order in which works begin is that of the calls.
  template <typename Work>
  [[nodiscard]] auto Start(Work work) {
    using Value = std::invoke_result_t<Work>;
    // A std::function must be copyable.
    const auto task = std::make_shared<std::packaged_task<Value()>>(std::move(work));
    std::future<Value> result = task->get_future();
    Queue([task] { (*task)(); });
    return result;
  }

 private:
  struct KeptOff {
    int processor;
  };
  explicit WorkerThreads(KeptOff kept_off);

  void Queue(std::function<void()> task);
  void Run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any queued_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace assay

#endif  // ASSAY_BASE_WORKER_THREADS_H_
