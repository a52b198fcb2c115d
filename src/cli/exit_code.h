// What a verb answers to the shell.

#ifndef ASSAY_CLI_EXIT_CODE_H_
#define ASSAY_CLI_EXIT_CODE_H_

#include "assay/result.h"

namespace assay {

enum ExitCode : int {
  kExitDone = 0,
  kExitNotGood = 1,  // invalid; not comparable where that was asked for; a gate failed
  kExitUsage = 2,
  kExitFailed = 3,  // could not be done, or interrupted
};

// Prints "assay: <message>" to standard error, as one line whatever a file or an argument put into
// the message. Value: kExitUsage for kInvalidArgument, kExitFailed for everything else.
[[nodiscard]] int Fail(const Error& error);

}  // namespace assay

#endif  // ASSAY_CLI_EXIT_CODE_H_
