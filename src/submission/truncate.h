// Truncated accuracy logs: what a submission holds of mlperf_log_accuracy.json, and the hash of the
// whole one in accuracy.txt.

#ifndef ASSAY_SUBMISSION_TRUNCATE_H_
#define ASSAY_SUBMISSION_TRUNCATE_H_

#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "base/file.h"

namespace assay {

// Value: the bytes that truncate_accuracy_log.py leaves of a log: its first and its last 4,096
// characters with "\n\n...\n\n" between them, line ends as Python's text mode reads them (CR and
// CRLF become LF). A log of fewer than 4,096 bytes stays as it is.
// Errors: kParse with `where` and offset: a byte that is not ASCII, which LoadGen never writes.
// Source: tools/submission/truncate_accuracy_log.py (mlcommons/inference b66003e).
[[nodiscard]] Result<std::string> TruncatedLog(std::string_view bytes, const std::string& where);

// The line that this script appends to accuracy.txt, a line feed before it.
[[nodiscard]] std::string HashLine(std::string_view sha256);

struct Truncations {
  std::vector<std::string> truncated;  // logs, relative to the tree; the whole ones are kept
  std::vector<std::string> already;    // that were as they should be
  std::vector<std::string> strangers;  // other benchmarks' directories: not touched
};

// Truncates the accuracy log of every result of this benchmark in `tree`, after the whole log was
// copied to `backup`/<path in the tree> and its SHA-256 appended to accuracy.txt, if it was not
// there. Each file is replaced in one step; what was cut off in the middle ends well when it is
// repeated. Nothing is changed where any log is refused.
//
// Errors: kInvalidArgument: no submission tree; `backup` lies inside it. kParse: accuracy.txt's
// hash is not the log's; a log that is truncated and has no hash; a log or accuracy.txt that is
// missing or damaged; another log in `backup` already. kIo.
[[nodiscard]] Result<Truncations> TruncateTree(const fs::path& tree, const fs::path& backup);

}  // namespace assay

#endif  // ASSAY_SUBMISSION_TRUNCATE_H_
