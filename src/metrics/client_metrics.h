// What the client of an endpoint did in a test: its delays, and how its threads got on.

#ifndef ASSAY_METRICS_CLIENT_METRICS_H_
#define ASSAY_METRICS_CLIENT_METRICS_H_

#include <optional>
#include <span>
#include <vector>

#include "assay/client_report.h"
#include "assay/thread_scheduling.h"

#include "base/json.h"
#include "metrics/distribution.h"
#include "record/journal.h"
#include "record/run_directory.h"

namespace assay {

struct ClientMetrics {
  // Nanoseconds. Requests that were sent: sent - scheduled.
  Distribution schedule_to_sent;
  // Of every read: from the arrival of its last byte, by the kernel, to the time stamp. Absent: no
  // read has a time of arrival.
  std::optional<DelayDistribution> read_delay;
  // The same where the kernel tells none: at most this long.
  std::optional<DelayDistribution> read_delay_bound;
  // Of the test's process; empty: the kernel does not tell.
  std::vector<ThreadScheduling> threads;
  // The most that one thread ran, as a share of the time over which it was counted.
  std::optional<double> busiest_thread;
  // Of the time that threads ran or could have run, the share in which no processor was free.
  std::optional<double> wait_share;
};

// `requests`  one test's journal, any order; `test`: the same test's record.
[[nodiscard]] ClientMetrics ComputeClientMetrics(std::span<const RequestRecord> requests,
                                                 const TestRecord& test);

// docs/formats.md, metrics.json: `client`. Microseconds.
[[nodiscard]] Json ToJson(const ClientMetrics& client);

}  // namespace assay

#endif  // ASSAY_METRICS_CLIENT_METRICS_H_
