// Progress of a test on standard error while it runs.

#ifndef ASSAY_CLI_PROGRESS_H_
#define ASSAY_CLI_PROGRESS_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "assay/clock.h"

#include "load/loadgen_test.h"

namespace assay {

// One line of it.
//
// `expected`  requests that the test will have, where that is known.
// Value: "performance  12/28 done, 8 running, 0 failed, 3.1 req/s, 402 tok/s, 5 s left".
[[nodiscard]] std::string ProgressLine(const std::string& test, const LoadCounters& counters,
                                       std::optional<std::uint64_t> expected, Nanos elapsed);

// Shows the line twice a second on a terminal, over itself, and every ten seconds elsewhere. Ends
// with the object.
class ProgressDisplay {
 public:
  ProgressDisplay(std::string test, const LoadCounters& counters,
                  std::optional<std::uint64_t> expected);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

 private:
  void Show(const std::stop_token& stop);
  void PrintLine(MonoTime now);

  const std::string test_;
  const LoadCounters& counters_;
  const std::optional<std::uint64_t> expected_;
  const bool terminal_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace assay

#endif  // ASSAY_CLI_PROGRESS_H_
