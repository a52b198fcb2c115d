// What the client of an endpoint says of itself: its connections and its own delays.

#ifndef ASSAY_CLIENT_REPORT_H_
#define ASSAY_CLIENT_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace assay {

// Of many durations. Percentiles are the upper ends of buckets that are at most 1/32 wide, as a
// share of the value; the mean and the maximum are exact. All 0 where count is 0.
struct DelayDistribution {
  std::uint64_t count = 0;
  std::int64_t mean_ns = 0;
  std::int64_t p50_ns = 0;
  std::int64_t p90_ns = 0;
  std::int64_t p99_ns = 0;
  std::int64_t p999_ns = 0;
  std::int64_t max_ns = 0;
};

// The connections to one endpoint.
struct EndpointConnections {
  std::string endpoint;                // URL
  std::uint64_t opened_before = 0;     // before LoadGen's test
  std::uint64_t opened_during = 0;     // a request may have waited for it
  std::uint64_t closed_by_server = 0;  // between two requests; each was opened again
  DelayDistribution connect;           // TCP, and the proxy where there is one
  DelayDistribution tls;
};

struct ClientReport {
  std::uint64_t threads = 0;  // that read and write sockets
  std::uint64_t max_concurrency = 0;
  std::uint64_t peak_streams = 0;  // the most requests under way at one moment
  std::uint64_t retries = 0;
  std::vector<EndpointConnections> connections;
  // From readable to the time stamp, by the kernel's time of arrival: one a read.
  DelayDistribution read_delay;
  // The same where the kernel tells none (TLS, unix sockets): at most this long, because the
  // thread was busy with something else since.
  DelayDistribution read_delay_bound;
};

}  // namespace assay

#endif  // ASSAY_CLIENT_REPORT_H_
