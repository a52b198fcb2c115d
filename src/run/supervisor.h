// The processes of a run's tests: started, watched, stopped. One LoadGen test per process; a crash
// costs that test, not the record.

#ifndef ASSAY_RUN_SUPERVISOR_H_
#define ASSAY_RUN_SUPERVISOR_H_

#include <string>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "base/file.h"
#include "record/run_directory.h"

namespace assay {

// SIGINT and SIGTERM are blocked for this thread, and those it starts, while an object lives: the
// supervisor, and a test's own process, wait for them instead. Construct before any other thread.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  // Waits until one of them comes. Value: its number.
  [[nodiscard]] static int Wait();
  // Waits at most so long. Value: did one come?
  [[nodiscard]] static bool CameWithin(Nanos limit);
};

// Runs `test` of the run in `run_dir` in a process of its own: this program again, with
// `arguments`. Its standard output goes to our standard error. It dies with us, also by SIGKILL.
// When SIGINT or SIGTERM comes, it is told to end, and killed if it has not within ten seconds.
//
// Value: how it ended; "interrupted" if a signal came.
// Errors: kIo if it cannot be started. REQUIRES: a BlockedSignals lives; no other thread.
[[nodiscard]] Result<TestEnd> SuperviseTest(const fs::path& run_dir, TestKind test,
                                            const std::vector<std::string>& arguments);

struct ProgramEnd {
  int exit_code = -1;  // 128 + signal where one ended it
  bool interrupted = false;
};

// Runs this program again with `arguments`, its standard output thrown away. Signals and errors as
// above, but that it has a minute to end: it supervises tests itself.
[[nodiscard]] Result<ProgramEnd> SuperviseProgram(const std::vector<std::string>& arguments);

}  // namespace assay

#endif  // ASSAY_RUN_SUPERVISOR_H_
