#include "host/process_usage.h"

#include <sys/resource.h>

#include "base/check.h"

namespace assay {

ProcessUsage ReadProcessUsage() {
  rusage usage{};
  ASSAY_CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  constexpr std::int64_t kRssUnitBytes = 1024;
  return {usage.ru_maxrss * kRssUnitBytes, seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

}  // namespace assay
