#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "base/format.h"
#include "metrics/tool_figures.h"
#include "report/export_data.h"

// Source: vllm/benchmarks/serve.py and lib/endpoint_request_func.py (vllm-project/vllm 009e6d4).

namespace assay {
namespace {

constexpr std::array<std::pair<const char*, double>, 4> kPercentiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}}};

double Seconds(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) / kNanosPerSecond;
}

std::optional<double> Ttft(const ExportRequest& r) {
  if (!r.completed || !r.sent || !r.first_token) return std::nullopt;
  return Seconds(*r.sent, *r.first_token);
}

// Its latency ends at the last chunk.
std::optional<double> Latency(const ExportRequest& r) {
  if (!r.completed || !r.sent) return std::nullopt;
  return Seconds(*r.sent, r.last_token.value_or(r.done));
}

std::optional<double> Tpot(const ExportRequest& r) {
  const auto ttft = Ttft(r);
  if (!ttft || r.tokens < 2) return std::nullopt;
  return (*Latency(r) - *ttft) / static_cast<double>(r.tokens - 1);
}

std::vector<double> Gaps(const ExportRequest& r) {
  std::vector<double> gaps;
  if (!r.completed) return gaps;
  for (std::size_t i = 1; i < r.chunks.size(); ++i) {
    gaps.push_back(Seconds(r.chunks[i - 1].arrived_ns, r.chunks[i].arrived_ns));
  }
  return gaps;
}

// Absent is not zero: where that tool prints 0.0 of nothing, this is null.
void AddMetric(const std::string& name, std::vector<double> seconds, Json& json) {
  constexpr double kMillis = 1000.0;
  if (seconds.empty()) {
    for (const char* key : {"mean", "median", "std", "p50", "p90", "p95", "p99"}) {
      json[fmt::format("{}_{}_ms", key, name)] = nullptr;
    }
    return;
  }
  const auto n = static_cast<double>(seconds.size());
  const double mean = std::accumulate(seconds.begin(), seconds.end(), 0.0) / n;
  double squares = 0.0;
  for (const double s : seconds) squares += (s - mean) * (s - mean);
  std::sort(seconds.begin(), seconds.end());
  json["mean_" + name + "_ms"] = mean * kMillis;
  json["median_" + name + "_ms"] = LinearPercentile(seconds, 0.5) * kMillis;
  json["std_" + name + "_ms"] = std::sqrt(squares / n) * kMillis;
  for (const auto& [key, fraction] : kPercentiles) {
    json[fmt::format("{}_{}_ms", key, name)] = LinearPercentile(seconds, fraction) * kMillis;
  }
}

// "2026-11-24T06:30:16Z" -> "20261124-063016".
std::string DateOf(const std::string& utc) {
  std::string date;
  for (const char c : utc) {
    if (c >= '0' && c <= '9') date += c;
    if (c == 'T') date += '-';
  }
  return date;
}

void AddSetup(const ExportData& data, Json& json) {
  const RunConfig& config = data.run->record.config;
  json["date"] = DateOf(data.run->record.started_utc);
  json["endpoint_type"] = config.engine;
  json["backend"] = config.engine;
  json["label"] = "assay";
  json["model_id"] = data.model;
  json["tokenizer_id"] = data.run->record.tokenizer.path;
  json["num_prompts"] = data.requests.size();
  json["request_rate"] = config.target_qps ? Json(*config.target_qps) : Json("inf");
  json["burstiness"] = 1.0;
  json["max_concurrency"] = nullptr;
}

void AddDetails(const ExportData& data, Json& json) {
  for (const char* key : {"input_lens", "output_lens", "ttfts", "itls", "latencies", "start_times",
                          "queue_times", "generated_texts", "errors"}) {
    json[key] = Json::array();
  }
  for (const ExportRequest& r : data.requests) {
    const RequestOutcome& o = r.record->outcome;
    const auto sent = r.sent.value_or(r.done);
    json["input_lens"].push_back(o.prompt_tokens);
    json["output_lens"].push_back(r.completed ? r.tokens : 0);
    json["ttfts"].push_back(Ttft(r).value_or(0.0));
    json["itls"].push_back(Gaps(r));
    json["latencies"].push_back(Latency(r).value_or(0.0));
    json["start_times"].push_back(static_cast<double>(sent) / kNanosPerSecond);
    json["queue_times"].push_back(Seconds(r.scheduled, sent));
    json["generated_texts"].push_back(r.completed ? r.text.value_or("") : "");
    json["errors"].push_back(r.completed ? "" : (o.error ? o.error->message : "no token"));
  }
}

void AddRates(const ExportData& data, Json& json) {
  const Metrics& m = *data.test->metrics;
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  json["duration"] = or_null(m.duration_s);
  json["completed"] = m.counts.completed;
  json["failed"] = m.counts.failed;
  json["total_input_tokens"] = or_null(m.total_input_tokens);
  json["total_output_tokens"] = or_null(m.total_output_tokens);
  json["request_throughput"] = or_null(m.request_throughput);
  json["request_goodput"] = or_null(m.request_goodput);
  json["output_throughput"] = or_null(m.output_throughput);
  json["total_token_throughput"] = or_null(m.total_token_throughput);
}

// The most chunks within a whole second after the first start: that tool counts chunks as tokens.
double MostPerSecond(const ExportData& data) {
  std::int64_t start = 0;
  bool any = false;
  for (const ExportRequest& r : data.requests) {
    if (!r.completed || !r.sent) continue;
    start = any ? std::min(start, *r.sent) : *r.sent;
    any = true;
  }
  std::vector<double> seconds;
  for (const ExportRequest& r : data.requests) {
    if (!r.completed) continue;
    for (const TokenChunk& chunk : r.chunks) {
      const double after = Seconds(start, chunk.arrived_ns);
      if (after < 0.0) continue;
      const auto second = static_cast<std::size_t>(after);
      if (second >= seconds.size()) seconds.resize(second + 1);
      seconds[second] += 1.0;
    }
  }
  return seconds.empty() ? 0.0 : *std::max_element(seconds.begin(), seconds.end());
}

}  // namespace

std::string ExportVllm(const ExportData& data) {
  Json json = Json::object();
  AddSetup(data, json);
  AddRates(data, json);
  AddDetails(data, json);
  json["max_output_tokens_per_s"] = MostPerSecond(data);
  const auto most = data.test->metrics->max_concurrent_requests;
  json["max_concurrent_requests"] = most ? Json(*most) : Json(nullptr);
  std::vector<double> gaps;
  for (const ExportRequest& r : data.requests) {
    const std::vector<double> own = Gaps(r);
    gaps.insert(gaps.end(), own.begin(), own.end());
  }
  AddMetric("ttft", ValuesOf(data, Ttft), json);
  AddMetric("tpot", ValuesOf(data, Tpot), json);
  AddMetric("itl", std::move(gaps), json);
  AddMetric("e2el", ValuesOf(data, Latency), json);
  return ToPrettyJson(json);
}

}  // namespace assay
