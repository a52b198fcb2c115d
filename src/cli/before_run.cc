#include "cli/before_run.h"

#include <cstdio>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "assay/clock.h"

#include "base/format.h"
#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "rules/render_judgement.h"
#include "rules/rounds.h"
#include "run/endpoint_secrets.h"
#include "run/engines.h"
#include "run/preflight.h"
#include "run/supervisor.h"
#include "run/warm_up.h"

namespace assay {
namespace {

constexpr const char* kWarmUpVerb = "run-warm-up";

// Value: the exit code where they forbid to go on.
std::optional<int> Show(const std::vector<Finding>& findings, const RunConfig& config,
                        const std::string& format) {
  Tell("{}", RenderBeforeRun(findings));
  if (!Forbid(findings, config)) {
    if (VerdictOf(findings) == Verdict::kInvalid) {
      Tell("assay: goes on all the same (--accept-unofficial); the verdict stays\n");
    }
    return std::nullopt;
  }
  Tell(
      "assay: nothing was measured: the rules of {} do not allow this run; without --rules "
      "it runs as not comparable\n",
      *config.rules);
  if (format == "json") {
    Print("{}", ToPrettyJson(ToJson(Judgement{VerdictOf(findings), {}, findings})));
  }
  return kExitNotGood;
}

Result<LatencyLimits> LimitsOf(const RunConfig& config) {
  ASSAY_ASSIGN_OR_RETURN(const Round round, ParseRound(config.rules.value_or("")));
  const ScenarioRules* scenario =
      RulesOf(RulesOf(RulesOf(round), config.benchmark), config.scenario);
  if (scenario == nullptr) return LatencyLimits{};
  return LatencyLimits{scenario->ttft_limit_ns, scenario->tpot_limit_ns};
}

Status WarmUpHere(const fs::path& dir, int headers_descriptor) {
  ASSAY_ASSIGN_OR_RETURN(const RunRecord run, ReadRunRecord(dir));
  ASSAY_ASSIGN_OR_RETURN(const RunInputs inputs, LoadInputs(run.config));
  ASSAY_ASSIGN_OR_RETURN(const EndpointSecrets secrets,
                         SecretsOf(run.config.endpoint, headers_descriptor));
  ASSAY_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine,
                         LoadEngine(run.config, inputs, secrets));
  WarmUpRecord record{engine->info(), std::nullopt};
  ASSAY_ASSIGN_OR_RETURN(const bool lacks_rate, LacksRate(run.config));
  if (lacks_rate) {
    for (const PromptSample& prompt : inputs.prompts) {
      ASSAY_RETURN_IF_ERROR(engine->CheckPrompt(prompt.ids));
    }
    ASSAY_ASSIGN_OR_RETURN(const LatencyLimits limits, LimitsOf(run.config));
    ASSAY_ASSIGN_OR_RETURN(record.estimate, EstimateLoad(run.config.scenario, limits,
                                                         inputs.prompts, *engine, SteadyClock()));
    record.engine = engine->info();
  }
  return WriteWarmUp(dir, record);
}

int RunWarmUpProcess(const fs::path& dir, int headers_descriptor) {
  const BlockedSignals blocked;
  std::thread([] {
    static_cast<void>(BlockedSignals::Wait());
    _exit(kExitFailed);
  }).detach();
  const Status done = WarmUpHere(dir, headers_descriptor);
  const int code = done ? static_cast<int>(kExitDone) : Fail(done.error());
  std::fflush(nullptr);
  _exit(code);  // the signal thread still waits
}

void Use(const LoadEstimate& estimate, RunConfig& config) {
  config.estimate = estimate;
  (config.scenario == Scenario::kSingleStream ? config.expected_latency_ms : config.target_qps) =
      estimate.value;
}

}  // namespace

std::optional<int> LintRun(const RunRecord& record, const RunInputs& inputs,
                           const std::string& format) {
  const Result<std::vector<Finding>> findings = CheckBeforeRun(record, inputs);
  return findings ? Show(*findings, record.config, format) : Fail(findings.error());
}

std::optional<int> WarmUpRun(const fs::path& dir, RunRecord& record, const std::string& format,
                             int headers_descriptor) {
  if (!record.config.rules) return std::nullopt;
  const Result<bool> lacks_rate = LacksRate(record.config);
  if (!lacks_rate) return Fail(lacks_rate.error());
  if (*lacks_rate) {
    Tell("assay: no rate was given: an untimed warm-up estimates it\n");
  }
  const Result<ProgramEnd> end = SuperviseProgram(
      {kWarmUpVerb, dir.string(), fmt::format("--headers-fd={}", headers_descriptor)});
  if (!end) return Fail(end.error());
  if (end->interrupted) {
    Tell("assay: interrupted; nothing was measured\n");
    return kExitFailed;
  }
  if (end->exit_code != kExitDone) {
    // What a process says of itself; a crash has said nothing.
    if (end->exit_code > kExitFailed) {
      Tell("assay: the warm-up crashed (exit code {})\n", end->exit_code);
    }
    return end->exit_code == kExitUsage ? kExitUsage : kExitFailed;
  }
  const Result<WarmUpRecord> warm_up = ReadWarmUp(dir);
  if (!warm_up) return Fail(warm_up.error());
  fs::remove(dir / kWarmUpFile);
  const auto findings = CheckEngineBeforeRun(record, warm_up->engine);
  if (!findings) return Fail(findings.error());
  if (const auto code = Show(*findings, record.config, format)) return code;
  if (!warm_up->estimate) return std::nullopt;
  Use(*warm_up->estimate, record.config);
  Tell("assay: {} {:.6g}: {}\n", warm_up->estimate->option, warm_up->estimate->value,
       warm_up->estimate->method);
  const Status written = WriteRunRecord(dir, record);
  return written ? std::nullopt : std::optional<int>(Fail(written.error()));
}

void AddWarmUpProcessCommand(CLI::App& app, int& code) {
  CLI::App* verb = app.add_subcommand(kWarmUpVerb, "");
  verb->group("");
  const auto dir = std::make_shared<std::string>();
  const auto headers = std::make_shared<int>(-1);
  verb->add_option("run_dir", *dir)->required();
  verb->add_option("--headers-fd", *headers);
  verb->callback([dir, headers, &code] { code = RunWarmUpProcess(*dir, *headers); });
}

}  // namespace assay
