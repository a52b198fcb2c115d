// Keeps this machine's processors out of idle states that take long to leave.

#ifndef ASSAY_HOST_CPU_LATENCY_H_
#define ASSAY_HOST_CPU_LATENCY_H_

#include <cstdint>
#include <utility>

#include "assay/result.h"

#include "base/file.h"
#include "base/file_descriptor.h"

namespace assay {

// A request to the kernel that holds as long as the value lives. An idle processor then takes only
// idle states that it leaves within so many microseconds; with 0 it waits in a loop. A thread that
// waits for a socket is woken sooner, at the cost of power: the energy that is measured meanwhile
// holds it.
// Source: Documentation/power/pm_qos_interface.rst of Linux, /dev/cpu_dma_latency.
class CpuLatencyRequest {
 public:
  // REQUIRES: us >= 0. Errors: kIo, naming `device`: there is none, or this user may not write it.
  [[nodiscard]] static Result<CpuLatencyRequest> Hold(
      std::int32_t us, const fs::path& device = "/dev/cpu_dma_latency");

 private:
  explicit CpuLatencyRequest(FileDescriptor fd) : fd_(std::move(fd)) {}

  FileDescriptor fd_;  // the request ends when it is closed
};

}  // namespace assay

#endif  // ASSAY_HOST_CPU_LATENCY_H_
