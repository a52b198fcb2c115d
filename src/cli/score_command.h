// `assay score`.

#ifndef ASSAY_CLI_SCORE_COMMAND_H_
#define ASSAY_CLI_SCORE_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

void AddScoreCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_SCORE_COMMAND_H_
