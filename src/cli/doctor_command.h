// assay doctor: is this host fit for measuring?

#ifndef ASSAY_CLI_DOCTOR_COMMAND_H_
#define ASSAY_CLI_DOCTOR_COMMAND_H_

namespace CLI {
class App;
}

namespace assay {

// Adds the verb. Its callback sets `code`, which must outlive the parsing: 1 if something that was
// found matters.
void AddDoctorCommand(CLI::App& app, int& code);

}  // namespace assay

#endif  // ASSAY_CLI_DOCTOR_COMMAND_H_
