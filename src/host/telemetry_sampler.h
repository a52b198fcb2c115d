// What the machine does while a test runs, sampled beside it.

#ifndef ASSAY_HOST_TELEMETRY_SAMPLER_H_
#define ASSAY_HOST_TELEMETRY_SAMPLER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "base/file.h"
#include "host/nvml_source.h"
#include "host/server_watch.h"
#include "record/telemetry.h"

namespace assay {

struct TelemetryOptions {
  double rate_hz = 2.0;  // above 0, at most kMaxTelemetryHz
  // Root of a server's processes on this machine; absent: the engine is in our own process, or on
  // another machine.
  std::optional<std::int64_t> engine_pid;
  std::vector<ServerSource> servers;        // that requests go to
  fs::path root = "/";                      // where proc/ and sys/ are
  std::string nvml_library = kNvmlLibrary;  // for dlopen(3)
};

inline constexpr double kMaxTelemetryHz = 100.0;
// Two in a second: a phase of ten seconds has twenty points, a CPU's times are known to 2 % of the
// interval, and no counter of power or use of a GPU is refreshed much more often.
inline constexpr double kDefaultTelemetryHz = 2.0;

// The sources that this machine has, open. Not thread-safe.
class TelemetryReader {
 public:
  explicit TelemetryReader(const TelemetryOptions& options);
  ~TelemetryReader();
  TelemetryReader(const TelemetryReader&) = delete;
  TelemetryReader& operator=(const TelemetryReader&) = delete;

  [[nodiscard]] const TelemetryHeader& header() const;
  // Reads every source into `sample`, whose memory is used again, but for its width and own cost.
  // What costs a file for each CPU, or a look at every process, is read once a second and once in
  // five seconds; servers are asked once a second, by a thread each.
  void Read(MonoTime now, TelemetrySample& sample);
  // CPU time of those threads.
  [[nodiscard]] std::int64_t servers_cpu_ns() const;

 private:
  struct Sources;
  std::unique_ptr<Sources> sources_;
};

// The next moment of a sample. Value: the first of start, start + interval, ... that is after
// `now`: what was missed is not made up for.
[[nodiscard]] MonoTime NextSample(MonoTime start, Nanos interval, MonoTime now);

// A thread that writes telemetry.jsonl, one write(2) a line, from construction until Stop.
class TelemetrySampler {
 public:
  // Creates `path`, which must not exist, and takes the first sample before it returns.
  // Errors: kIo. A source that is not there is none.
  static Result<std::unique_ptr<TelemetrySampler>> Start(const fs::path& path,
                                                         const TelemetryOptions& options);
  ~TelemetrySampler();
  TelemetrySampler(const TelemetrySampler&) = delete;
  TelemetrySampler& operator=(const TelemetrySampler&) = delete;

  // Takes a last sample and ends. Errors: kIo if a line could not be written: nothing was sampled
  // since. Idempotent, thread-safe.
  [[nodiscard]] Status Stop();

 private:
  struct State;
  explicit TelemetrySampler(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace assay

#endif  // ASSAY_HOST_TELEMETRY_SAMPLER_H_
