#include "cli/run_options.h"

#include <cmath>
#include <exception>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/file.h"
#include "base/format.h"
#include "dataset/bundled_sample.h"
#include "load/user_conf.h"
#include "rules/rounds.h"
#include "run/compliance.h"
#include "run/model_store.h"
#include "run/serve_command.h"

namespace assay {
namespace {

Error Usage(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

Status CheckPositive(const std::optional<double>& value, const char* option) {
  if (value && !(std::isfinite(*value) && *value > 0.0)) {
    return Usage(fmt::format("{} must be a number above 0, found {}", option, *value));
  }
  return Ok{};
}

Result<std::vector<TestKind>> TestsOf(const std::string& mode) {
  if (mode == "performance") return std::vector{TestKind::kPerformance};
  if (mode == "accuracy") return std::vector{TestKind::kAccuracy};
  if (mode == "both") return std::vector{TestKind::kPerformance, TestKind::kAccuracy};
  if (mode == "compliance") return std::vector{TestKind::kCompliance};
  if (mode == "all") {
    return std::vector{TestKind::kPerformance, TestKind::kAccuracy, TestKind::kCompliance};
  }
  return Usage(fmt::format(
      "--mode \"{}\" is not known; accepted: performance, accuracy, both, compliance, all", mode));
}

// "ttft:2000" and the like.
Result<GoodputLimits> ParseGoodput(const std::vector<std::string>& words) {
  GoodputLimits limits;
  for (const std::string& word : words) {
    const std::size_t colon = word.find(':');
    const std::string name = word.substr(0, colon);
    std::size_t used = 0;
    double ms = -1.0;
    if (colon != std::string::npos) {
      try {
        ms = std::stod(word.substr(colon + 1), &used);
      } catch (const std::exception&) {
        used = 0;
      }
    }
    if (colon == std::string::npos || used != word.size() - colon - 1 || !(ms >= 0.0) ||
        !std::isfinite(ms)) {
      return Usage(fmt::format("--goodput \"{}\": expected NAME:MILLISECONDS", word));
    }
    std::optional<double>* const limit = name == "ttft"   ? &limits.ttft_ms
                                         : name == "tpot" ? &limits.tpot_ms
                                         : name == "e2el" ? &limits.e2el_ms
                                                          : nullptr;
    if (limit == nullptr) {
      return Usage(fmt::format("--goodput \"{}\": accepted are ttft, tpot and e2el", word));
    }
    if (*limit) return Usage(fmt::format("--goodput: {} is given twice", name));
    *limit = ms;
  }
  return limits;
}

Status FillEndpoint(const RunOptions& options, RunConfig& config, Unrecorded& unrecorded) {
  // A large model may load for minutes.
  constexpr double kStartedReadySeconds = 600.0;
  if (!options.tokenizer) {
    return Usage(
        "--base-url needs --tokenizer PATH, the served model's own tokenizer: prompts and "
        "answers are counted by it");
  }
  EndpointOptions endpoint = options.endpoint;
  if (options.serve) {
    ASSAY_ASSIGN_OR_RETURN(ServeCommand serve,
                           PrepareServeCommand(*options.serve, endpoint.base_urls));
    endpoint.base_urls = std::move(serve.base_urls);
    unrecorded.serve = std::move(serve.command);
    if (!endpoint.ready_timeout_s) endpoint.ready_timeout_s = kStartedReadySeconds;
  }
  ASSAY_ASSIGN_OR_RETURN(EndpointSetup setup, MakeEndpointSetup(endpoint));
  config.endpoint = std::move(setup.config);
  unrecorded.secrets = std::move(setup.secrets);
  config.serve = WithoutSecret(unrecorded.serve, unrecorded.secrets.api_key);
  config.model = options.model.value_or("");
  config.tokenizer = fs::absolute(*options.tokenizer).string();
  return Ok{};
}

Status FillEngine(const RunOptions& options, RunConfig& config, Unrecorded& unrecorded) {
  const bool endpoint = !options.endpoint.base_urls.empty() || options.serve;
  config.engine = options.engine.value_or(options.script ? "scripted"
                                          : endpoint     ? "openai"
                                                         : "llama");
  if (config.engine != "llama" && config.engine != "openai" && config.engine != "scripted") {
    return Usage(fmt::format("--engine \"{}\" is not known; accepted: llama, openai, scripted",
                             config.engine));
  }
  if (endpoint != (config.engine == "openai")) {
    return Usage(endpoint ? "--base-url and --serve go with --engine openai"
                          : "--engine openai needs --base-url URL");
  }
  if (!endpoint && options.endpoint.any()) {
    return Usage("options of an endpoint were given without --base-url URL");
  }
  if (config.engine == "scripted" && !options.script) {
    return Usage("--engine scripted needs --script FILE");
  }
  if (config.engine != "scripted" && options.script) {
    return Usage("--script goes with --engine scripted");
  }
  if (endpoint) return FillEndpoint(options, config, unrecorded);
  fs::path model;
  if (config.engine == "llama" || !options.tokenizer) {
    ASSAY_ASSIGN_OR_RETURN(model, FindModel(options.model.value_or(std::string(kDefaultModel))));
  }
  if (config.engine == "llama") {
    config.model = model.string();
  } else {
    config.script = fs::absolute(*options.script).string();
  }
  config.tokenizer = options.tokenizer ? fs::absolute(*options.tokenizer).string() : model.string();
  config.llama = {options.gpu_layers, options.threads, options.slots, options.batch_tokens};
  return Ok{};
}

Status FillDataset(const RunOptions& options, RunConfig& config) {
  config.bundled_sample = !options.dataset;
  if (options.dataset) {
    config.dataset = fs::absolute(*options.dataset).string();
  } else {
    ASSAY_ASSIGN_OR_RETURN(const fs::path bundled, BundledSamplePath());
    config.dataset = bundled.string();
  }
  if (options.samples && *options.samples < 1) return Usage("--samples must be at least 1");
  config.samples = static_cast<std::uint64_t>(options.samples.value_or(0));
  return Ok{};
}

Status FillLimits(const RunOptions& options, RunConfig& config) {
  config.min_tokens = options.min_tokens;
  config.max_tokens = options.max_tokens;
  if (config.min_tokens < 0 || config.max_tokens < 1 || config.min_tokens > config.max_tokens) {
    return Usage(
        fmt::format("--min-tokens {} and --max-tokens {}: expected 0 <= min <= max, max >= 1",
                    config.min_tokens, config.max_tokens));
  }
  ASSAY_RETURN_IF_ERROR(CheckPositive(options.target_qps, "--target-qps"));
  ASSAY_RETURN_IF_ERROR(CheckPositive(options.expected_latency_ms, "--expected-latency"));
  config.target_qps = options.target_qps;
  config.expected_latency_ms = options.expected_latency_ms;
  constexpr double kLongest = 1e7;  // seconds: four months
  if (options.min_duration_s &&
      !(*options.min_duration_s >= 0.0 && *options.min_duration_s <= kLongest)) {
    return Usage(fmt::format("--min-duration must be a number of seconds from 0 to {}", kLongest));
  }
  config.min_duration_s = options.min_duration_s;
  ASSAY_ASSIGN_OR_RETURN(config.goodput, ParseGoodput(options.goodput));
  return Ok{};
}

// user.conf is checked here, before anything is loaded: LoadGen ignores what it does not
// understand.
Status FillRules(const RunOptions& options, RunConfig& config) {
  if (options.user_conf) {
    config.user_conf = fs::absolute(*options.user_conf).string();
    const Result<std::string> text = ReadFile(config.user_conf);
    if (!text) return Usage(text.error().message);
    const auto entries = ParseUserConf(*text, config.user_conf);
    if (!entries) return entries.error();
  }
  config.accept_unofficial = options.accept_unofficial;
  if (!options.rules) return Ok{};
  ASSAY_ASSIGN_OR_RETURN(const Round round, ParseRound(*options.rules));
  const RoundRules& rules = RulesOf(round);
  config.rules = std::string(rules.name);
  config.seeds = rules.seeds;
  if (RulesOf(RulesOf(rules, config.benchmark), config.scenario) == nullptr) {
    return Usage(fmt::format("--rules {}: {} has no scenario {}", rules.name,
                             BenchmarkName(config.benchmark), ScenarioTitle(config.scenario)));
  }
  return Ok{};
}

}  // namespace

void AddRunOptions(CLI::App& run, RunOptions& options) {
  run.add_option("--engine", options.engine, "llama (default), openai or scripted");
  run.add_option("--model", options.model,
                 "GGUF file, or the name of one that set-up made; an endpoint's name of its model");
  run.add_option("--script", options.script, "Script of the scripted engine");
  run.add_option("--gpu-layers", options.gpu_layers, "Layers on the GPU (default: all)");
  run.add_option("--threads", options.threads,
                 "Threads of the embedded engine (default: from the machine)");
  run.add_option("--slots", options.slots, "Sequences at the same time in the embedded engine");
  run.add_option("--batch-tokens", options.batch_tokens, "Prompt tokens computed at once");
  run.add_option("--benchmark", options.benchmark,
                 "llama3.1-8b or llama3.1-8b-edge (single stream: edge)");
  run.add_option("--scenario", options.scenario,
                 "offline (default), server, interactive, singlestream");
  run.add_option("--mode", options.mode,
                 "performance, accuracy, both (default), compliance (TEST06), or all three");
  run.add_option("--dataset", options.dataset,
                 "cnn_eval.json or JSON lines (default: the bundled sample)");
  run.add_option("--samples", options.samples, "Only the first so many samples (default: all)");
  run.add_option("--tokenizer", options.tokenizer,
                 "Tokenizer file or folder (default: the model's own)");
  run.add_option("--target-qps", options.target_qps, "Queries per second that LoadGen schedules");
  run.add_option("--expected-latency", options.expected_latency_ms,
                 "Single stream: expected latency in ms");
  run.add_option("--min-duration", options.min_duration_s, "Seconds that a test lasts at least");
  run.add_option("--user-conf", options.user_conf, "LoadGen's user.conf");
  run.add_option("--rules", options.rules, "Hold the run to a round's rules: v5.1, v6.0 or v6.1");
  run.add_flag("--accept-unofficial", options.accept_unofficial,
               "With --rules: go on although data set or model are not the benchmark's; the "
               "verdict stays invalid");
  run.add_option("--output", options.output,
                 "The run's directory (default: runs/<UTC time>-<scenario>)");
  run.add_option("--min-tokens", options.min_tokens, "New tokens at least (default: 1)");
  run.add_option("--max-tokens", options.max_tokens, "New tokens at most (default: 128)");
  run.add_option("--goodput", options.goodput, "Limits in ms: ttft:MS tpot:MS e2el:MS");
  run.add_option("--telemetry-hz", options.telemetry_hz,
                 "Samples of the machine per second while a test runs (default: 2; 0: none)");
  run.add_option("--cpu-latency-us", options.cpu_latency_us,
                 "Keep processors out of idle states that take more microseconds to leave (0: out "
                 "of all); costs power, needs write access to /dev/cpu_dma_latency");
  run.add_option("--format", options.format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  run.add_flag("--no-inputs", options.no_inputs,
               "Keep only hashes of articles, references and prompts");
  run.add_flag("--trace", options.trace, "Keep LoadGen's trace");
  run.add_flag("--quiet", options.quiet, "No progress");
  AddEndpointOptions(run, options.endpoint);
  run.add_option("--serve", options.serve,
                 "Command that starts the server, and is stopped after the run; {port} in it "
                 "becomes a free port where there is no --base-url");
}

Result<RunConfig> MakeRunConfig(const RunOptions& options, Unrecorded& unrecorded) {
  RunConfig config;
  ASSAY_ASSIGN_OR_RETURN(config.scenario, ParseScenario(options.scenario));
  config.benchmark = config.scenario == Scenario::kSingleStream ? BenchmarkId::kLlama31_8bEdge
                                                                : BenchmarkId::kLlama31_8b;
  if (options.benchmark) {
    ASSAY_ASSIGN_OR_RETURN(config.benchmark, ParseBenchmark(*options.benchmark));
  }
  ASSAY_ASSIGN_OR_RETURN(config.tests, TestsOf(options.mode));
  if (config.tests.back() == TestKind::kCompliance) config.compliance = kTest06;
  ASSAY_RETURN_IF_ERROR(FillEngine(options, config, unrecorded));
  ASSAY_RETURN_IF_ERROR(FillDataset(options, config));
  ASSAY_RETURN_IF_ERROR(FillLimits(options, config));
  ASSAY_RETURN_IF_ERROR(FillRules(options, config));
  if (!(options.telemetry_hz >= 0.0 && options.telemetry_hz <= kMaxTelemetryHz)) {
    return Usage(fmt::format("--telemetry-hz {}: expected 0 (none) to {}", options.telemetry_hz,
                             kMaxTelemetryHz));
  }
  config.telemetry_hz = options.telemetry_hz;
  if (options.cpu_latency_us.value_or(0) < 0) {
    return Usage(fmt::format("--cpu-latency-us {}: expected 0 or more", *options.cpu_latency_us));
  }
  config.cpu_latency_us = options.cpu_latency_us;
  config.keep_inputs = !options.no_inputs;
  config.trace = options.trace;
  return config;
}

}  // namespace assay
