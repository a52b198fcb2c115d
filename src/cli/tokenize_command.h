// `assay tokenize`.

#ifndef ASSAY_CLI_TOKENIZE_COMMAND_H_
#define ASSAY_CLI_TOKENIZE_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

void AddTokenizeCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_TOKENIZE_COMMAND_H_
