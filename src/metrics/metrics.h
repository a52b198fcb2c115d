// The numbers of one test, computed from its record. docs/metrics.md defines each of them.

#ifndef ASSAY_METRICS_METRICS_H_
#define ASSAY_METRICS_METRICS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/distribution.h"
#include "metrics/request_times.h"
#include "record/journal.h"
#include "record/run_config.h"
#include "record/run_directory.h"

namespace assay {

struct RequestCounts {
  // What the test's own process counted. Absent: it did not reach its end.
  std::optional<std::uint64_t> issued;
  std::uint64_t ended = 0;  // in the journal: completed + failed
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t duplicate_ids = 0;                // journal lines with the id of another one
  std::map<std::string, std::uint64_t> failures;  // by kind; "no_tokens" where no error says it
  std::map<std::string, std::uint64_t> finish_reasons;  // "stop", "length"; completed ones
};

// Another count of the output tokens than the ids': "chunks" (of a streamed answer), or what the
// server said.
struct TokenSource {
  std::string name;
  std::uint64_t requests = 0;                  // that have this count
  std::uint64_t tokens = 0;                    // its sum
  std::uint64_t disagreements = 0;             // requests in which it is not the number of ids
  std::vector<std::uint64_t> disagreeing_ids;  // of these requests, ascending, the first few
};

// Where the token counts come from. Completed requests only.
struct TokenLedger {
  std::uint64_t ids_from_engine = 0;  // requests
  std::uint64_t ids_derived = 0;
  std::vector<TokenSource> sources;  // by name
  std::uint64_t disagreeing_requests = 0;
  std::optional<std::uint64_t> first_disagreeing_id;  // the smallest
  // By the servers' own counters, before and after the test, whatever ended: of all endpoints
  // together. Absent: one does not count.
  std::optional<double> server_output_tokens;
  std::optional<double> server_prompt_tokens;
  std::optional<double> server_cached_tokens;  // of the prompts'
};

struct Metrics {
  TestKind test = TestKind::kPerformance;
  RequestCounts counts;

  // From the first scheduled time to the last end of any request, failed ones too. Absent: nothing
  // ended, or no time passed.
  std::optional<double> duration_s;
  // How much too small latencies from the scheduled time can be (metrics/schedule.h). Zero where
  // requests are due when they are issued; absent: not known.
  std::optional<double> schedule_uncertainty_ns;
  bool schedule_contradictory = false;
  // Requests per second as scheduled and as issued: (n - 1) / (last - first). Absent unless they
  // are scheduled at different times.
  std::optional<double> scheduled_rate;
  std::optional<double> issued_rate;

  // Sums over completed requests; absent where none completed.
  std::optional<std::uint64_t> total_input_tokens;
  std::optional<std::uint64_t> total_output_tokens;
  // Unicode characters of the decoded answers; absent unless they are known for all completed ones.
  std::optional<std::uint64_t> total_output_characters;
  std::uint64_t failed_output_tokens = 0;  // made by requests that failed; in no other figure

  // Per second of duration_s.
  std::optional<double> request_throughput;
  std::optional<double> input_throughput;
  std::optional<double> output_throughput;
  std::optional<double> total_token_throughput;
  // The most output tokens that arrived in one second, of whole seconds after the first scheduled
  // time. Completed requests.
  std::optional<double> max_output_tokens_per_s;
  // The most requests between `sent` and their end at one moment. Absent: none was sent.
  std::optional<std::uint64_t> max_concurrent_requests;

  // Nanoseconds; completed requests.
  Distribution ttft;  // first token - scheduled
  Distribution e2el;  // done - scheduled
  Distribution ttft_from_send;
  Distribution e2el_from_send;
  // (last token - first token) / (n - 1); requests with n > 1 tokens.
  Distribution tpot;
  // Gaps between tokens. The gap before a chunk of k tokens counts as k gaps of a k-th of it; those
  // inside an answer's first chunk are not known and left out.
  Distribution itl;
  std::uint64_t itl_spread = 0;   // of itl.count, gaps that were spread so
  std::uint64_t itl_unknown = 0;  // gaps left out
  std::uint64_t itl_untold =
      0;  // completed requests left out: their chunks do not add up to the ids
  std::uint64_t without_first_token_time = 0;  // completed requests that are not in ttft

  Distribution input_tokens;  // per completed request
  Distribution output_tokens;
  Distribution output_characters;                      // of those whose characters are known
  Distribution tokens_per_chunk;                       // chunks with at least one token
  std::map<std::uint32_t, std::uint64_t> chunk_sizes;  // tokens -> chunks

  // Our own delays, nanoseconds; every request that ended.
  Distribution issue_delay;       // issued - scheduled
  Distribution send_delay;        // sent - issued
  Distribution told_first_delay;  // LoadGen told - first token; requests that have one
  Distribution told_done_delay;   // LoadGen told - done

  // Requests within all given limits, of completed ones. Absent: no limits were given.
  std::optional<std::uint64_t> good_requests;
  std::optional<double> request_goodput;  // per second
  GoodputLimits goodput_limits;

  TokenLedger ledger;

  // Of the test's process, at its end. Absent: it did not reach its end.
  std::optional<std::int64_t> peak_rss_bytes;
  std::optional<double> cpu_seconds;
};

// `requests`    one test's journal, any order.
// `test`        the same test's record.
// `limits`      for goodput.
// `characters`  of the decoded answers, parallel to `requests`; empty: not known.
//
// Value: does not depend on the order of `requests`.
[[nodiscard]] Metrics ComputeMetrics(std::span<const RequestRecord> requests,
                                     const TestRecord& test, const GoodputLimits& limits,
                                     std::span<const std::optional<std::uint64_t>> characters = {});

}  // namespace assay

#endif  // ASSAY_METRICS_METRICS_H_
