// What served the endpoints of a run: what was started, and what each endpoint says of itself.

#ifndef ASSAY_RECORD_SERVER_RECORD_H_
#define ASSAY_RECORD_SERVER_RECORD_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/result.h"

#include "base/json.h"

namespace assay {

enum class ServerEnd {
  kRunning,       // no word of its end: it runs, or Assay was killed
  kStopped,       // by us
  kKilled,        // by us, after it had been told and had not ended
  kByItself,      // before it was told
  kKeeperKilled,  // somebody killed the process that kept it; what it kept was killed then
};
// "running", "stopped", "killed", "by itself", "keeper killed".
[[nodiscard]] std::string_view ServerEndName(ServerEnd end);

// A server that the run started (--serve).
struct StartedServer {
  std::string command;  // as given, for /bin/sh
  std::string started_utc;
  std::string log;                      // its output; relative to the run directory
  std::int64_t pid = 0;                 // of the shell; 0: it did not come to start
  std::optional<double> ready_seconds;  // from the start to the first answer; absent: never ready
  ServerEnd end = ServerEnd::kRunning;
  std::optional<int> exit_code;  // of the shell
  std::optional<int> signal;
  std::uint64_t processes_left = 0;  // that not even SIGKILL ended
  // Of all its processes together: the largest sum of resident sets that was seen, once a second,
  // and the user and system time of those that ended and were waited for. Absent: no word of its
  // end.
  std::optional<std::int64_t> peak_rss_bytes;
  std::optional<double> cpu_seconds;
  // What its log says, by name ("model memory" -> "12.66 GiB"); docs/formats.md lists them.
  std::vector<std::pair<std::string, std::string>> log_facts;
};

// What an endpoint's server says of itself before the run. Empty and absent: it does not say.
struct EndpointFacts {
  std::string url;
  std::string software;  // "vllm", "llama.cpp"
  std::string version;
  std::vector<std::string> models;  // ids of /v1/models
  std::optional<std::uint64_t> context_tokens;
  std::optional<bool> prefix_caching;  // by its own configuration
  bool metrics = false;                // /metrics answers with counters that are known here
  // Further settings, by the server's own names; order kept.
  std::vector<std::pair<std::string, std::string>> settings;
  // What was asked and not answered: path and reason.
  std::vector<std::pair<std::string, std::string>> unanswered;
};

// Totals since the server's start, from /metrics. Absent: the server does not count this.
struct ServerCounters {
  std::optional<double> prompt_tokens;  // computed and cached ones
  std::optional<double> generation_tokens;
  std::optional<double> cached_prompt_tokens;
  std::optional<double> prefix_queries;  // tokens looked up in the prefix cache
  std::optional<double> prefix_hits;
  std::optional<double> preemptions;
  std::optional<double> requests_finished;
  bool operator==(const ServerCounters&) const = default;
};

// One endpoint's counters around a test: after warm-up, and after the last answer.
struct EndpointCounters {
  std::string url;
  std::optional<ServerCounters> before;
  std::optional<ServerCounters> after;
};

// How far a counter went between the two readings, all endpoints together. nullopt: there are none,
// one does not tell, or it went back: that server was started anew.
[[nodiscard]] std::optional<double> CounterGrowth(std::span<const EndpointCounters> endpoints,
                                                  std::optional<double> ServerCounters::*counter);

// The "server" object of run.json.
struct ServerRecord {
  std::optional<StartedServer> started;
  std::vector<EndpointFacts> endpoints;
};

[[nodiscard]] Json ToJson(const ServerRecord& server);
[[nodiscard]] Result<ServerRecord> ServerRecordFromJson(const Json& json, const std::string& where);
[[nodiscard]] Json ToJson(const EndpointCounters& counters);
[[nodiscard]] Result<EndpointCounters> EndpointCountersFromJson(const Json& json,
                                                                const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_SERVER_RECORD_H_
