// One test of a run, in the process that the supervisor started for it.

#ifndef ASSAY_CLI_TEST_PROCESS_H_
#define ASSAY_CLI_TEST_PROCESS_H_

#include <string>

#include "base/file.h"
#include "record/run_config.h"

namespace assay {

struct TestProcessOptions {
  bool quiet = false;
  int headers_descriptor = -1;  // run/endpoint_secrets.h
};

// Value: the exit code. The record in `run_dir` says what happened; on SIGINT or SIGTERM it is
// closed as interrupted and the process ends at once.
[[nodiscard]] int RunTestProcess(const fs::path& run_dir, TestKind test,
                                 const TestProcessOptions& options);

}  // namespace assay

#endif  // ASSAY_CLI_TEST_PROCESS_H_
