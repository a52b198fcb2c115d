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
  CpuLatencyRequest request(::open(device.c_str(), O_WRONLY | O_CLOEXEC));
  if (request.fd_ < 0 || ::write(request.fd_, &us, sizeof(us)) != sizeof(us)) {
    return MakeError(ErrorCode::kIo, "{}: cannot keep processors out of idle states: {}",
                     device.string(), std::generic_category().message(errno));
  }
  return request;
}

CpuLatencyRequest::CpuLatencyRequest(CpuLatencyRequest&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

CpuLatencyRequest& CpuLatencyRequest::operator=(CpuLatencyRequest&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

CpuLatencyRequest::~CpuLatencyRequest() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace assay
