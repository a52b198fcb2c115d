// What a server says of itself: its model, limits, version, settings and counters.

#ifndef ASSAY_SERVER_PROBE_H_
#define ASSAY_SERVER_PROBE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "record/server_record.h"
#include "record/telemetry.h"
#include "server/prometheus.h"

namespace assay {

struct HttpAnswer {
  int status = 0;
  std::string body;
};
// GET of a path at one server. Errors: no answer came.
using HttpGet = std::function<Result<HttpAnswer>(const std::string& path)>;

// Does it answer, and is it done loading? GET /health; where that is not known, /v1/models, of
// which any answer but an error of the server will do. Errors: kUnavailable, saying what came
// instead.
[[nodiscard]] Status CheckReady(const HttpGet& get);

// Asks /v1/models, /version, /props and /metrics. Never an error: what is not answered stands in
// `unanswered` and is absent.
//
// `url` for the record; without credentials.
[[nodiscard]] EndpointFacts ProbeEndpoint(const std::string& url, const HttpGet& get);

// The counters now. nullopt: no /metrics, or none that is known here (vLLM's, llama-server's).
[[nodiscard]] std::optional<ServerCounters> ReadCounters(const HttpGet& get);
[[nodiscard]] std::optional<ServerCounters> CountersOf(
    const std::vector<PrometheusSample>& samples);

// How busy the server is now; without its time. nullopt: no /metrics, or none that is known here
// (vLLM's, llama-server's, SGLang's).
[[nodiscard]] std::optional<ServerLoadSample> ReadLoad(const HttpGet& get);
[[nodiscard]] std::optional<ServerLoadSample> LoadOf(const std::vector<PrometheusSample>& samples);

}  // namespace assay

#endif  // ASSAY_SERVER_PROBE_H_
