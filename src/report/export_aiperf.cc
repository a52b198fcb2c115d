#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "base/format.h"
#include "metrics/tool_figures.h"
#include "report/export_data.h"

// Source: AIPerf 0.13.0, export_models.py (schema 1.4), record_models.py and metrics/types/.

namespace assay {
namespace {

constexpr std::array<std::pair<const char*, double>, 9> kPercentiles{{{"p1", 0.01},
                                                                      {"p5", 0.05},
                                                                      {"p10", 0.1},
                                                                      {"p25", 0.25},
                                                                      {"p50", 0.5},
                                                                      {"p75", 0.75},
                                                                      {"p90", 0.9},
                                                                      {"p95", 0.95},
                                                                      {"p99", 0.99}}};

std::optional<double> Millis(const std::optional<std::int64_t>& from,
                             const std::optional<std::int64_t>& to) {
  if (!from || !to) return std::nullopt;
  return static_cast<double>(*to - *from) / kNanosPerMilli;
}

std::optional<double> Ttft(const ExportRequest& r) {
  return r.completed ? Millis(r.sent, r.first_token) : std::nullopt;
}
// To the last response with content.
std::optional<double> Latency(const ExportRequest& r) {
  return r.completed ? Millis(r.sent, r.last_token.value_or(r.done)) : std::nullopt;
}
std::optional<double> SecondToken(const ExportRequest& r) {
  if (!r.completed || r.chunks.size() < 2) return std::nullopt;
  return Millis(r.chunks[0].arrived_ns, r.chunks[1].arrived_ns);
}
std::optional<double> InterToken(const ExportRequest& r) {
  const auto ttft = Ttft(r);
  if (!ttft || r.tokens < 2) return std::nullopt;
  return (*Latency(r) - *ttft) / static_cast<double>(r.tokens - 1);
}
std::optional<double> PerUser(const ExportRequest& r) {
  const auto itl = InterToken(r);
  if (!itl || *itl <= 0.0) return std::nullopt;
  return 1000.0 / *itl;
}
std::optional<double> OutputLength(const ExportRequest& r) {
  return r.completed ? std::optional(static_cast<double>(r.tokens)) : std::nullopt;
}
std::optional<double> InputLength(const ExportRequest& r) {
  if (!r.completed) return std::nullopt;
  return static_cast<double>(r.record->outcome.prompt_tokens);
}

struct RecordMetric {
  const char* tag;
  const char* unit;
  std::optional<double> (*value)(const ExportRequest&);
};
constexpr std::array<RecordMetric, 7> kRecordMetrics{
    {{"request_latency", "ms", Latency},
     {"time_to_first_token", "ms", Ttft},
     {"time_to_second_token", "ms", SecondToken},
     {"inter_token_latency", "ms", InterToken},
     {"output_token_throughput_per_user", "tokens/sec/user", PerUser},
     {"output_sequence_length", "tokens", OutputLength},
     {"input_sequence_length", "tokens", InputLength}}};

void AddDistribution(const std::string& tag, const char* unit, std::vector<double> values,
                     Json& json) {
  if (values.empty()) return;  // that tool leaves out what has no value
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  const auto n = static_cast<double>(values.size());
  double squares = 0.0;
  for (const double v : values) squares += (v - sum / n) * (v - sum / n);
  std::sort(values.begin(), values.end());
  Json metric{{"unit", unit}, {"avg", sum / n}};
  for (const auto& [name, fraction] : kPercentiles) {
    metric[name] = LinearPercentile(values, fraction);
  }
  metric["min"] = values.front();
  metric["max"] = values.back();
  metric["std"] = std::sqrt(squares / n);
  metric["count"] = values.size();
  metric["sum"] = sum;
  json[tag] = std::move(metric);
}

// From the first start of a completed request to the last response of one.
std::optional<double> DurationSeconds(const ExportData& data) {
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> last;
  for (const ExportRequest& r : data.requests) {
    if (!r.completed || !r.sent) continue;
    const std::int64_t end = r.last_token.value_or(r.done);
    first = std::min(first.value_or(*r.sent), *r.sent);
    last = std::max(last.value_or(end), end);
  }
  if (!first || *last <= *first) return std::nullopt;
  return static_cast<double>(*last - *first) / kNanosPerSecond;
}

void AddTotals(const ExportData& data, Json& json) {
  const auto scalar = [&](const char* tag, const char* unit, double value) {
    json[tag] = {{"unit", unit}, {"avg", value}};
  };
  const Metrics& m = *data.test->metrics;
  const auto completed = static_cast<double>(m.counts.completed);
  scalar("request_count", "requests", completed);
  scalar("error_request_count", "requests", static_cast<double>(m.counts.failed));
  if (m.good_requests) {
    scalar("good_request_count", "requests", static_cast<double>(*m.good_requests));
  }
  if (m.counts.completed == 0) return;
  const auto input = static_cast<double>(*m.total_input_tokens);
  const auto output = static_cast<double>(*m.total_output_tokens);
  scalar("total_isl", "tokens", input);
  scalar("total_osl", "tokens", output);
  scalar("total_output_tokens", "tokens", output);
  const auto duration = DurationSeconds(data);
  if (!duration) return;
  scalar("benchmark_duration", "sec", *duration);
  scalar("request_throughput", "requests/sec", completed / *duration);
  scalar("output_token_throughput", "tokens/sec", output / *duration);
  scalar("total_token_throughput", "tokens/sec", (input + output) / *duration);
  if (m.good_requests) {
    scalar("goodput", "requests/sec", static_cast<double>(*m.good_requests) / *duration);
  }
}

Json ErrorOf(const RequestOutcome& o) {
  return {{"type", o.error ? o.error->kind : "no_tokens"},
          {"message", o.error ? o.error->message : "the answer held no token"}};
}

Json MetadataOf(const ExportData& data, const ExportRequest& r) {
  const std::int64_t shift = data.wall_minus_steady;
  const std::uint64_t id = r.record->outcome.id;
  return {
      {"session_num", id},
      {"x_request_id", fmt::format("{}", id)},
      {"conversation_id", fmt::format("{}", r.record->sample_index)},
      {"turn_index", 0},
      {"credit_issued_ns", r.record->issued_ns + shift},
      {"request_start_ns", r.sent.value_or(r.done) + shift},
      {"request_end_ns", r.done + shift},
      {"worker_id", "assay"},
      {"record_processor_id", "assay"},
      {"benchmark_phase", "profiling"},
      {"was_cancelled", r.record->outcome.error && r.record->outcome.error->kind == "cancelled"}};
}

}  // namespace

std::string ExportAiperfSummary(const ExportData& data) {
  const RunRecord& run = data.run->record;
  Json json{{"schema_version", "1.4"}, {"exported_by", "Assay " + run.assay_version}};
  AddTotals(data, json);
  for (const RecordMetric& metric : kRecordMetrics) {
    AddDistribution(metric.tag, metric.unit, ValuesOf(data, metric.value), json);
  }
  std::vector<double> gaps;
  for (const ExportRequest& r : data.requests) {
    for (std::size_t i = 1; r.completed && i < r.chunks.size(); ++i) {
      gaps.push_back(*Millis(r.chunks[i - 1].arrived_ns, r.chunks[i].arrived_ns));
    }
  }
  AddDistribution("inter_chunk_latency", "ms", std::move(gaps), json);
  json["was_cancelled"] = run.interrupted;
  json["start_time"] = run.started_utc;
  if (run.ended_utc) json["end_time"] = *run.ended_utc;
  return ToPrettyJson(json);
}

std::string ExportAiperfRecords(const ExportData& data) {
  std::string lines;
  for (const ExportRequest& r : data.requests) {
    Json metrics = Json::object();
    for (const RecordMetric& metric : kRecordMetrics) {
      const auto value = metric.value(r);
      if (value) metrics[metric.tag] = {{"value", *value}, {"unit", metric.unit}};
    }
    Json gaps = Json::array();
    for (std::size_t i = 1; r.completed && i < r.chunks.size(); ++i) {
      gaps.push_back(*Millis(r.chunks[i - 1].arrived_ns, r.chunks[i].arrived_ns));
    }
    if (!gaps.empty()) {
      metrics["inter_chunk_latency"] = {{"value", std::move(gaps)}, {"unit", "ms"}};
    }
    Json record{{"metadata", MetadataOf(data, r)}, {"metrics", std::move(metrics)}};
    record["error"] = r.completed ? Json(nullptr) : ErrorOf(r.record->outcome);
    lines += ToJsonLine(record) + "\n";
  }
  return lines;
}

}  // namespace assay
