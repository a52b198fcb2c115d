// The process that stands between Assay and a server that it started. Whatever the server forks
// becomes its descendant, also what leaves the session or loses its parent; when it is told to, or
// when whoever started it dies, it ends them all, and only then itself.

#ifndef ASSAY_SERVER_KEEPER_H_
#define ASSAY_SERVER_KEEPER_H_

#include <cstdint>
#include <string>
#include <type_traits>

#include <sys/types.h>

namespace assay {

// What the keeper tells over its socket (SOCK_SEQPACKET), a packet each.
struct KeeperMessage {
  enum class Kind : std::int32_t {
    kStarted,  // `pid` of the shell that runs the command
    kEnded,    // the command ended by itself: `wait_status`
    kGone,     // nothing is left: all members below
  };
  Kind kind = Kind::kStarted;
  pid_t pid = 0;
  std::int32_t wait_status = -1;  // of the command, as waitpid(2) tells it; -1: it did not end
  std::int32_t killed = 0;        // processes that had to be killed
  std::int32_t left = 0;          // processes that even that did not end within ten seconds
  std::int64_t peak_rss_bytes = 0;
  double cpu_seconds = 0.0;
};
static_assert(std::is_trivially_copyable_v<KeeperMessage>);

// Runs `command` with /bin/sh in a session of its own, its output appended to `log_fd`, until
// everything that it started has ended. Ends it when a byte comes over `socket_fd` (told to:
// SIGTERM to every process, SIGKILL after ten seconds) or when the other end is closed (whoever
// started us is gone: two seconds).
//
// Value: the exit code of the keeper's process: 0, or 3 if the shell could not be started. Every
// other file descriptor is closed. Call it in a process of its own.
[[nodiscard]] int KeepServer(const std::string& command, int socket_fd, int log_fd);

}  // namespace assay

#endif  // ASSAY_SERVER_KEEPER_H_
