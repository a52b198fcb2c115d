// `assay sentences`.

#ifndef ASSAY_CLI_SENTENCES_COMMAND_H_
#define ASSAY_CLI_SENTENCES_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

void AddSentencesCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_SENTENCES_COMMAND_H_
