// How a run asks its servers about themselves, outside the measurement.

#ifndef ASSAY_RUN_ENDPOINT_CLIENTS_H_
#define ASSAY_RUN_ENDPOINT_CLIENTS_H_

#include <string>
#include <vector>

#include "assay/result.h"

#include "load/loadgen_test.h"
#include "record/endpoint_config.h"
#include "run/endpoint_secrets.h"
#include "server/probe.h"

namespace assay {

struct EndpointClient {
  std::string url;  // for records; without credentials
  HttpGet get;      // one at a time
};

// One for each base URL, with the key and the headers that its requests have.
// Errors: kInvalidArgument (URL, proxy, certificates); kUnavailable for a name without an address.
[[nodiscard]] Result<std::vector<EndpointClient>> MakeEndpointClients(
    const EndpointConfig& config, const EndpointSecrets& secrets);

// Their counters, for a test's record. `clients` is copied.
[[nodiscard]] std::vector<CounterSource> CounterSources(const std::vector<EndpointClient>& clients);

}  // namespace assay

#endif  // ASSAY_RUN_ENDPOINT_CLIENTS_H_
