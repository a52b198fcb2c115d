#include "host/cpu_latency.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/format.h"

namespace assay {

Result<CpuLatencyRequest> CpuLatencyRequest::Hold(std::int32_t us, const fs::path& device) {
  ASSAY_CHECK(us >= 0);
  FileDescriptor fd(::open(device.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0 || ::write(fd.get(), &us, sizeof(us)) != sizeof(us)) {
    return MakeError(ErrorCode::kIo, "{}: cannot keep processors out of idle states: {}",
                     device.string(), std::generic_category().message(errno));
  }
  return CpuLatencyRequest(std::move(fd));
}

}  // namespace assay
