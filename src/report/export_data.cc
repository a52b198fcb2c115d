#include "report/export_data.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

constexpr std::array<std::pair<std::string_view, ExportFormat>, 4> kFormats{
    {{"vllm", ExportFormat::kVllm},
     {"aiperf", ExportFormat::kAiperf},
     {"guidellm", ExportFormat::kGuidellm},
     {"csv", ExportFormat::kCsv}}};

std::optional<std::int64_t> Nanoseconds(const std::optional<MonoTime>& time) {
  return time ? std::optional(ToNanos(*time)) : std::nullopt;
}

std::optional<std::string> TextOf(const RunEvidence& run, const RequestOutcome& o) {
  if (o.text) return o.text;
  if (run.tokenizer == nullptr) return std::nullopt;
  auto text = run.tokenizer->Decode(o.token_ids);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

const TestEvidence* MainEvidence(const RunEvidence& run) {
  const auto usable = [](const TestEvidence& t) { return t.journal && t.record; };
  const TestEvidence* performance = Find(run, TestKind::kPerformance);
  if (performance != nullptr && usable(*performance)) return performance;
  const auto it = std::find_if(run.tests.begin(), run.tests.end(), usable);
  return it == run.tests.end() ? nullptr : &*it;
}

std::string ModelOf(const TestEvidence& test, const RunConfig& config) {
  if (test.record->engine && !test.record->engine->model_name.empty()) {
    return test.record->engine->model_name;
  }
  return config.model.empty() ? config.engine : config.model;
}

}  // namespace

Result<ExportFormat> ParseExportFormat(std::string_view name) {
  for (const auto& [known, format] : kFormats) {
    if (known == name) return format;
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "export \"{}\" is not known; accepted: vllm, aiperf, guidellm, csv", name);
}

Result<ExportData> LoadExportData(const RunEvidence& run) {
  ExportData data;
  data.run = &run;
  data.test = MainEvidence(run);
  if (data.test == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: no test has a journal to export",
                     run.directory.string());
  }
  const TestRecord& record = *data.test->record;
  const std::vector<RequestRecord>& requests = data.test->journal->requests;
  const Schedule schedule = RecoverSchedule(requests, record.origin_not_before_ns);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& o = requests[i].outcome;
    data.requests.push_back({&requests[i], Completed(o), schedule.scheduled_ns[i], SentNanos(o),
                             Nanoseconds(o.first_token), Nanoseconds(o.last_token), ToNanos(o.done),
                             o.token_ids.size(), TokenChunks(o), TextOf(run, o)});
  }
  std::stable_sort(data.requests.begin(), data.requests.end(),
                   [](const ExportRequest& a, const ExportRequest& b) {
                     return a.record->outcome.id < b.record->outcome.id;
                   });
  data.wall_minus_steady = record.clocks_start.wall_ns - record.clocks_start.steady_ns;
  data.model = ModelOf(*data.test, run.record.config);
  return data;
}

std::vector<double> ValuesOf(
    const ExportData& data,
    const std::function<std::optional<double>(const ExportRequest&)>& value) {
  std::vector<double> values;
  for (const ExportRequest& request : data.requests) {
    if (const auto v = value(request)) values.push_back(*v);
  }
  return values;
}

Result<std::vector<ExportedFile>> ExportRun(const RunEvidence& run, ExportFormat format) {
  ASSAY_ASSIGN_OR_RETURN(const ExportData data, LoadExportData(run));
  std::vector<ExportedFile> files;
  switch (format) {
    case ExportFormat::kVllm:
      files.push_back({"vllm.json", ExportVllm(data)});
      break;
    case ExportFormat::kAiperf:
      files.push_back({"profile_export_aiperf.json", ExportAiperfSummary(data)});
      files.push_back({"profile_export.jsonl", ExportAiperfRecords(data)});
      break;
    case ExportFormat::kGuidellm:
      files.push_back({"benchmarks.json", ExportGuidellm(data)});
      break;
    case ExportFormat::kCsv:
      files.push_back({"samples.csv", ExportCsv(data)});
      break;
  }
  return files;
}

}  // namespace assay
