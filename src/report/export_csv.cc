#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/format.h"
#include "report/export_data.h"

namespace assay {
namespace {

constexpr std::string_view kHead =
    "request,sample_index,id,status,error,finish_reason,prompt_tokens,output_tokens,scheduled_s,"
    "sent_s,ttft_ms,ttft_from_send_ms,tpot_ms,e2el_ms,e2el_from_send_ms,rouge1,rouge2,rougeL,"
    "rougeLsum,gen_len,output\n";

// RFC 4180. A leading sign of a formula is kept from spreadsheets by a quote before it.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
    out += '\'';
  }
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string Millis(const std::optional<std::int64_t>& nanoseconds) {
  if (!nanoseconds) return {};
  return fmt::format("{}", static_cast<double>(*nanoseconds) / kNanosPerMilli);
}

std::string_view StatusOf(const ExportRequest& r) {
  return r.completed ? "completed" : "failed";
}

std::string_view FinishOf(const RequestOutcome& o) {
  switch (o.finish_reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kError:
      return "error";
  }
  return "";
}

std::string ScoreCells(const ScoredAnswer* answer) {
  if (answer == nullptr) return ",,,,";
  const SampleScore& s = answer->score;
  return fmt::format("{},{},{},{},{}", s.rouge1.fmeasure, s.rouge2.fmeasure, s.rougeL.fmeasure,
                     s.rougeLsum.fmeasure, s.gen_len);
}

}  // namespace

std::string ExportCsv(const ExportData& data) {
  std::unordered_map<std::uint64_t, const ScoredAnswer*> scores;
  if (data.test->score) {
    for (const ScoredAnswer& a : data.test->score->answers) scores.emplace(a.answer.index, &a);
  }
  std::unordered_map<std::uint64_t, std::string_view> ids;
  for (const InputSample& sample : data.run->samples) ids.emplace(sample.index, sample.id);
  std::int64_t start = data.requests.empty() ? 0 : data.requests.front().scheduled;
  for (const ExportRequest& r : data.requests) start = std::min(start, r.scheduled);
  const auto seconds = [&](std::int64_t time) {
    return fmt::format("{:.9f}", static_cast<double>(time - start) / kNanosPerSecond);
  };
  std::string csv(kHead);
  for (const ExportRequest& r : data.requests) {
    const RequestOutcome& o = r.record->outcome;
    const RequestTimes t = r.completed ? TimesOf(o, r.scheduled) : RequestTimes{};
    const auto score = scores.find(r.record->sample_index);
    const auto id = ids.find(r.record->sample_index);
    csv += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", o.id, r.record->sample_index,
        Quoted(id == ids.end() ? std::string_view() : id->second), StatusOf(r),
        Quoted(o.error ? o.error->kind : ""), FinishOf(o), o.prompt_tokens, r.tokens,
        seconds(r.scheduled), r.sent ? seconds(*r.sent) : "", Millis(t.ttft),
        Millis(t.ttft_from_send), Millis(t.tpot),
        Millis(r.completed ? std::optional(t.e2el) : std::nullopt), Millis(t.e2el_from_send),
        ScoreCells(score == scores.end() ? nullptr : score->second), Quoted(r.text.value_or("")));
  }
  return csv;
}

}  // namespace assay
