// A guard for whoever reads a directory that somebody else made.

#ifndef ASSAY_RULES_SPECIAL_FILES_H_
#define ASSAY_RULES_SPECIAL_FILES_H_

#include "assay/result.h"

#include "base/file.h"

namespace assay {

// Errors: kInvalidArgument, naming the first thing under `dir` that is neither file nor directory,
// nor a link to one: a pipe, a socket, a device. Reading it could wait for ever. What cannot be
// looked at is passed over: whoever reads it says so.
[[nodiscard]] Status CheckNoSpecialFiles(const fs::path& dir);

}  // namespace assay

#endif  // ASSAY_RULES_SPECIAL_FILES_H_
