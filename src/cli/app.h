// The command line: verbs, options, exit codes.

#ifndef ASSAY_CLI_APP_H_
#define ASSAY_CLI_APP_H_

namespace assay {

// Value: the process's exit code: 0 done; 1 done but not good; 2 usage; 3 could not be done, or
// interrupted.
[[nodiscard]] int RunCommandLine(int argc, char** argv);

}  // namespace assay

#endif  // ASSAY_CLI_APP_H_
