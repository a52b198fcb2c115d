// The options of `assay run` that say how an endpoint is asked.

#ifndef ASSAY_CLI_ENDPOINT_OPTIONS_H_
#define ASSAY_CLI_ENDPOINT_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/result.h"

#include "record/endpoint_config.h"
#include "run/endpoint_secrets.h"

namespace CLI {
class App;
}

namespace assay {

// As given on the command line.
struct EndpointOptions {
  std::vector<std::string> base_urls;
  std::optional<std::string> path, prompt_format, api_key_env, api_key_file, extra_body, ca_file;
  std::vector<std::string> headers;
  bool no_stream = false;
  bool insecure = false;
  bool no_calibration = false;
  std::optional<std::int64_t> max_concurrency, max_errors, retries, num_warmups, client_threads;
  std::optional<double> connect_timeout_s, first_token_timeout_s, token_timeout_s,
      request_timeout_s, ready_timeout_s;

  // Was anything given that only an endpoint has a use for?
  [[nodiscard]] bool any() const;
};

void AddEndpointOptions(CLI::App& run, EndpointOptions& options);

// What goes into the record, and what must not.
struct EndpointSetup {
  EndpointConfig config;
  EndpointSecrets secrets;
};
// Errors: kInvalidArgument, naming the option.
[[nodiscard]] Result<EndpointSetup> MakeEndpointSetup(const EndpointOptions& options);

// Overwrites the values of --header among the program's arguments, so that neither a record nor the
// process list shows them. Call after they were parsed.
void HideHeaderValues(int argc, char** argv);
// The same of options that are kept: `options` without the values of --header.
[[nodiscard]] std::vector<std::string> WithoutHeaderValues(std::vector<std::string> options);

}  // namespace assay

#endif  // ASSAY_CLI_ENDPOINT_OPTIONS_H_
