// assay submission build|check|truncate|templates

#ifndef ASSAY_CLI_SUBMISSION_COMMAND_H_
#define ASSAY_CLI_SUBMISSION_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

// Adds the verb; `code` gets the exit code.
void AddSubmissionCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_SUBMISSION_COMMAND_H_
