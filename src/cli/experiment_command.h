// assay experiment: interleaved, repeated runs of several variants, and their comparison.

#ifndef ASSAY_CLI_EXPERIMENT_COMMAND_H_
#define ASSAY_CLI_EXPERIMENT_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

void AddExperimentCommand(CLI::App& app, int argc, char** argv, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_EXPERIMENT_COMMAND_H_
