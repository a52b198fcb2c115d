// `assay dataset`.

#ifndef ASSAY_CLI_DATASET_COMMAND_H_
#define ASSAY_CLI_DATASET_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

void AddDatasetCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_DATASET_COMMAND_H_
