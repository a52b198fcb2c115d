// The options of `assay run`, and the configuration that they ask for.

#ifndef ASSAY_CLI_RUN_OPTIONS_H_
#define ASSAY_CLI_RUN_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/result.h"

#include "cli/endpoint_options.h"
#include "dataset/prompt.h"
#include "host/telemetry_sampler.h"
#include "record/run_config.h"
#include "rules/rounds.h"
#include "run/endpoint_secrets.h"

namespace CLI {
class App;
}

namespace assay {

// As given on the command line, before anything is checked or filled in.
struct RunOptions {
  std::optional<std::string> engine, model, script, benchmark, dataset, tokenizer, rules, user_conf,
      output;
  std::string scenario = "offline";
  std::string mode = "both";
  std::string format = "text";
  std::optional<std::int64_t> gpu_layers, threads, slots, batch_tokens, samples;
  std::int32_t min_tokens = kMinNewTokens;
  std::int32_t max_tokens = kMaxNewTokens;
  std::optional<double> target_qps, min_duration_s, expected_latency_ms;
  double telemetry_hz = kDefaultTelemetryHz;
  std::optional<std::int32_t> cpu_latency_us;
  std::vector<std::string> goodput;
  bool accept_unofficial = false;
  EndpointOptions endpoint;
  std::optional<std::string> serve;
  bool no_inputs = false;
  bool trace = false;
  bool quiet = false;
  std::vector<std::string> command;
};

void AddRunOptions(CLI::App& run, RunOptions& options);

// What goes with the configuration and into no record.
struct Unrecorded {
  EndpointSecrets secrets;
  std::string serve;  // the command, keys and all; empty: none
};

// Checks the options and fills in what was not given; reads user.conf, nothing else. `unrecorded`
// gets the secrets. Errors: kInvalidArgument, naming the option.
[[nodiscard]] Result<RunConfig> MakeRunConfig(const RunOptions& options, Unrecorded& unrecorded);

}  // namespace assay

#endif  // ASSAY_CLI_RUN_OPTIONS_H_
