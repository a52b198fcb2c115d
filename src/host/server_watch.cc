#include "host/server_watch.h"

#include <utility>

#include "base/check.h"
#include "host/process_usage.h"

namespace assay {

ServerWatch::ServerWatch(ServerSource source, Nanos interval)
    : source_(std::move(source)), interval_(interval) {
  ASSAY_CHECK(interval.count() > 0);
  thread_ = std::thread([this] { Run(); });
}

ServerWatch::~ServerWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ServerWatch::Run() {
  MonoTime next = SteadyClock().Now();
  while (true) {
    std::optional<ServerLoadSample> answer = source_.read();
    const MonoTime now = SteadyClock().Now();
    std::unique_lock lock(mutex_);
    cpu_ns_ = ReadThreadCpuNanos();
    if (answer) {
      answer->t_ns = ToNanos(now);
      newest_ = answer;
    }
    next = now < next + interval_ ? next + interval_ : now;  // what was missed is not made up for
    if (wake_.wait_until(lock, next, [this] { return stopping_; })) return;
  }
}

std::optional<ServerLoadSample> ServerWatch::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(newest_, std::nullopt);
}

std::int64_t ServerWatch::cpu_ns() const {
  const std::lock_guard lock(mutex_);
  return cpu_ns_;
}

}  // namespace assay
