// assay compare: two or more variants side by side, and gates on their differences.

#ifndef ASSAY_CLI_COMPARE_COMMAND_H_
#define ASSAY_CLI_COMPARE_COMMAND_H_

#include <string>
#include <vector>

#include "assay/result.h"

#include "compare/comparison.h"

namespace CLI {
class App;
}

namespace assay {

// A run directory, or a folder of them: a variant with its repeated runs in the order of names.
// Errors: those of LoadRunView; kInvalidArgument if there is no run.
[[nodiscard]] Result<Variant> LoadVariant(const std::string& dir);

void AddCompareCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_COMPARE_COMMAND_H_
