#include "server/keeper.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/clock.h"

#include "server/process_tree.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAskedGrace{10'000};   // between SIGTERM and SIGKILL
constexpr milliseconds kOrphanGrace{2'000};   // the same where nobody is left to wait for it
constexpr milliseconds kKillLimit{10'000};    // a process that hangs in the kernel outlives SIGKILL
constexpr milliseconds kSamplePeriod{1'000};  // of memory
constexpr milliseconds kTick{20};             // while ending

sigset_t WatchedSignals() {
  sigset_t set{};
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void BecomeShell(const char* command, pid_t keeper, int log_fd) {
  // Should the keeper itself be killed, at least the command goes with it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != keeper) _exit(127);
  setsid();
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(log_fd, STDOUT_FILENO);
  dup2(log_fd, STDERR_FILENO);
  close_range(STDERR_FILENO + 1, ~0U, 0);
  sigset_t none{};
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  execl("/bin/sh", "sh", "-c", command, nullptr);
  _exit(127);
}

class Keeper {
 public:
  Keeper(int socket_fd, int log_fd) : socket_fd_(socket_fd), log_fd_(log_fd) {}

  bool Start(const std::string& command);
  // Until it is time to end everything. Value: how long to wait between SIGTERM and SIGKILL.
  milliseconds Watch();
  void EndAll(milliseconds grace);
  void TellGone();

 private:
  void Tell(KeeperMessage::Kind kind);
  void Reap();
  void Sample();
  [[nodiscard]] bool EndedByItself();
  void WaitForSomething(milliseconds limit, bool with_socket);

  const int socket_fd_;
  const int log_fd_;
  int signal_fd_ = -1;
  pid_t command_ = -1;
  bool told_end_ = false;
  MonoTime sampled_{};
  KeeperMessage message_;
};

void Keeper::Tell(KeeperMessage::Kind kind) {
  message_.kind = kind;
  // Nobody may be there to hear it: the next read tells.
  static_cast<void>(send(socket_fd_, &message_, sizeof message_, MSG_NOSIGNAL));
}

bool Keeper::Start(const std::string& command) {
  const sigset_t watched = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  signal_fd_ = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  const pid_t self = getpid();
  command_ = fork();
  if (command_ < 0 || signal_fd_ < 0) return false;
  if (command_ == 0) BecomeShell(command.c_str(), self, log_fd_);
  message_.pid = command_;
  Tell(KeeperMessage::Kind::kStarted);
  return true;
}

// Every orphan of the tree becomes our child, so that this finds them all in the end.
void Keeper::Reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == command_) message_.wait_status = status;
  }
}

void Keeper::Sample() {
  const MonoTime now = SteadyClock().Now();
  if (now - sampled_ < kSamplePeriod) return;
  sampled_ = now;
  const auto bytes = static_cast<std::int64_t>(ResidentBytes(Descendants(getpid())));
  message_.peak_rss_bytes = std::max(message_.peak_rss_bytes, bytes);
}

// A command that ends well and leaves a process behind has put its server into the background.
bool Keeper::EndedByItself() {
  if (message_.wait_status == -1) return false;
  const bool well = WIFEXITED(message_.wait_status) && WEXITSTATUS(message_.wait_status) == 0;
  return !well || Descendants(getpid()).empty();
}

void Keeper::WaitForSomething(milliseconds limit, bool with_socket) {
  pollfd fds[] = {{signal_fd_, POLLIN, 0}, {socket_fd_, POLLIN, 0}};
  poll(fds, with_socket ? 2 : 1, static_cast<int>(limit.count()));
}

milliseconds Keeper::Watch() {
  while (true) {
    WaitForSomething(kSamplePeriod, true);
    char byte = 0;
    const ssize_t got = recv(socket_fd_, &byte, 1, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return kOrphanGrace;
    if (got > 0) return kAskedGrace;
    signalfd_siginfo info{};
    while (read(signal_fd_, &info, sizeof info) == sizeof info) {
      if (info.ssi_signo != SIGCHLD) return kAskedGrace;
    }
    Reap();
    Sample();
    if (!told_end_ && EndedByItself()) {
      told_end_ = true;
      Tell(KeeperMessage::Kind::kEnded);
    }
  }
}

void Keeper::EndAll(milliseconds grace) {
  const MonoTime kill_at = SteadyClock().Now() + grace;
  sampled_ = {};
  Sample();
  SignalAll(Descendants(getpid()), SIGTERM);
  // One that was stopped could not hear it.
  SignalAll(Descendants(getpid()), SIGCONT);
  while (SteadyClock().Now() < kill_at + kKillLimit) {
    Reap();
    const std::vector<ProcessEntry> left = Descendants(getpid());
    message_.left = static_cast<std::int32_t>(left.size());
    if (left.empty()) break;
    if (SteadyClock().Now() >= kill_at) {
      message_.killed = std::max(message_.killed, message_.left);
      SignalAll(left, SIGKILL);
    }
    signalfd_siginfo info{};
    while (read(signal_fd_, &info, sizeof info) == sizeof info) continue;
    WaitForSomething(kTick, false);
  }
}

void Keeper::TellGone() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  message_.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  Tell(KeeperMessage::Kind::kGone);
}

// Nothing of whoever started us stays open: a pipe that we held would never end for its reader.
std::pair<int, int> KeepOnly(int socket_fd, int log_fd) {
  constexpr int kSocket = 3;
  constexpr int kLog = 4;
  const int socket_copy = fcntl(socket_fd, F_DUPFD_CLOEXEC, 16);
  const int log_copy = fcntl(log_fd, F_DUPFD_CLOEXEC, 16);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  dup3(socket_copy, kSocket, O_CLOEXEC);
  dup3(log_copy, kLog, O_CLOEXEC);
  close_range(kLog + 1, ~0U, 0);
  return {kSocket, kLog};
}

}  // namespace

int KeepServer(const std::string& command, int socket_fd, int log_fd) {
  constexpr int kNotStarted = 3;
  setsid();
  prctl(PR_SET_NAME, "server-keeper");
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return kNotStarted;
  const auto [socket, log] = KeepOnly(socket_fd, log_fd);
  Keeper keeper(socket, log);
  if (!keeper.Start(command)) return kNotStarted;
  keeper.EndAll(keeper.Watch());
  keeper.TellGone();
  return 0;
}

}  // namespace assay
