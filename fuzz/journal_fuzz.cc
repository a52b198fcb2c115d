// Whatever stands in the files of a run directory: requests.jsonl survives being written and read
// again, telemetry.jsonl too, every figure of them can be computed, and an error is one line. The
// first byte says which of the two it is.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/json.h"
#include "metrics/client_metrics.h"
#include "metrics/machine_figures.h"
#include "metrics/machine_json.h"
#include "metrics/machine_series.h"
#include "metrics/metrics.h"
#include "metrics/metrics_json.h"
#include "metrics/timeline.h"
#include "metrics/tool_figures.h"
#include "record/journal.h"
#include "record/telemetry.h"

namespace assay {
namespace {

constexpr std::size_t kBins = 20;

std::string Lines(const Journal& journal) {
  std::string lines;
  for (const RequestRecord& request : journal.requests) lines += ToJournalLine(request);
  return lines;
}

std::string Lines(const Telemetry& telemetry) {
  std::string lines = ToTelemetryLine(telemetry.header);
  std::string line;
  for (const TelemetrySample& sample : telemetry.samples) {
    ToTelemetryLine(sample, line);
    lines += line;
  }
  return lines;
}

// What `parse` makes of the bytes, which survives being written and read again, or its error.
template <typename File>
Result<File> Survivor(Result<File> (*parse)(std::string_view, const std::string&),
                      std::string_view bytes) {
  Result<File> file = parse(bytes, "file");
  if (!file) {
    ASSAY_CHECK(file.error().message.starts_with("file"));
    ASSAY_CHECK(file.error().message.find('\n') == std::string::npos);
    return file;
  }
  const std::string written = Lines(*file);
  const auto again = parse(written, "written");
  ASSAY_CHECK(again && !again->cut_off && Lines(*again) == written);
  return file;
}

void CheckJournal(std::string_view bytes) {
  const auto journal = Survivor(ParseJournal, bytes);
  if (!journal) return;
  const TestRecord test;
  const Metrics metrics = ComputeMetrics(journal->requests, test, {});
  ASSAY_CHECK(!ToJsonLine(ToJson(metrics)).empty());
  ASSAY_CHECK(!ToJsonLine(ToJson(ComputeClientMetrics(journal->requests, test))).empty());
  const auto timeline = TimelineOf(journal->requests, test, kBins);
  ASSAY_CHECK(!timeline || timeline->bins.size() <= kBins);
  ASSAY_CHECK(!FiguresByTool(journal->requests, test).empty());
}

void CheckTelemetry(std::string_view bytes) {
  const auto telemetry = Survivor(ParseTelemetry, bytes);
  if (!telemetry) return;
  // A test that lasted as long as there are samples.
  Journal journal;
  if (!telemetry->samples.empty()) {
    RequestRecord request;
    request.issued_ns = telemetry->samples.front().t_ns;
    request.scheduled_ns = request.issued_ns;
    request.outcome.done = FromNanos(telemetry->samples.back().t_ns);
    journal.requests.push_back(std::move(request));
  }
  const TestRecord test;
  const Metrics metrics = ComputeMetrics(journal.requests, test, {});
  const MachineFigures figures = ComputeMachineFigures(*telemetry, journal.requests, test, metrics);
  ASSAY_CHECK(!ToJsonLine(ToJson(figures)).empty());
  ASSAY_CHECK(IntervalsOf(*telemetry).size() <= telemetry->samples.size());
}

}  // namespace
}  // namespace assay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 0) {
    assay::CheckTelemetry(bytes);
  } else {
    assay::CheckJournal(bytes);
  }
  return 0;
}
