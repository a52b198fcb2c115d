#include "cli/test_process.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include <unistd.h>

#include "assay/clock.h"

#include "cli/exit_code.h"
#include "cli/progress.h"
#include "load/loadgen_test.h"
#include "record/run_directory.h"
#include "run/endpoint_clients.h"
#include "run/endpoint_secrets.h"
#include "run/engines.h"
#include "run/inputs.h"
#include "run/supervisor.h"

namespace assay {
namespace {

// A test that could not begin still says why in its record.
int FailBefore(const fs::path& run_dir, TestKind test, const Error& error) {
  TestRecord record;
  record.test = test;
  record.clocks_start = ReadClockPair();
  record.status = "failed";
  record.message = error.message;
  Status written = MakeDirectories(TestDirectory(run_dir, test));
  if (written) written = WriteTestRecord(run_dir, record);
  if (!written) static_cast<void>(Fail(written.error()));
  return Fail(error);
}

// LoadGen issues so many requests, where that is certain beforehand: each sample once.
std::optional<std::uint64_t> ExpectedRequests(const RunConfig& config, TestKind test) {
  const bool each_once =
      test == TestKind::kAccuracy ||
      (!config.rules && config.user_conf.empty() && config.min_duration_s.value_or(0.0) == 0.0);
  return each_once ? std::optional<std::uint64_t>(config.samples) : std::nullopt;
}

}  // namespace

int RunTestProcess(const fs::path& run_dir, TestKind test, const TestProcessOptions& options) {
  const BlockedSignals blocked;
  const Result<RunRecord> run = ReadRunRecord(run_dir);
  if (!run) return Fail(run.error());
  const Result<RunInputs> inputs = LoadInputs(run->config);
  if (!inputs) return FailBefore(run_dir, test, inputs.error());
  const Result<EndpointSecrets> secrets =
      SecretsOf(run->config.endpoint, options.headers_descriptor);
  if (!secrets) return FailBefore(run_dir, test, secrets.error());
  Result<std::unique_ptr<Engine>> engine = LoadEngine(run->config, *inputs, *secrets);
  if (!engine) return FailBefore(run_dir, test, engine.error());

  LoadgenTest loadgen_test(run_dir, test, run->config, inputs->prompts, **engine);
  if (run->config.endpoint) {
    const auto clients = MakeEndpointClients(*run->config.endpoint, *secrets);
    if (!clients) return FailBefore(run_dir, test, clients.error());
    loadgen_test.set_counter_sources(CounterSources(*clients));
    Result<std::vector<ServerSource>> servers = ServerSources(*run->config.endpoint, *secrets);
    if (!servers) return FailBefore(run_dir, test, servers.error());
    loadgen_test.WatchServers(std::move(*servers));
  }
  if (run->server && run->server->started) loadgen_test.WatchEngine(run->server->started->pid);
  std::thread([&loadgen_test] {
    static_cast<void>(BlockedSignals::Wait());
    loadgen_test.Interrupt();
    _exit(kExitFailed);
  }).detach();
  if (run->config.endpoint && run->config.endpoint->max_errors) {
    loadgen_test.StopAfterFailures(*run->config.endpoint->max_errors, [] { _exit(kExitFailed); });
  }
  std::optional<ProgressDisplay> progress;
  if (!options.quiet) {
    progress.emplace(std::string(TestDirectoryName(test)), loadgen_test.counters(),
                     ExpectedRequests(run->config, test));
  }
  const Status ended = loadgen_test.Run();
  progress.reset();
  const int code = ended ? kExitDone : FailBefore(run_dir, test, ended.error());
  std::fflush(nullptr);
  _exit(code);  // the signal thread still waits
}

}  // namespace assay
