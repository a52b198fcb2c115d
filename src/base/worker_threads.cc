#include "base/worker_threads.h"

#include <algorithm>

#include <pthread.h>
#include <sched.h>

namespace assay {
namespace {

// Only a wish: without another processor, nothing changes.
void KeepOff(int processor, std::jthread* thread) {
  cpu_set_t allowed;
  if (processor < 0 || ::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  CPU_CLR(static_cast<std::size_t>(processor), &allowed);
  static_cast<void>(::pthread_setaffinity_np(thread->native_handle(), sizeof(allowed), &allowed));
}

}  // namespace

WorkerThreads::WorkerThreads(unsigned threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { Run(stop); });
  }
}

WorkerThreads WorkerThreads::BesideCaller() {
  return WorkerThreads(KeptOff{::sched_getcpu()});
}

WorkerThreads::WorkerThreads(KeptOff kept_off) : WorkerThreads(1U) {
  KeepOff(kept_off.processor, &threads_.front());
}

WorkerThreads::~WorkerThreads() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void WorkerThreads::Queue(std::function<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(task));
  }
  queued_.notify_one();
}

void WorkerThreads::Run(const std::stop_token& stop) {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      if (!queued_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      if (stop.stop_requested()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace assay
