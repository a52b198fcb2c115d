#include "run/server_session.h"

#include <cstdlib>
#include <string_view>

#include "base/format.h"
#include "server/vllm_log.h"

namespace assay {
namespace {

constexpr std::size_t kShownLogLines = 20;
// Startup is what is read of a log; a server that logs each request may write much more.
constexpr std::uint64_t kMostLogBytes = std::uint64_t{256} << 20U;

double Seconds(Nanos duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::optional<int> RunAsKeeper(int argc, char** argv) {
  // As ServerProcess::Start writes it. No parser of options: the command may begin with a dash.
  constexpr int kWords = 5;
  if (argc != kWords || std::string_view(argv[1]) != kKeeperVerb) return std::nullopt;
  return KeepServer(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
}

Status ServerSession::Begin() {
  if (!options_.command.empty()) {
    ASSAY_RETURN_IF_ERROR(StartCommand());
  }
  Status ready = WaitUntilReady();
  if (!ready) {
    End();
    return ready;
  }
  for (const EndpointClient& endpoint : options_.endpoints) {
    record_.endpoints.push_back(ProbeEndpoint(endpoint.url, endpoint.get));
  }
  if (process_) Update(process_->Look());
  return Ok{};
}

Status ServerSession::StartCommand() {
  for (const EndpointClient& endpoint : options_.endpoints) {
    // Its answers would be taken for those of the server that is started here.
    if (endpoint.get("/health")) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "{}: a server answers there already, before --serve started one",
                       endpoint.url);
    }
  }
  ASSAY_ASSIGN_OR_RETURN(
      ServerProcess started,
      ServerProcess::Start(options_.command, options_.run_dir / kServerLog, kKeeperVerb));
  process_.emplace(std::move(started));
  Update(process_->Look());
  return Ok{};
}

Status ServerSession::CheckAlive() {
  if (!process_ || process_->Look().end == ServerEnd::kRunning) return Ok{};
  const fs::path log = options_.run_dir / kServerLog;
  return MakeError(ErrorCode::kUnavailable, "--serve: {} before it was ready; {} ends with:\n{}",
                   process_->EndText(), log.string(), LastLines(log, kShownLogLines));
}

Status ServerSession::WaitUntilReady() {
  const MonoTime start = SteadyClock().Now();
  for (const EndpointClient& endpoint : options_.endpoints) {
    Status ready = CheckReady(endpoint.get);
    while (!ready) {
      ASSAY_RETURN_IF_ERROR(CheckAlive());
      if (SteadyClock().Now() - start >= options_.ready_timeout) {
        return MakeError(ErrorCode::kUnavailable, "{}: not ready within {:.0f} s: {}", endpoint.url,
                         Seconds(options_.ready_timeout), ready.error().message);
      }
      if (options_.pause()) {
        return MakeError(ErrorCode::kInterrupted, "stopped by a signal while waiting for {}",
                         endpoint.url);
      }
      ready = CheckReady(endpoint.get);
    }
  }
  ready_seconds_ = Seconds(SteadyClock().Now() - start);
  // An answer of a server that has just ended is another's.
  return CheckAlive();
}

void ServerSession::Update(const StartedServer& started) {
  record_.started = started;
  record_.started->command = options_.recorded_command;
  record_.started->ready_seconds = ready_seconds_;
  const Result<std::string> log = ReadFile(options_.run_dir / kServerLog, kMostLogBytes);
  if (log) record_.started->log_facts = ReadVllmLog(*log);
}

std::optional<std::string> ServerSession::Lost() {
  if (!process_) return std::nullopt;
  const StartedServer& state = process_->Look();
  Update(state);
  if (state.end == ServerEnd::kRunning) return std::nullopt;
  return "--serve: " + process_->EndText();
}

const ServerRecord& ServerSession::End() {
  if (process_) Update(process_->Stop());
  return record_;
}

}  // namespace assay
