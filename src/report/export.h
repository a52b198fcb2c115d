// A run in the layouts of other tools, under those tools' own definitions. docs/formats.md,
// "Other tools' formats", names the versions.

#ifndef ASSAY_REPORT_EXPORT_H_
#define ASSAY_REPORT_EXPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "rules/run_evidence.h"

namespace assay {

enum class ExportFormat { kVllm, kAiperf, kGuidellm, kCsv };

// "vllm", "aiperf", "guidellm", "csv". Errors: kInvalidArgument, listing what is accepted.
[[nodiscard]] Result<ExportFormat> ParseExportFormat(std::string_view name);

struct ExportedFile {
  std::string name;  // as that tool names it
  std::string bytes;
};

// Value: the files of the performance test (without one, of the first that has a journal); the
// summary first. What the record does not tell is null or left out.
// Errors: kInvalidArgument: no test has a journal.
[[nodiscard]] Result<std::vector<ExportedFile>> ExportRun(const RunEvidence& run,
                                                          ExportFormat format);

}  // namespace assay

#endif  // ASSAY_REPORT_EXPORT_H_
