// The latencies of one request, from its journal line.

#ifndef ASSAY_METRICS_REQUEST_TIMES_H_
#define ASSAY_METRICS_REQUEST_TIMES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "record/journal.h"

namespace assay {

// A request completed if it ended without an error and with at least one token; every other one
// that ended failed.
[[nodiscard]] bool Completed(const RequestOutcome& outcome);

// Nanoseconds. Absent where the record lacks an end of it.
struct RequestTimes {
  std::optional<std::int64_t> ttft;  // first token - scheduled
  std::optional<std::int64_t> ttft_from_send;
  std::int64_t e2el = 0;  // done - scheduled
  std::optional<std::int64_t> e2el_from_send;
  // (last token - first token) / (n - 1), whole nanoseconds; absent for n < 2 tokens.
  std::optional<std::int64_t> tpot;
};
[[nodiscard]] RequestTimes TimesOf(const RequestOutcome& outcome, std::int64_t scheduled_ns);

// When the request was sent; steady clock. Absent: never.
[[nodiscard]] std::optional<std::int64_t> SentNanos(const RequestOutcome& outcome);

// Tokens that arrived together.
struct TokenChunk {
  std::int64_t arrived_ns = 0;  // steady clock
  std::uint32_t tokens = 0;     // at least 1
};
// Value: the chunks of an answer that carry tokens, in the order of arrival.
[[nodiscard]] std::vector<TokenChunk> TokenChunks(const RequestOutcome& outcome);

}  // namespace assay

#endif  // ASSAY_METRICS_REQUEST_TIMES_H_
