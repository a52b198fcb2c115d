// What a submitter says of a system and of the submission: two JSON files that people fill in.
// docs/formats.md defines them.

#ifndef ASSAY_SUBMISSION_DESCRIPTIONS_H_
#define ASSAY_SUBMISSION_DESCRIPTIONS_H_

#include <string>
#include <vector>

#include "assay/result.h"

#include "base/file.h"
#include "base/json.h"

namespace assay {

struct Descriptions {
  std::string division;   // "closed", "open"
  std::string submitter;  // the directory's name
  std::string system;     // systems/<system>.json and the directory in results/
  std::string system_type;
  Json system_json;         // as it goes into systems/, division and submitter included
  Json measurements;        // the fields of measurements.json, in the table's order
  std::string calibration;  // text of documentation/calibration.md
  std::string source;       // text of the source directory's README.md: where the code is
};

// Every field that the checkers ask for, empty. `division` and `submitter` of the system's
// description are in the submitter's: they are said once.
[[nodiscard]] Json SystemTemplate();
[[nodiscard]] Json SubmitterTemplate();

// Writes system.json and submitter.json into `directory`.
// Errors: kInvalidArgument: one of them is there already; nothing is written then. kIo.
[[nodiscard]] Status WriteTemplates(const fs::path& directory);

// May `name` be a directory of a submission: letters, digits, ".", "_", "-" and "+", the first no
// dot, 1 to 100 characters? Blanks, quotes and slashes break the checkers or LoadGen's logs.
[[nodiscard]] bool IsTreeName(std::string_view name);

// Reads both files. `problems` gets a line for every field that is missing, empty, unknown or does
// not fit, "FILE: field ..."; with any, the value means nothing.
// Errors: kIo, kParse: a file that cannot be read or is no JSON object.
[[nodiscard]] Result<Descriptions> ReadDescriptions(const fs::path& system_file,
                                                    const fs::path& submitter_file,
                                                    std::vector<std::string>& problems);

}  // namespace assay

#endif  // ASSAY_SUBMISSION_DESCRIPTIONS_H_
