// The servers of a run: started if that was asked for, waited for, asked what they are, stopped.

#ifndef ASSAY_RUN_SERVER_SESSION_H_
#define ASSAY_RUN_SERVER_SESSION_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "base/file.h"
#include "record/server_record.h"
#include "run/endpoint_clients.h"
#include "server/server_process.h"

namespace assay {

inline constexpr const char* kServerLog = "server.log";
// The hidden verb by which this program is a server's keeper.
inline constexpr const char* kKeeperVerb = "keep-server";

// The code of a process that was started to keep a server. nullopt: this one was not.
[[nodiscard]] std::optional<int> RunAsKeeper(int argc, char** argv);

class ServerSession {
 public:
  struct Options {
    std::string command;  // --serve; empty: the servers are somebody else's
    fs::path run_dir;
    std::string recorded_command;  // the same for the record, without keys
    std::vector<EndpointClient> endpoints;
    Nanos ready_timeout{};
    // Waits a moment. Value: the user wants to stop.
    std::function<bool()> pause;
  };
  explicit ServerSession(Options options) : options_(std::move(options)) {}

  // Starts the command, waits until every endpoint is ready and asks each what it is.
  // Errors: kInvalidArgument: something answers at an endpoint already; kUnavailable: it ended
  // before it was ready, with the last lines of its log, or was not ready in time; kInterrupted.
  // The server's processes are gone then.
  [[nodiscard]] Status Begin();

  // Why no further test can be run: a started server has ended. nullopt: it runs, or is not ours.
  [[nodiscard]] std::optional<std::string> Lost();

  // Stops what was started, and reads its log for the last time. Value: the record, complete.
  const ServerRecord& End();

  [[nodiscard]] const ServerRecord& record() const { return record_; }

 private:
  [[nodiscard]] Status StartCommand();
  [[nodiscard]] Status WaitUntilReady();
  [[nodiscard]] Status CheckAlive();
  void Update(const StartedServer& started);

  Options options_;
  std::optional<ServerProcess> process_;
  std::optional<double> ready_seconds_;
  ServerRecord record_;
};

}  // namespace assay

#endif  // ASSAY_RUN_SERVER_SESSION_H_
