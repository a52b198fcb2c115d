// `assay check`.

#ifndef ASSAY_CLI_CHECK_COMMAND_H_
#define ASSAY_CLI_CHECK_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

void AddCheckCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_CHECK_COMMAND_H_
