#include "run/supervisor.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/clock.h"

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

// Between telling a process to end and killing it.
constexpr auto kGrace = std::chrono::seconds(10);
constexpr auto kProgramGrace = std::chrono::seconds(60);

sigset_t StopSignals() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

sigset_t ChildSignal() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void BecomeProgram(const std::vector<char*>& argv, pid_t parent, bool silent) {
  // The signal comes when the parent dies, but not if it died before this call.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(127);
  const sigset_t child = ChildSignal();
  sigprocmask(SIG_UNBLOCK, &child, nullptr);
  dup2(silent ? open("/dev/null", O_WRONLY | O_CLOEXEC) : STDERR_FILENO, STDOUT_FILENO);
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

Result<pid_t> Start(const std::vector<std::string>& arguments, bool silent) {
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), "assay");
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child < 0) {
    return MakeError(ErrorCode::kIo, "cannot start a process: {}",
                     std::generic_category().message(errno));
  }
  if (child == 0) BecomeProgram(argv, self, silent);
  return child;
}

struct Ended {
  int status = 0;
  bool interrupted = false;
};

// Until the child has ended; passes a stop signal on to it.
Ended WaitForEnd(pid_t child, std::chrono::seconds grace) {
  sigset_t watched = StopSignals();
  sigaddset(&watched, SIGCHLD);
  Ended ended;
  std::optional<MonoTime> kill_at;
  while (waitpid(child, &ended.status, WNOHANG) == 0) {
    const timespec tick{0, 200'000'000};
    const int signal = sigtimedwait(&watched, nullptr, &tick);
    if (signal == SIGINT || signal == SIGTERM) {
      ended.interrupted = true;
      kill(child, SIGTERM);
      if (!kill_at) kill_at = SteadyClock().Now() + grace;
    }
    if (kill_at && SteadyClock().Now() >= *kill_at) kill(child, SIGKILL);
  }
  return ended;
}

// Starts, waits, and puts the signal mask back.
Result<Ended> Supervise(const std::vector<std::string>& arguments, bool silent,
                        std::chrono::seconds grace) {
  const sigset_t child_signal = ChildSignal();
  sigset_t before{};
  ASSAY_CHECK(sigprocmask(SIG_BLOCK, &child_signal, &before) == 0);
  const Result<pid_t> child = Start(arguments, silent);
  if (!child) {
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return child.error();
  }
  const Ended ended = WaitForEnd(*child, grace);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return ended;
}

TestEnd Describe(const fs::path& run_dir, TestKind test, const Ended& ended) {
  TestEnd end;
  end.test = test;
  if (WIFEXITED(ended.status)) end.exit_code = WEXITSTATUS(ended.status);
  if (WIFSIGNALED(ended.status)) end.signal = WTERMSIG(ended.status);
  const auto record = ReadTestRecord(run_dir, test);
  if (record && record->has_value()) end.message = (*record)->message;
  const bool said_why = record && record->has_value() && (*record)->status == "failed";
  if (ended.interrupted) {
    end.outcome = "interrupted";
  } else if (end.exit_code == EXIT_SUCCESS) {
    end.outcome = "completed";
  } else if (end.exit_code && said_why) {
    end.outcome = "failed";
  } else {
    end.outcome = "crashed";
    end.message = end.signal
                      ? fmt::format("ended by signal {} ({})", *end.signal, strsignal(*end.signal))
                      : fmt::format("exited with code {} without a word", *end.exit_code);
  }
  return end;
}

}  // namespace

BlockedSignals::BlockedSignals() {
  const sigset_t stop = StopSignals();
  ASSAY_CHECK(sigprocmask(SIG_BLOCK, &stop, nullptr) == 0);
}

BlockedSignals::~BlockedSignals() {
  const sigset_t stop = StopSignals();
  sigprocmask(SIG_UNBLOCK, &stop, nullptr);
}

int BlockedSignals::Wait() {
  const sigset_t stop = StopSignals();
  int signal = 0;
  ASSAY_CHECK(sigwait(&stop, &signal) == 0);
  return signal;
}

bool BlockedSignals::CameWithin(Nanos limit) {
  const sigset_t stop = StopSignals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
  const timespec wait{seconds.count(), (limit - seconds).count()};
  return sigtimedwait(&stop, nullptr, &wait) > 0;
}

Result<TestEnd> SuperviseTest(const fs::path& run_dir, TestKind test,
                              const std::vector<std::string>& arguments) {
  ASSAY_ASSIGN_OR_RETURN(const Ended ended, Supervise(arguments, false, kGrace));
  return Describe(run_dir, test, ended);
}

Result<ProgramEnd> SuperviseProgram(const std::vector<std::string>& arguments) {
  ASSAY_ASSIGN_OR_RETURN(const Ended ended, Supervise(arguments, true, kProgramGrace));
  const bool exited = WIFEXITED(ended.status);
  return ProgramEnd{exited ? WEXITSTATUS(ended.status) : 128 + WTERMSIG(ended.status),
                    ended.interrupted};
}

}  // namespace assay
