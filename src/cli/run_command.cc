#include "cli/run_command.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "assay/clock.h"

#include "base/format.h"
#include "base/hash.h"
#include "cli/before_run.h"
#include "cli/endpoint_options.h"
#include "cli/exit_code.h"
#include "cli/report_command.h"
#include "cli/test_process.h"
#include "dataset/bundled_sample.h"
#include "dataset/prompt.h"
#include "host/fitness.h"
#include "host/host_info.h"
#include "host/machine_peak.h"
#include "host/telemetry_sampler.h"
#include "load/user_conf.h"
#include "record/run_directory.h"
#include "rules/rounds.h"
#include "run/calibrate.h"
#include "run/compliance.h"
#include "run/endpoint_clients.h"
#include "run/inputs.h"
#include "run/model_store.h"
#include "run/serve_command.h"
#include "run/server_session.h"
#include "run/supervisor.h"

namespace assay {
namespace {

constexpr const char* kTestVerb = "run-test";

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
  std::vector<std::string> goodput;
  bool accept_unofficial = false;
  EndpointOptions endpoint;
  std::optional<std::string> serve;
  bool no_inputs = false;
  bool trace = false;
  bool quiet = false;
  std::vector<std::string> command;
};

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
    if (name == "ttft") {
      limits.ttft_ms = ms;
    } else if (name == "tpot") {
      limits.tpot_ms = ms;
    } else if (name == "e2el") {
      limits.e2el_ms = ms;
    } else {
      return Usage(fmt::format("--goodput \"{}\": accepted are ttft, tpot and e2el", word));
    }
  }
  return limits;
}

// What goes with the configuration and into no record.
struct Unrecorded {
  EndpointSecrets secrets;
  std::string serve;  // the command, keys and all; empty: none
};

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
  if (config.engine == "scripted" && !options.script)
    return Usage("--engine scripted needs --script FILE");
  if (config.engine != "scripted" && options.script)
    return Usage("--script goes with --engine scripted");
  if (endpoint) return FillEndpoint(options, config, unrecorded);
  ASSAY_ASSIGN_OR_RETURN(const fs::path model,
                         FindModel(options.model.value_or(std::string(kDefaultModel))));
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
  if (options.min_duration_s &&
      !(std::isfinite(*options.min_duration_s) && *options.min_duration_s >= 0.0)) {
    return Usage("--min-duration must be a number of seconds, at least 0");
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

Result<RunConfig> MakeConfig(const RunOptions& options, Unrecorded& unrecorded) {
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
  config.keep_inputs = !options.no_inputs;
  config.trace = options.trace;
  return config;
}

// The run's directory: made now, empty, never one that is there already with something in it.
Result<fs::path> MakeRunDirectory(const RunOptions& options, const RunConfig& config) {
  const fs::path dir = fs::absolute(
      options.output ? fs::path(*options.output)
                     : fs::path("runs") / fmt::format("{}-{}", FormatUtcCompact(WallNow()),
                                                      ScenarioName(config.scenario)));
  std::error_code error;
  if (fs::exists(dir, error) && !fs::is_empty(dir, error)) {
    return Usage(fmt::format("{}: is there already and not empty; a run never overwrites another",
                             dir.string()));
  }
  ASSAY_RETURN_IF_ERROR(MakeDirectories(dir));
  return dir;
}

// A shorter look at the load of others than the doctor's: a run is not to wait for it.
FitnessOptions FitnessAtStart(const RunConfig& config) {
  FitnessOptions options;
  options.watched = std::chrono::milliseconds(250);
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(config.model, error);
  if (!config.model.empty() && !error) options.model_bytes = bytes;
  return options;
}

// What the machine can do at most, by as many threads as the engine had: where an engine of our own
// ran on the processors, and something beside the run was asked for. After the tests, which it
// cannot disturb there.
void AddPeak(const fs::path& dir, RunRecord& record) {
  if (record.interrupted || record.config.telemetry_hz == 0.0) return;
  for (const TestEnd& end : record.tests) {
    const auto test = ReadTestRecord(dir, end.test);
    if (!test || !*test || !(*test)->engine) continue;
    const EngineInfo& engine = *(*test)->engine;
    if (!engine.costs || engine.layers_on_gpu > 0) continue;
    PeakOptions options;
    for (const auto& [name, value] : engine.settings) {
      if (name == "threads")
        std::from_chars(value.data(), value.data() + value.size(), options.threads);
    }
    options.last_level_cache_bytes = LastLevelCacheBytes(record.host);
    record.host["peak"] =
        ToJson(MeasurePeak(options, SteadyClock()), options.last_level_cache_bytes);
    return;
  }
}

RunRecord BeginRecord(const RunOptions& options, const RunConfig& config, const RunInputs& inputs) {
  RunRecord record;
  record.assay_version = ASSAY_VERSION;
  record.build = ASSAY_BUILD_DESCRIPTION;
  record.command = options.command;
  record.started_utc = FormatUtc(WallNow());
  record.config = config;
  record.host = CollectHostInfo();
  record.host["fitness"] = ToJson(CheckFitness(FitnessAtStart(config)));
  record.dataset = DatasetRecordOf(config, inputs);
  record.tokenizer = inputs.tokenizer->identity();
  record.prompt_template_sha256 = Sha256Hex(kPromptTemplate);
  for (const TestKind test : config.tests) record.tests.push_back({test, "running", {}, {}, ""});
  return record;
}

// Did the test stop before LoadGen issued anything?
bool NothingMeasured(const fs::path& dir, const TestEnd& end) {
  std::error_code error;
  const fs::path journal = TestDirectory(dir, end.test) / "requests.jsonl";
  return end.outcome == "failed" && (!fs::exists(journal, error) || fs::file_size(journal) == 0);
}

// Between two questions whether a server is ready.
constexpr Nanos kReadyPause = std::chrono::milliseconds(200);

// The servers of a run over connections; nullopt where there are none.
Result<std::optional<ServerSession>> MakeServerSession(const RunConfig& config,
                                                       const Unrecorded& unrecorded,
                                                       const fs::path& dir) {
  if (!config.endpoint) return std::optional<ServerSession>();
  ASSAY_ASSIGN_OR_RETURN(auto clients, MakeEndpointClients(*config.endpoint, unrecorded.secrets));
  const std::chrono::duration<double> limit(config.endpoint->ready_timeout_s);
  return std::optional<ServerSession>(
      std::in_place,
      ServerSession::Options{.command = unrecorded.serve,
                             .run_dir = dir,
                             .recorded_command = config.serve,
                             .endpoints = std::move(clients),
                             .ready_timeout = std::chrono::duration_cast<Nanos>(limit),
                             .pause = [] { return BlockedSignals::CameWithin(kReadyPause); }});
}

// A run whose servers did not come up has measured nothing. What is kept is the log of one that it
// started.
int FailWithoutServer(const fs::path& dir, RunRecord& record, const Error& error) {
  if (!record.server || !record.server->started) {
    fs::remove_all(dir);
    return Fail(error);
  }
  record.interrupted = error.code == ErrorCode::kInterrupted;
  for (TestEnd& test : record.tests) {
    test.outcome = "failed";
    test.message = "the server did not come up";
  }
  record.ended_utc = FormatUtc(WallNow());
  const Status written = WriteRunRecord(dir, record);
  return Fail(written ? error : written.error());
}

Result<TestEnd> RunOneTest(const RunOptions& options, const fs::path& dir, TestKind test,
                           int headers, std::optional<ServerSession>& servers) {
  if (servers) {
    if (const auto lost = servers->Lost()) return TestEnd{test, "failed", {}, {}, *lost};
  }
  std::vector<std::string> arguments{kTestVerb, dir.string(), std::string(TestDirectoryName(test))};
  if (options.quiet) arguments.emplace_back("--quiet");
  if (headers >= 0) arguments.push_back(fmt::format("--headers-fd={}", headers));
  return SuperviseTest(dir, test, arguments);
}

// Runs the tests one after the other, keeping run.json true. Value: nullopt, or the exit code of a
// run that is over: nothing was measured, or the record could not be written.
std::optional<int> RunTests(const RunOptions& options, const fs::path& dir, int headers,
                            std::optional<ServerSession>& servers, RunRecord& record) {
  for (TestEnd& test : record.tests) {
    const Result<TestEnd> end = RunOneTest(options, dir, test.test, headers, servers);
    if (!end) return Fail(end.error());
    test = *end;
    const bool first = &test == &record.tests.front();
    if (first && test.exit_code && NothingMeasured(dir, test)) {
      servers.reset();
      fs::remove_all(dir);
      return *test.exit_code;
    }
    record.interrupted = test.outcome == "interrupted";
    Status written = WriteRunRecord(dir, record);
    if (written && test.test == TestKind::kCompliance) {
      written = WriteTest06Text(dir, record.config.scenario);
    }
    if (!written) return Fail(written.error());
    if (record.interrupted) break;
  }
  return std::nullopt;
}

// Value: false if a signal came.
Result<bool> CalibrateAndSay(const fs::path& dir, const RunRecord& record, bool quiet) {
  if (!quiet) fmt::print(stderr, "assay: measuring the client against the null server\n");
  return Calibrate(dir, record, kTestVerb);
}

int Measure(const RunOptions& options, const Unrecorded& unrecorded, const fs::path& dir,
            RunRecord& record) {
  const Result<int> headers = ShareHeaders(unrecorded.secrets);
  if (!headers) return Fail(headers.error());
  const BlockedSignals blocked;
  Result<std::optional<ServerSession>> servers = MakeServerSession(record.config, unrecorded, dir);
  Status ready = servers ? Status(Ok{}) : servers.error();
  if (ready && *servers) {
    ready = (*servers)->Begin();
    record.server = (*servers)->record();
  }
  if (!ready) return FailWithoutServer(dir, record, ready.error());
  Status written = WriteRunRecord(dir, record);
  if (!written) return Fail(written.error());
  if (const auto stop = WarmUpRun(dir, record, options.format, *headers)) {
    servers->reset();
    fs::remove_all(dir);
    return *stop;
  }
  if (record.config.endpoint && !options.endpoint.no_calibration) {
    const Result<bool> done = CalibrateAndSay(dir, record, options.quiet);
    if (!done) return Fail(done.error());
    record.interrupted = !*done;
  }
  if (!record.interrupted) {
    if (const auto code = RunTests(options, dir, *headers, *servers, record)) return *code;
  }
  if (*servers) record.server = (*servers)->End();
  AddPeak(dir, record);
  record.ended_utc = FormatUtc(WallNow());
  written = WriteRunRecord(dir, record);
  if (written) written = WriteManifest(dir);
  if (!written) return Fail(written.error());
  const int code = Report(dir, options.format);
  if (!record.interrupted) return code;
  fmt::print(stderr, "assay: interrupted; what was recorded is kept: assay report {}\n",
             dir.string());
  return kExitFailed;
}

int Run(const RunOptions& options) {
  Unrecorded unrecorded;
  Result<RunConfig> made = MakeConfig(options, unrecorded);
  if (!made) return Fail(made.error());
  RunConfig config = std::move(*made);
  const Result<RunInputs> inputs = LoadInputs(config);
  if (!inputs) return Fail(inputs.error());
  config.samples = inputs->prompts.size();
  RunRecord record = BeginRecord(options, config, *inputs);
  if (const auto stop = LintRun(record, *inputs, options.format)) return *stop;
  const Result<fs::path> dir = MakeRunDirectory(options, config);
  if (!dir) return Fail(dir.error());
  for (std::string& word : record.command)
    word = WithoutSecret(std::move(word), unrecorded.secrets.api_key);
  Status written = WriteRunRecord(*dir, record);
  if (written) written = WriteInputs(*dir, config, *inputs);
  if (!written) return Fail(written.error());
  return Measure(options, unrecorded, *dir, record);
}

}  // namespace

void AddRunCommand(CLI::App& app, int argc, char** argv, int& code) {
  CLI::App* run = app.add_subcommand(
      "run", "One measured run; without options the bundled sample, offline, both tests");
  const auto o = std::make_shared<RunOptions>();
  run->fallthrough();  // --config stands behind the verb too
  run->add_option("--engine", o->engine, "llama (default), openai or scripted");
  run->add_option(
      "--model", o->model,
      "GGUF file, or the name of one that set-up made; an endpoint's name of its model");
  run->add_option("--script", o->script, "Script of the scripted engine");
  run->add_option("--gpu-layers", o->gpu_layers, "Layers on the GPU (default: all)");
  run->add_option("--threads", o->threads,
                  "Threads of the embedded engine (default: from the machine)");
  run->add_option("--slots", o->slots, "Sequences at the same time in the embedded engine");
  run->add_option("--batch-tokens", o->batch_tokens, "Prompt tokens computed at once");
  run->add_option("--benchmark", o->benchmark,
                  "llama3.1-8b or llama3.1-8b-edge (single stream: edge)");
  run->add_option("--scenario", o->scenario,
                  "offline (default), server, interactive, singlestream");
  run->add_option("--mode", o->mode,
                  "performance, accuracy, both (default), compliance (TEST06), or all three");
  run->add_option("--dataset", o->dataset,
                  "cnn_eval.json or JSON lines (default: the bundled sample)");
  run->add_option("--samples", o->samples, "Only the first so many samples (default: all)");
  run->add_option("--tokenizer", o->tokenizer,
                  "Tokenizer file or folder (default: the model's own)");
  run->add_option("--target-qps", o->target_qps, "Queries per second that LoadGen schedules");
  run->add_option("--expected-latency", o->expected_latency_ms,
                  "Single stream: expected latency in ms");
  run->add_option("--min-duration", o->min_duration_s, "Seconds that a test lasts at least");
  run->add_option("--user-conf", o->user_conf, "LoadGen's user.conf");
  run->add_option("--rules", o->rules, "Hold the run to a round's rules: v5.1, v6.0 or v6.1");
  run->add_flag("--accept-unofficial", o->accept_unofficial,
                "With --rules: go on although data set or model are not the benchmark's; the "
                "verdict stays invalid");
  run->add_option("--output", o->output,
                  "The run's directory (default: runs/<UTC time>-<scenario>)");
  run->add_option("--min-tokens", o->min_tokens, "New tokens at least (default: 1)");
  run->add_option("--max-tokens", o->max_tokens, "New tokens at most (default: 128)");
  run->add_option("--goodput", o->goodput, "Limits in ms: ttft:MS tpot:MS e2el:MS");
  run->add_option("--telemetry-hz", o->telemetry_hz,
                  "Samples of the machine per second while a test runs (default: 2; 0: none)");
  run->add_option("--format", o->format, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  run->add_flag("--no-inputs", o->no_inputs,
                "Keep only hashes of articles, references and prompts");
  run->add_flag("--trace", o->trace, "Keep LoadGen's trace");
  run->add_flag("--quiet", o->quiet, "No progress");
  AddEndpointOptions(*run, o->endpoint);
  run->add_option("--serve", o->serve,
                  "Command that starts the server, and is stopped after the run; {port} in it "
                  "becomes a free port where there is no --base-url");
  run->callback([o, argc, argv, &code] {
    HideHeaderValues(argc, argv);
    o->command.assign(argv, argv + argc);
    code = Run(*o);
  });
}

void AddTestProcessCommand(CLI::App& app, int& code) {
  CLI::App* verb = app.add_subcommand(kTestVerb, "");
  verb->group("");
  const auto dir = std::make_shared<std::string>();
  const auto test = std::make_shared<std::string>();
  const auto quiet = std::make_shared<bool>(false);
  const auto headers = std::make_shared<int>(-1);
  verb->add_option("run_dir", *dir)->required();
  verb->add_option("test", *test)->required();
  verb->add_flag("--quiet", *quiet);
  verb->add_option("--headers-fd", *headers);
  verb->callback([dir, test, quiet, headers, &code] {
    const Result<TestKind> kind = ParseTestKind(*test);
    code = kind ? RunTestProcess(*dir, *kind, {*quiet, *headers}) : Fail(kind.error());
  });
}

}  // namespace assay
