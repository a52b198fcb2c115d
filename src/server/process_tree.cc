#include "server/process_tree.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <string>
#include <unordered_map>

#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

// proc(5), /proc/PID/stat: fields after the name, from state (field 3) on.
constexpr std::size_t kState = 0;
constexpr std::size_t kParent = 1;
constexpr std::size_t kRss = 21;

template <typename T>
bool ReadNumber(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t start = text.find_first_not_of(" \n");
    if (start == std::string_view::npos) return words;
    const std::size_t end = std::min(text.find_first_of(" \n", start), text.size());
    words.push_back(text.substr(start, end - start));
    text.remove_prefix(end);
  }
}

std::vector<ProcessEntry> AllProcesses(const fs::path& proc) {
  std::vector<ProcessEntry> all;
  std::error_code error;
  for (fs::directory_iterator it(proc, error), end; !error && it != end; it.increment(error)) {
    pid_t pid = 0;
    if (!ReadNumber(std::string_view(it->path().filename().native()), pid)) continue;
    const Result<std::string> bytes = ReadFile(it->path() / "stat");
    if (!bytes) continue;
    const Result<ProcessEntry> entry = ParseProcStat(*bytes);
    if (entry) all.push_back(*entry);
  }
  return all;
}

}  // namespace

Result<ProcessEntry> ParseProcStat(std::string_view line) {
  const Error malformed =
      MakeError(ErrorCode::kParse, "stat: expected \"PID (NAME) STATE PARENT ...\", found \"{}\"",
                line.substr(0, 80));
  ProcessEntry entry;
  const std::size_t open = line.find(" (");
  const std::size_t close = line.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return malformed;
  }
  const std::vector<std::string_view> words = Words(line.substr(close + 1));
  if (words.size() <= kRss || !ReadNumber(line.substr(0, open), entry.pid) ||
      !ReadNumber(words[kParent], entry.parent) || !ReadNumber(words[kRss], entry.rss_pages)) {
    return malformed;
  }
  entry.zombie = words[kState] == "Z" || words[kState] == "X";
  return entry;
}

std::vector<ProcessEntry> Descendants(pid_t root, const fs::path& proc) {
  std::unordered_map<pid_t, std::vector<ProcessEntry>> children;
  for (const ProcessEntry& entry : AllProcesses(proc)) children[entry.parent].push_back(entry);
  std::vector<ProcessEntry> found = children[root];
  children.erase(root);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto below = children.find(found[i].pid);
    if (below == children.end()) continue;
    found.insert(found.end(), below->second.begin(), below->second.end());
    children.erase(below);
  }
  return found;
}

std::uint64_t ResidentBytes(const std::vector<ProcessEntry>& processes) {
  std::uint64_t pages = 0;
  for (const ProcessEntry& entry : processes) pages += entry.rss_pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void SignalAll(const std::vector<ProcessEntry>& processes, int signal) {
  for (const ProcessEntry& entry : processes) {
    if (!entry.zombie) kill(entry.pid, signal);
  }
}

}  // namespace assay
