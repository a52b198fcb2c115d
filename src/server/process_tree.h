// The processes below one: who they are, what they hold, and how they are told to end.

#ifndef ASSAY_SERVER_PROCESS_TREE_H_
#define ASSAY_SERVER_PROCESS_TREE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "assay/result.h"

#include "base/file.h"

namespace assay {

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  bool zombie = false;  // ended, not yet waited for
  std::uint64_t rss_pages = 0;
};

// One /proc/PID/stat. The name, which may hold blanks and brackets, is skipped to its last bracket.
// Errors: kParse.
[[nodiscard]] Result<ProcessEntry> ParseProcStat(std::string_view line);

// Every process below `root`, children before grandchildren, `root` itself not among them. Those
// that come and go meanwhile may be missing: callers look again.
//
// `proc`  where proc(5) is; tests put a tree of their own here.
[[nodiscard]] std::vector<ProcessEntry> Descendants(pid_t root, const fs::path& proc = "/proc");

// Sum of the resident sets of those processes; a page that several share counts in each.
[[nodiscard]] std::uint64_t ResidentBytes(const std::vector<ProcessEntry>& processes);

// Sends `signal` to each that has not ended.
void SignalAll(const std::vector<ProcessEntry>& processes, int signal);

}  // namespace assay

#endif  // ASSAY_SERVER_PROCESS_TREE_H_
