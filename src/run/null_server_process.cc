#include "run/null_server_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/clock.h"

#include "base/format.h"

namespace assay {
namespace {

constexpr auto kStartTime = std::chrono::seconds(10);
constexpr auto kEndTime = std::chrono::seconds(5);
constexpr std::string_view kGreeting = "listening on ";

Error SystemError(std::string_view what) {
  return MakeError(ErrorCode::kIo, "{}: {}", what, std::generic_category().message(errno));
}

// The processors of the machine that this process may not use; nullopt: there are none.
std::optional<cpu_set_t> OtherProcessors() {
  cpu_set_t ours{};
  if (sched_getaffinity(0, sizeof(ours), &ours) != 0) return std::nullopt;
  const long configured = sysconf(_SC_NPROCESSORS_ONLN);
  cpu_set_t others{};
  CPU_ZERO(&others);
  const auto count = static_cast<std::size_t>(std::clamp<long>(configured, 0, CPU_SETSIZE));
  for (std::size_t cpu = 0; cpu < count; ++cpu) {
    if (!CPU_ISSET(cpu, &ours)) CPU_SET(cpu, &others);
  }
  return CPU_COUNT(&others) > 0 ? std::optional(others) : std::nullopt;
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void BecomeServer(const std::vector<char*>& argv, pid_t parent, int out,
                               const std::optional<cpu_set_t>& processors) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(127);
  // Ctrl-C reaches the whole group: the supervisor decides then.
  sigset_t end{};
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigprocmask(SIG_UNBLOCK, &end, nullptr);
  if (processors) static_cast<void>(sched_setaffinity(0, sizeof(*processors), &*processors));
  dup2(out, STDOUT_FILENO);
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

// The first line that arrives, without its end; nullopt: none did in time.
std::optional<std::string> ReadLine(int descriptor) {
  const MonoTime until = SteadyClock().Now() + kStartTime;
  std::string line;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - SteadyClock().Now());
    pollfd waiting{descriptor, POLLIN, 0};
    if (left.count() <= 0) return std::nullopt;
    if (poll(&waiting, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return std::nullopt;
    }
    if (waiting.revents == 0) continue;
    char c = 0;
    if (read(descriptor, &c, 1) != 1) return std::nullopt;
    if (c == '\n') return line;
    line += c;
  }
}

}  // namespace

Result<NullServerProcess> NullServerProcess::Start(const std::vector<std::string>& options) {
  std::vector<std::string> words{"assay", "null-server"};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> out{};
  if (pipe2(out.data(), O_CLOEXEC) != 0) return SystemError("cannot make a pipe");
  const std::optional<cpu_set_t> processors = OtherProcessors();
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child == 0) BecomeServer(argv, self, out[1], processors);
  close(out[1]);
  if (child < 0) {
    close(out[0]);
    return SystemError("cannot start the null server");
  }
  NullServerProcess server(child);
  const std::optional<std::string> line = ReadLine(out[0]);
  close(out[0]);
  if (!line || !line->starts_with(kGreeting)) {
    return Error{ErrorCode::kIo,
                 "the null server did not say where it listens; --no-calibration runs without it"};
  }
  server.url_ = line->substr(kGreeting.size());
  return server;
}

NullServerProcess::NullServerProcess(NullServerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), url_(std::move(other.url_)) {}

void NullServerProcess::Stop() {
  if (pid_ < 0) return;
  const pid_t pid = std::exchange(pid_, -1);
  kill(pid, SIGTERM);
  const MonoTime until = SteadyClock().Now() + kEndTime;
  while (waitpid(pid, nullptr, WNOHANG) == 0) {
    if (SteadyClock().Now() >= until) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      return;
    }
    const timespec tick{0, 2'000'000};
    nanosleep(&tick, nullptr);
  }
}

}  // namespace assay
