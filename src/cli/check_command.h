// `assay check`.

#ifndef ASSAY_CLI_CHECK_COMMAND_H_
#define ASSAY_CLI_CHECK_COMMAND_H_

#include <string>

#include "assay/finding.h"

namespace CLI {
class App;
}

namespace assay {

// Prints a judgement of `dir` as `format` asks: text, json or junit. Value: the exit code that
// follows from the verdict.
[[nodiscard]] int ShowJudgement(const Judgement& judgement, const std::string& format,
                                const std::string& dir);

void AddCheckCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_CHECK_COMMAND_H_
