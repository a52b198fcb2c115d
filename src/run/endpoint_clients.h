// How a run asks its servers about themselves, beside what is measured.

#ifndef ASSAY_RUN_ENDPOINT_CLIENTS_H_
#define ASSAY_RUN_ENDPOINT_CLIENTS_H_

#include <chrono>
#include <string>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "host/server_watch.h"
#include "load/loadgen_test.h"
#include "record/endpoint_config.h"
#include "run/endpoint_secrets.h"
#include "server/probe.h"

namespace assay {

struct EndpointClient {
  std::string url;  // for records; without credentials
  HttpGet get;      // one at a time
};

// A server that is busy starting may take a while, one that hangs is not waited for.
inline constexpr Nanos kPatience = std::chrono::seconds(10);

// One for each base URL, with the key and the headers that its requests have.
// `timeout`  of each question.
// Errors: kInvalidArgument (URL, proxy, certificates); kUnavailable for a name without an address.
[[nodiscard]] Result<std::vector<EndpointClient>> MakeEndpointClients(
    const EndpointConfig& config, const EndpointSecrets& secrets, Nanos timeout = kPatience);

// Their counters, for a test's record. `clients` is copied.
[[nodiscard]] std::vector<CounterSource> CounterSources(const std::vector<EndpointClient>& clients);

// How busy they are, for telemetry, by clients of its own. Errors as of MakeEndpointClients.
[[nodiscard]] Result<std::vector<ServerSource>> ServerSources(const EndpointConfig& config,
                                                              const EndpointSecrets& secrets);

}  // namespace assay

#endif  // ASSAY_RUN_ENDPOINT_CLIENTS_H_
