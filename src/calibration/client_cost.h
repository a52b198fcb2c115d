// What the client itself adds to the latencies it measures, and what it can drive: from runs
// against the null server, request by request. Pure functions of the two records.

#ifndef ASSAY_CALIBRATION_CLIENT_COST_H_
#define ASSAY_CALIBRATION_CLIENT_COST_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "metrics/distribution.h"
#include "null_server/request_log.h"
#include "record/journal.h"
#include "record/run_directory.h"

namespace assay {

// The journal's id in a value of X-Request-Id as the client writes it, "assay-<of the run>-<id>";
// nullopt: it is none.
[[nodiscard]] std::optional<std::uint64_t> JournalIdOf(std::string_view request_id);

// What the client added. Nanoseconds; requests that completed and stand in both records.
struct ClientCost {
  std::uint64_t requests = 0;
  std::uint64_t not_joined = 0;  // of the journal: failed, or without an answered line in the log
  // (first token - sent) by the client's clock, minus (first write - request read) by the server's.
  // Everything between is the client's: two trips through the kernel included.
  Distribution ttft_added;
  // The part of it behind the server's write: first token by the client - first write by the
  // server, on one host's clock. The other part is the request's way to the server, and holds the
  // server's own waiting for a processor.
  Distribution ttft_read;
  // |TPOT by the client - TPOT by the server|; answers with more than one write.
  Distribution tpot_error;
  Distribution send_delay;  // sent - scheduled
};

// Value: does not depend on the order of either record.
[[nodiscard]] ClientCost MeasureClientCost(std::span<const RequestRecord> journal,
                                           std::optional<std::int64_t> origin_not_before_ns,
                                           std::span<const ServedRequest> served);

// What the client could drive when nothing but itself, and the null server on this host, held it
// up.
struct ClientCapacity {
  std::uint64_t tokens = 0;  // of completed requests
  // From the first sending to the last end. Absent: nothing completed.
  std::optional<double> tokens_per_s;
  // Per second that the client's process was on a processor, LoadGen and the journal included.
  std::optional<double> tokens_per_cpu_s;
};
[[nodiscard]] ClientCapacity MeasureClientCapacity(std::span<const RequestRecord> journal,
                                                   double cpu_seconds);

}  // namespace assay

#endif  // ASSAY_CALIBRATION_CLIENT_COST_H_
