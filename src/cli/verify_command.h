// assay verify: does every number of a run directory follow from its record?

#ifndef ASSAY_CLI_VERIFY_COMMAND_H_
#define ASSAY_CLI_VERIFY_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

void AddVerifyCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_VERIFY_COMMAND_H_
