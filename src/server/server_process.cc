#include "server/server_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/clock.h"

#include "base/format.h"
#include "server/process_tree.h"

namespace assay {
namespace {

Error SystemError(std::string_view what) {
  return MakeError(ErrorCode::kIo, "{}: {}", what, std::generic_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Between fork and exec. The two descriptors stay open in the keeper.
[[noreturn]] void BecomeKeeper(const std::vector<char*>& argv, int socket_fd, int log_fd) {
  fcntl(socket_fd, F_SETFD, 0);
  fcntl(log_fd, F_SETFD, 0);
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

}  // namespace

ServerProcess::ServerProcess(int socket_fd, pid_t keeper, StartedServer record)
    : socket_fd_(socket_fd), keeper_(keeper), record_(std::move(record)) {}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : socket_fd_(std::exchange(other.socket_fd_, -1)),
      keeper_(std::exchange(other.keeper_, -1)),
      stopped_(std::exchange(other.stopped_, true)),
      gone_(other.gone_),
      record_(std::move(other.record_)) {}

ServerProcess::~ServerProcess() {
  if (keeper_ > 0) Stop();
}

Result<ServerProcess> ServerProcess::Start(const std::string& command, const fs::path& log,
                                           const std::string& keeper_verb) {
  const Descriptor log_fd(
      open(log.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (log_fd.get() < 0) return SystemError(log.string() + ": cannot create");
  int pair[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return SystemError("cannot make a socket for the server's keeper");
  }
  Descriptor ours(pair[0]);
  const Descriptor theirs(pair[1]);
  // A keeper that is killed leaves what it kept to us.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::vector<std::string> words{"server-keeper", keeper_verb, command,
                                 std::to_string(theirs.get()), std::to_string(log_fd.get())};
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t keeper = fork();
  if (keeper < 0) return SystemError("cannot start a process");
  if (keeper == 0) BecomeKeeper(argv, theirs.get(), log_fd.get());
  StartedServer record;
  record.command = command;
  record.started_utc = FormatUtc(WallNow());
  record.log = log.filename().string();
  return ServerProcess(ours.Release(), keeper, std::move(record));
}

void ServerProcess::Take(const KeeperMessage& message) {
  record_.pid = message.pid;
  if (message.kind == KeeperMessage::Kind::kStarted) return;
  if (message.wait_status != -1) {
    const int status = message.wait_status;
    if (WIFEXITED(status)) record_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) record_.signal = WTERMSIG(status);
  }
  if (message.kind == KeeperMessage::Kind::kEnded) {
    record_.end = ServerEnd::kByItself;
    return;
  }
  gone_ = true;
  if (record_.end == ServerEnd::kRunning) {
    record_.end = message.killed > 0 ? ServerEnd::kKilled : ServerEnd::kStopped;
  }
  record_.processes_left = static_cast<std::uint64_t>(message.left);
  record_.peak_rss_bytes = message.peak_rss_bytes;
  record_.cpu_seconds = message.cpu_seconds;
}

bool ServerProcess::Receive(bool wait) {
  KeeperMessage message;
  ssize_t got = 0;
  do {
    got = recv(socket_fd_, &message, sizeof message, wait ? 0 : MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return true;
  if (got != sizeof message) return false;
  Take(message);
  return Receive(false) || gone_;
}

const StartedServer& ServerProcess::Look() {
  if (!stopped_ && !Receive(false) && !gone_) Stop();
  return record_;
}

void ServerProcess::KillWhatWasKept() {
  record_.end = ServerEnd::kKeeperKilled;
  constexpr auto kLimit = std::chrono::seconds(10);
  const MonoTime give_up = SteadyClock().Now() + kLimit;
  while (SteadyClock().Now() < give_up) {
    const std::vector<ProcessEntry> left = Descendants(getpid());
    record_.processes_left = left.size();
    if (left.empty()) return;
    SignalAll(left, SIGKILL);
    while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
    const timespec tick{0, 20'000'000};
    nanosleep(&tick, nullptr);
  }
}

const StartedServer& ServerProcess::Stop() {
  if (std::exchange(stopped_, true)) return record_;
  static_cast<void>(send(socket_fd_, "", 1, MSG_NOSIGNAL));
  while (!gone_ && Receive(true)) continue;
  waitpid(keeper_, nullptr, 0);
  if (!gone_) KillWhatWasKept();
  close(socket_fd_);
  return record_;
}

std::string ServerProcess::EndText() const {
  if (record_.end == ServerEnd::kKeeperKilled) return "the process that kept the server was killed";
  if (record_.signal) {
    const char* name = sigdescr_np(*record_.signal);
    return fmt::format("the server was ended by signal {} ({})", *record_.signal,
                       name == nullptr ? "unknown" : name);
  }
  return fmt::format("the server ended: exit code {}", record_.exit_code.value_or(0));
}

std::string LastLines(const fs::path& log, std::size_t lines) {
  constexpr std::streamoff kMostBytes = 16384;
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const std::streamoff size = file.tellg();
  const std::streamoff from = std::max<std::streamoff>(0, size - kMostBytes);
  file.seekg(from);
  std::string text(static_cast<std::size_t>(size - from), '\0');
  file.read(text.data(), size - from);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t start = text.size();
  for (std::size_t i = 0; i < lines && start != std::string::npos && start > 0; ++i) {
    start = text.rfind('\n', start - 1);
  }
  return start == std::string::npos || start == 0 ? text : text.substr(start + 1);
}

}  // namespace assay
