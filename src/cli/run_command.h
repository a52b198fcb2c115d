// `assay run`: one measured run.

#ifndef ASSAY_CLI_RUN_COMMAND_H_
#define ASSAY_CLI_RUN_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

// Adds the verb; `code` gets the exit code when it ran.
void AddRunCommand(CLI::App& app, int argc, char** argv, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_RUN_COMMAND_H_
