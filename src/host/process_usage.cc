#include "host/process_usage.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <sys/resource.h>

#include "base/check.h"
#include "base/file.h"

namespace assay {
namespace {

constexpr std::int64_t kKib = 1024;

// Absent where there is no /proc.
std::optional<std::int64_t> PeakRssFromProc() {
  const Result<std::string> status = ReadFile("/proc/self/status");
  if (!status) return std::nullopt;
  constexpr std::string_view kKey = "VmHWM:";
  std::size_t at = status->find(kKey);
  if (at == std::string::npos) return std::nullopt;
  at = status->find_first_not_of(" \t", at + kKey.size());
  if (at == std::string::npos) return std::nullopt;
  std::int64_t kib = 0;
  const auto [end, error] =
      std::from_chars(status->data() + at, status->data() + status->size(), kib);
  return error == std::errc() ? std::optional(kib * kKib) : std::nullopt;
}

}  // namespace

ProcessUsage ReadProcessUsage() {
  rusage usage{};
  ASSAY_CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return {PeakRssFromProc().value_or(usage.ru_maxrss * kKib),
          seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

std::int64_t ReadThreadCpuNanos() {
  rusage usage{};
  ASSAY_CHECK(getrusage(RUSAGE_THREAD, &usage) == 0);
  const auto nanos = [](const timeval& t) {
    return std::int64_t{t.tv_sec} * 1'000'000'000 + std::int64_t{t.tv_usec} * 1'000;
  };
  return nanos(usage.ru_utime) + nanos(usage.ru_stime);
}

}  // namespace assay
