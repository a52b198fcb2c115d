// When each request was due: LoadGen's schedule, recovered from the journal.

#ifndef ASSAY_METRICS_SCHEDULE_H_
#define ASSAY_METRICS_SCHEDULE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "record/journal.h"

namespace assay {

// LoadGen starts its schedule at a moment that it tells nobody. It lies between two that are known:
// the last callback before LoadGen issues, and the smallest of issue time - offset, since nothing
// is issued before it is due. The later bound is the estimate, so latencies counted from it are too
// small by at most the distance of the two.
struct Schedule {
  // Steady clock: min(issued - offset); a request without an offset counts with offset 0. Absent:
  // no requests.
  std::optional<std::int64_t> origin_ns;
  // origin_ns - the earlier bound. Absent: there is no estimate, the earlier bound is not known, or
  // it is later than the estimate.
  std::optional<std::int64_t> origin_width_ns;
  // Some request has an offset. Otherwise each is due when it is issued, and the origin's width
  // makes no latency uncertain.
  bool has_offsets = false;
  // The earlier bound is later than a request's issue allows: the record contradicts itself.
  bool contradictory = false;
  // Parallel to the requests: origin + offset, or the issue time where there is no offset.
  std::vector<std::int64_t> scheduled_ns;
};

// `requests`               any order.
// `origin_not_before_ns`   TestRecord's.
[[nodiscard]] Schedule RecoverSchedule(std::span<const RequestRecord> requests,
                                       std::optional<std::int64_t> origin_not_before_ns);

// later - earlier. Value: held at the ends of the type where it does not fit, which only damaged
// records reach.
[[nodiscard]] std::int64_t Elapsed(std::int64_t earlier_ns, std::int64_t later_ns);

}  // namespace assay

#endif  // ASSAY_METRICS_SCHEDULE_H_
