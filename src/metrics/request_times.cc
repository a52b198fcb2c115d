#include "metrics/request_times.h"

#include <algorithm>
#include <cstddef>

#include "metrics/schedule.h"

namespace assay {

bool Completed(const RequestOutcome& outcome) {
  return !outcome.error && outcome.finish_reason != FinishReason::kError &&
         !outcome.token_ids.empty();
}

std::optional<std::int64_t> SentNanos(const RequestOutcome& outcome) {
  return outcome.sent ? std::optional(ToNanos(*outcome.sent)) : std::nullopt;
}

RequestTimes TimesOf(const RequestOutcome& outcome, std::int64_t scheduled_ns) {
  RequestTimes t;
  const std::optional<std::int64_t> sent = SentNanos(outcome);
  t.e2el = Elapsed(scheduled_ns, ToNanos(outcome.done));
  if (sent) t.e2el_from_send = Elapsed(*sent, ToNanos(outcome.done));
  if (!outcome.first_token) return t;
  const std::int64_t first = ToNanos(*outcome.first_token);
  t.ttft = Elapsed(scheduled_ns, first);
  if (sent) t.ttft_from_send = Elapsed(*sent, first);
  if (outcome.last_token && outcome.token_ids.size() > 1) {
    const auto gaps = static_cast<std::int64_t>(outcome.token_ids.size() - 1);
    t.tpot = Elapsed(first, ToNanos(*outcome.last_token)) / gaps;
  }
  return t;
}

std::vector<TokenChunk> TokenChunks(const RequestOutcome& outcome) {
  std::vector<TokenChunk> chunks;
  const std::size_t n = std::min(outcome.chunk_times.size(), outcome.chunk_tokens.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (outcome.chunk_tokens[i] > 0) {
      chunks.push_back({ToNanos(outcome.chunk_times[i]), outcome.chunk_tokens[i]});
    }
  }
  return chunks;
}

}  // namespace assay
