// What this process has used so far.

#ifndef ASSAY_HOST_PROCESS_USAGE_H_
#define ASSAY_HOST_PROCESS_USAGE_H_

#include <cstdint>

namespace assay {

struct ProcessUsage {
  std::int64_t peak_rss_bytes = 0;  // largest resident set since the program was started
  double cpu_seconds = 0.0;         // user and system, all threads
};

// Source: VmHWM in proc(5), and getrusage(2), RUSAGE_SELF. Not getrusage for the memory: its
// maximum survives exec(2), so a child would report what its parent held. Thread-safe.
[[nodiscard]] ProcessUsage ReadProcessUsage();

// User and system time of the calling thread, in nanoseconds, to the microsecond.
// Source: getrusage(2), RUSAGE_THREAD.
[[nodiscard]] std::int64_t ReadThreadCpuNanos();

}  // namespace assay

#endif  // ASSAY_HOST_PROCESS_USAGE_H_
