// assay null-server

#ifndef ASSAY_CLI_NULL_SERVER_COMMAND_H_
#define ASSAY_CLI_NULL_SERVER_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

// Adds the verb to `app`; `code` gets the exit code when it has run.
void AddNullServerCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_NULL_SERVER_COMMAND_H_
