#include "cli/run_command.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/hash.h"
#include "cli/before_run.h"
#include "cli/endpoint_options.h"
#include "cli/exit_code.h"
#include "cli/measured_run.h"
#include "cli/run_options.h"
#include "dataset/prompt.h"
#include "host/cpu_latency.h"
#include "host/fitness.h"
#include "host/host_info.h"
#include "record/run_directory.h"
#include "run/inputs.h"
#include "run/serve_command.h"

namespace assay {
namespace {

// The run's directory: made now, empty, never one that is there already with something in it.
Result<fs::path> MakeRunDirectory(const RunOptions& options, const RunConfig& config) {
  const fs::path dir = fs::absolute(
      options.output ? fs::path(*options.output)
                     : fs::path("runs") / fmt::format("{}-{}", FormatUtcCompact(WallNow()),
                                                      ScenarioName(config.scenario)));
  std::error_code error;
  if (fs::exists(dir, error) && !fs::is_empty(dir, error)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: is there already and not empty; a run never overwrites another",
                             dir.string())};
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

int Run(const RunOptions& options) {
  Unrecorded unrecorded;
  Result<RunConfig> made = MakeRunConfig(options, unrecorded);
  if (!made) return Fail(made.error());
  RunConfig config = std::move(*made);
  std::optional<CpuLatencyRequest> awake;
  if (options.cpu_latency_us) {
    Result<CpuLatencyRequest> held = CpuLatencyRequest::Hold(*options.cpu_latency_us);
    if (!held) return Fail(held.error());
    awake = *std::move(held);
  }
  const Result<RunInputs> inputs = LoadInputs(config);
  if (!inputs) return Fail(inputs.error());
  config.samples = inputs->prompts.size();
  RunRecord record = BeginRecord(options, config, *inputs);
  if (const auto stop = LintRun(record, *inputs, options.format)) return *stop;
  const Result<fs::path> dir = MakeRunDirectory(options, config);
  if (!dir) return Fail(dir.error());
  for (std::string& word : record.command) {
    word = WithoutSecret(std::move(word), unrecorded.secrets.api_key);
  }
  Status written = WriteRunRecord(*dir, record);
  if (written) written = WriteInputs(*dir, config, *inputs);
  if (!written) {
    fs::remove_all(*dir);
    return Fail(written.error());
  }
  return MeasureRun(options, unrecorded, *dir, record);
}

}  // namespace

void AddRunCommand(CLI::App& app, int argc, char** argv, int& code) {
  CLI::App* run = app.add_subcommand(
      "run", "One measured run; without options the bundled sample, offline, both tests");
  const auto o = std::make_shared<RunOptions>();
  run->fallthrough();  // --config stands behind the verb too
  AddRunOptions(*run, *o);
  run->callback([o, argc, argv, &code] {
    HideHeaderValues(argc, argv);
    o->command.assign(argv, argv + argc);
    code = Run(*o);
  });
}

}  // namespace assay
