// Asks a server, beside the run, how busy it is.

#ifndef ASSAY_HOST_SERVER_WATCH_H_
#define ASSAY_HOST_SERVER_WATCH_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "assay/clock.h"

#include "record/telemetry.h"

namespace assay {

// One server that can be asked. `read` waits for the answer, a few seconds at most; its value:
// nullopt if none came that is understood; its time is not yet set.
struct ServerSource {
  std::string url;  // for records; without credentials
  std::function<std::optional<ServerLoadSample>()> read;
};

// A thread that asks one server again and again, so that one that is slow to answer keeps no other
// source waiting.
class ServerWatch {
 public:
  // `interval`  from one question to the next, above 0.
  ServerWatch(ServerSource source, Nanos interval);
  // Waits for the answer to the question that is under way.
  ~ServerWatch();
  ServerWatch(const ServerWatch&) = delete;
  ServerWatch& operator=(const ServerWatch&) = delete;

  // Thread-safe, both.

  // The newest answer since the last call; nullopt: none came.
  [[nodiscard]] std::optional<ServerLoadSample> Take();
  // CPU time of the thread up to its newest answer.
  [[nodiscard]] std::int64_t cpu_ns() const;

 private:
  void Run();

  ServerSource source_;
  Nanos interval_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::optional<ServerLoadSample> newest_;
  std::int64_t cpu_ns_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace assay

#endif  // ASSAY_HOST_SERVER_WATCH_H_
