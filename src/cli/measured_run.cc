#include "cli/measured_run.h"

#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "assay/clock.h"

#include "base/format.h"
#include "cli/before_run.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "cli/report_command.h"
#include "cli/test_process.h"
#include "host/host_info.h"
#include "host/machine_peak.h"
#include "run/calibrate.h"
#include "run/compliance.h"
#include "run/endpoint_clients.h"
#include "run/server_session.h"
#include "run/supervisor.h"

namespace assay {
namespace {

constexpr const char* kTestVerb = "run-test";

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
  if (!quiet) Tell("assay: measuring the client against the null server\n");
  return Calibrate(dir, record, kTestVerb);
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
      if (name == "threads") {
        std::from_chars(value.data(), value.data() + value.size(), options.threads);
      }
    }
    options.last_level_cache_bytes = LastLevelCacheBytes(record.host);
    record.host["peak"] =
        ToJson(MeasurePeak(options, SteadyClock()), options.last_level_cache_bytes);
    return;
  }
}

}  // namespace

int MeasureRun(const RunOptions& options, const Unrecorded& unrecorded, const fs::path& dir,
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
  Tell("assay: interrupted; what was recorded is kept: assay report {}\n", dir.string());
  return kExitFailed;
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
