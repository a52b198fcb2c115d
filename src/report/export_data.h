// What every export starts from: one test's requests in the order of issue.

#ifndef ASSAY_REPORT_EXPORT_DATA_H_
#define ASSAY_REPORT_EXPORT_DATA_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "metrics/request_times.h"
#include "report/export.h"

namespace assay {

// Nanoseconds of the steady clock. What an answer lacks (a failed request's first token) is absent.
struct ExportRequest {
  const RequestRecord* record = nullptr;
  bool completed = false;
  std::int64_t scheduled = 0;
  std::optional<std::int64_t> sent;
  std::optional<std::int64_t> first_token;
  std::optional<std::int64_t> last_token;
  std::int64_t done = 0;
  std::size_t tokens = 0;
  std::vector<TokenChunk> chunks;
  std::optional<std::string> text;  // decoded, or as the server sent it
};

struct ExportData {
  const RunEvidence* run = nullptr;
  const TestEvidence* test = nullptr;
  std::vector<ExportRequest> requests;
  std::int64_t wall_minus_steady = 0;  // nanoseconds, at the start of the test
  std::string model;
};

// Errors: kInvalidArgument: no test has a journal and a record.
[[nodiscard]] Result<ExportData> LoadExportData(const RunEvidence& run);

// The requests for which `value` has one, in order.
[[nodiscard]] std::vector<double> ValuesOf(
    const ExportData& data,
    const std::function<std::optional<double>(const ExportRequest&)>& value);

inline constexpr double kNanosPerSecond = 1e9;
inline constexpr double kNanosPerMilli = 1e6;

[[nodiscard]] std::string ExportVllm(const ExportData& data);
[[nodiscard]] std::string ExportAiperfSummary(const ExportData& data);
[[nodiscard]] std::string ExportAiperfRecords(const ExportData& data);
[[nodiscard]] std::string ExportGuidellm(const ExportData& data);
[[nodiscard]] std::string ExportCsv(const ExportData& data);

}  // namespace assay

#endif  // ASSAY_REPORT_EXPORT_DATA_H_
