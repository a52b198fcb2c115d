// A server that Assay starts, watches and stops.

#ifndef ASSAY_SERVER_SERVER_PROCESS_H_
#define ASSAY_SERVER_SERVER_PROCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "assay/result.h"

#include "base/file.h"
#include "record/server_record.h"
#include "server/keeper.h"

namespace assay {

class ServerProcess {
 public:
  // Runs `command` with /bin/sh, its output in the new file `log`, under a keeper (keeper.h): this
  // program again, with the arguments `keeper_verb`, COMMAND, and the numbers of two descriptors,
  // with which it calls KeepServer. Should the keeper be killed, what it kept falls to this
  // process.
  //
  // Errors: kIo: no log, no process.
  // One at a time in a process, and not while there are other threads.
  [[nodiscard]] static Result<ServerProcess> Start(const std::string& command, const fs::path& log,
                                                   const std::string& keeper_verb);

  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ServerProcess& operator=(ServerProcess&&) = delete;
  // Stops it.
  ~ServerProcess();

  // What is known up to now, without waiting: has it ended by itself?
  [[nodiscard]] const StartedServer& Look();
  // Ends every process of it. Value: the record, complete. Again: the same, at once.
  const StartedServer& Stop();

  // In one line why it is of no use any more: "the server ended: exit code 1". REQUIRES: it ended.
  [[nodiscard]] std::string EndText() const;

 private:
  ServerProcess(int socket_fd, pid_t keeper, StartedServer record);
  void Take(const KeeperMessage& message);
  // Value: false when the keeper is gone.
  bool Receive(bool wait);
  void KillWhatWasKept();

  int socket_fd_ = -1;
  pid_t keeper_ = -1;
  bool stopped_ = false;
  bool gone_ = false;
  StartedServer record_;
};

// The last `lines` lines of a log, of at most 16 KiB; "" if it cannot be read.
[[nodiscard]] std::string LastLines(const fs::path& log, std::size_t lines);

}  // namespace assay

#endif  // ASSAY_SERVER_SERVER_PROCESS_H_
