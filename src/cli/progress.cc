#include "cli/progress.h"

#include <chrono>
#include <cmath>
#include <cstdio>

#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

constexpr auto kTerminalInterval = milliseconds(500);
constexpr auto kLogInterval = milliseconds(10'000);

double Seconds(Nanos t) {
  return std::chrono::duration<double>(t).count();
}

}  // namespace

std::string ProgressLine(const std::string& test, const LoadCounters& counters,
                         std::optional<std::uint64_t> expected, Nanos elapsed) {
  const std::uint64_t done = counters.completed + counters.failed;
  const std::uint64_t issued = counters.issued;
  std::string line = expected ? fmt::format("{}  {}/{} done", test, done, *expected)
                              : fmt::format("{}  {} done", test, done);
  line += fmt::format(", {} running, {} failed", issued > done ? issued - done : 0,
                      counters.failed.load());
  const double seconds = Seconds(elapsed);
  if (seconds <= 0.0 || done == 0) return line;
  const double rate = static_cast<double>(done) / seconds;
  line += fmt::format(", {:.2f} req/s, {:.0f} tok/s", rate,
                      static_cast<double>(counters.tokens) / seconds);
  if (expected && *expected > done) {
    line += fmt::format(", {:.0f} s left", std::ceil(static_cast<double>(*expected - done) / rate));
  }
  return line;
}

ProgressDisplay::ProgressDisplay(std::string test, const LoadCounters& counters,
                                 std::optional<std::uint64_t> expected)
    : test_(std::move(test)),
      counters_(counters),
      expected_(expected),
      terminal_(isatty(STDERR_FILENO) != 0),
      thread_([this](const std::stop_token& stop) { Show(stop); }) {}

ProgressDisplay::~ProgressDisplay() {
  thread_.request_stop();
  thread_.join();
  if (counters_.first_issue_ns == 0) return;
  PrintLine(SteadyClock().Now());
  if (terminal_) std::fputc('\n', stderr);
}

void ProgressDisplay::Show(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  std::optional<MonoTime> last_shown;
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, milliseconds(100), [] { return false; });
    if (counters_.first_issue_ns == 0) continue;
    const MonoTime now = SteadyClock().Now();
    if (!last_shown) last_shown = now;
    if (now - *last_shown >= (terminal_ ? kTerminalInterval : kLogInterval)) {
      last_shown = now;
      PrintLine(now);
    }
  }
}

void ProgressDisplay::PrintLine(MonoTime now) {
  const std::string line =
      ProgressLine(test_, counters_, expected_, now - FromNanos(counters_.first_issue_ns));
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  std::fflush(stderr);
}

}  // namespace assay
