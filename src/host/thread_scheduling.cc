#include "host/thread_scheduling.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace assay {
namespace {

// The next decimal number of `text`, which is shortened by it.
std::optional<std::uint64_t> TakeNumber(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// Absent: the thread has ended, or the kernel does not tell.
std::optional<ThreadScheduling> ReadThread(const fs::path& directory) {
  ThreadScheduling thread;
  const std::string id = directory.filename().string();
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), thread.thread_id);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  const Result<std::string> times = ReadFile(directory / "schedstat");
  const Result<std::string> name = ReadFile(directory / "comm");
  if (!times || !name) return std::nullopt;
  std::string_view rest = *times;
  const auto run = TakeNumber(rest);
  const auto wait = TakeNumber(rest);
  const auto slices = TakeNumber(rest);
  if (!run || !wait || !slices) return std::nullopt;
  thread.name = name->substr(0, name->find('\n'));
  thread.run_ns = *run;
  thread.wait_ns = *wait;
  thread.timeslices = *slices;
  return thread;
}

}  // namespace

std::vector<ThreadScheduling> ReadThreadScheduling(const fs::path& tasks) {
  std::vector<ThreadScheduling> threads;
  std::error_code error;
  for (fs::directory_iterator it(tasks, error), end; !error && it != end; it.increment(error)) {
    if (auto thread = ReadThread(it->path())) threads.push_back(std::move(*thread));
  }
  std::sort(threads.begin(), threads.end(),
            [](const auto& a, const auto& b) { return a.thread_id < b.thread_id; });
  return threads;
}

std::vector<ThreadScheduling> SchedulingBetween(const std::vector<ThreadScheduling>& earlier,
                                                std::vector<ThreadScheduling> later) {
  for (ThreadScheduling& thread : later) {
    const auto before = std::find_if(earlier.begin(), earlier.end(), [&thread](const auto& t) {
      return t.thread_id == thread.thread_id && t.run_ns <= thread.run_ns;
    });
    if (before == earlier.end()) continue;
    thread.run_ns -= before->run_ns;
    thread.wait_ns -= std::min(thread.wait_ns, before->wait_ns);
    thread.timeslices -= std::min(thread.timeslices, before->timeslices);
  }
  return later;
}

}  // namespace assay
