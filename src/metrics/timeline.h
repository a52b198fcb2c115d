// The course of a test: what arrived and what was under way, bin by bin.

#ifndef ASSAY_METRICS_TIMELINE_H_
#define ASSAY_METRICS_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "record/journal.h"
#include "record/run_directory.h"

namespace assay {

struct TimelineBin {
  double output_tokens_per_s = 0.0;  // of completed requests, as they arrived
  double running = 0.0;              // requests between `sent` and their end, mean over the bin
  double waiting = 0.0;              // requests due and not yet sent, mean over the bin
};

struct Timeline {
  std::int64_t start_ns = 0;  // the first scheduled time; steady clock
  std::int64_t bin_ns = 1;    // 1, 2 or 5 times a power of ten
  std::int64_t end_ns = 0;    // the last end of a request: the last bin ends there
  std::vector<TimelineBin> bins;
};

// `requests`  one test's journal, any order; `test` its record.
// `most_bins` at least 2.
//
// Value: nullopt if nothing ended, or no time passed. A request that was never sent waits until its
// end.
[[nodiscard]] std::optional<Timeline> TimelineOf(std::span<const RequestRecord> requests,
                                                 const TestRecord& test, std::size_t most_bins);

}  // namespace assay

#endif  // ASSAY_METRICS_TIMELINE_H_
