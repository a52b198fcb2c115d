// Hand-made journal entries for the tests of this module.

#ifndef ASSAY_METRICS_TEST_REQUESTS_H_
#define ASSAY_METRICS_TEST_REQUESTS_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "record/journal.h"

namespace assay {

[[nodiscard]] constexpr std::int64_t Ms(std::int64_t ms) {
  return ms * 1'000'000;
}
[[nodiscard]] constexpr MonoTime AtMs(std::int64_t ms) {
  return FromNanos(Ms(ms));
}

// Sets the chunks (arrival in ms, tokens), the ids, the first and last token and the end. LoadGen
// is told 1 us later, which takes 10 us.
inline void SetAnswer(RequestRecord& request,
                      const std::vector<std::pair<std::int64_t, std::uint32_t>>& chunks,
                      std::int64_t done_ms) {
  RequestOutcome& o = request.outcome;
  for (const auto& [ms, tokens] : chunks) {
    o.chunk_times.push_back(AtMs(ms));
    o.chunk_tokens.push_back(tokens);
    o.token_ids.resize(o.token_ids.size() + tokens, TokenId{7});
  }
  o.first_token = AtMs(chunks.front().first);
  o.last_token = AtMs(chunks.back().first);
  o.done = AtMs(done_ms);
  request.told_first = {Ms(chunks.front().first) + 1'000, Ms(chunks.front().first) + 11'000};
  request.told_done = {Ms(done_ms) + 1'000, Ms(done_ms) + 11'000};
}

// Due `offset_ms` after the origin, issued and sent at these times; no answer yet.
inline RequestRecord Issued(std::uint64_t id, std::optional<std::int64_t> offset_ms,
                            std::int64_t issued_ms, std::int64_t sent_ms) {
  RequestRecord request;
  if (offset_ms) request.offset_ns = Ms(*offset_ms);
  request.issued_ns = Ms(issued_ms);
  request.outcome.id = id;
  request.outcome.sent = AtMs(sent_ms);
  request.outcome.done = AtMs(sent_ms);
  return request;
}

}  // namespace assay

#endif  // ASSAY_METRICS_TEST_REQUESTS_H_
