#include "metrics/metrics_json.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/format.h"
#include "metrics/machine_json.h"

namespace assay {
namespace {

constexpr double kMillisPerNano = 1e-6;

Json Number(const std::optional<double>& value, double scale = 1.0) {
  if (!value || !std::isfinite(*value * scale)) return nullptr;
  return *value * scale;
}

template <typename Integer>
Json Count(const std::optional<Integer>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// "mean_ttft_ms", ...: `name` with what is said of it before and unit and variant behind.
void AddDistribution(const Distribution& d, std::string_view name, double scale, Json& json) {
  const auto add = [&](std::string_view statistic, const std::optional<double>& value) {
    json[fmt::format("{}_{}", statistic, name)] = Number(value, scale);
  };
  add("mean", d.mean);
  add("median", d.median);
  add("std", d.std);
  add("min", d.min);
  add("max", d.max);
  for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
    add(kPercentiles[i].name, d.percentiles[i]);
  }
}

void AddTotals(const Metrics& m, Json& json) {
  json["duration"] = Number(m.duration_s);
  json["issued"] = Count(m.counts.issued);
  json["ended"] = m.counts.ended;
  json["completed"] = m.counts.completed;
  json["failed"] = m.counts.failed;
  json["total_input_tokens"] = Count(m.total_input_tokens);
  json["total_output_tokens"] = Count(m.total_output_tokens);
  json["total_output_characters"] = Count(m.total_output_characters);
  json["failed_output_tokens"] = m.failed_output_tokens;
  json["request_throughput"] = Number(m.request_throughput);
  json["request_goodput"] = Number(m.request_goodput);
  json["good_requests"] = Count(m.good_requests);
  json["input_throughput"] = Number(m.input_throughput);
  json["output_throughput"] = Number(m.output_throughput);
  json["total_token_throughput"] = Number(m.total_token_throughput);
  json["max_output_tokens_per_s"] = Number(m.max_output_tokens_per_s);
  json["max_concurrent_requests"] = Count(m.max_concurrent_requests);
}

void AddLatencies(const Metrics& m, Json& json) {
  AddDistribution(m.ttft, "ttft_ms", kMillisPerNano, json);
  AddDistribution(m.tpot, "tpot_ms", kMillisPerNano, json);
  AddDistribution(m.itl, "itl_ms", kMillisPerNano, json);
  AddDistribution(m.e2el, "e2el_ms", kMillisPerNano, json);
  AddDistribution(m.ttft_from_send, "ttft_ms_from_send", kMillisPerNano, json);
  // No start is in these two: the same values, so that every key has its variant.
  AddDistribution(m.tpot, "tpot_ms_from_send", kMillisPerNano, json);
  AddDistribution(m.itl, "itl_ms_from_send", kMillisPerNano, json);
  AddDistribution(m.e2el_from_send, "e2el_ms_from_send", kMillisPerNano, json);
  json["itl_spread"] = m.itl_spread;
  json["itl_unknown"] = m.itl_unknown;
  json["itl_untold"] = m.itl_untold;
  json["without_first_token_time"] = m.without_first_token_time;
}

void AddLengths(const Metrics& m, Json& json) {
  AddDistribution(m.input_tokens, "input_tokens", 1.0, json);
  AddDistribution(m.output_tokens, "output_tokens", 1.0, json);
  AddDistribution(m.output_characters, "output_characters", 1.0, json);
  AddDistribution(m.tokens_per_chunk, "tokens_per_chunk", 1.0, json);
  Json sizes = Json::object();
  for (const auto& [tokens, chunks] : m.chunk_sizes) sizes[std::to_string(tokens)] = chunks;
  json["chunk_sizes"] = std::move(sizes);
}

Json LedgerJson(const TokenLedger& ledger) {
  Json json;
  json["ids_from_engine"] = ledger.ids_from_engine;
  json["ids_derived"] = ledger.ids_derived;
  json["disagreeing_requests"] = ledger.disagreeing_requests;
  json["first_disagreeing_id"] = Count(ledger.first_disagreeing_id);
  json["server_output_tokens"] = Number(ledger.server_output_tokens);
  json["server_prompt_tokens"] = Number(ledger.server_prompt_tokens);
  json["server_cached_tokens"] = Number(ledger.server_cached_tokens);
  Json sources = Json::array();
  for (const TokenSource& source : ledger.sources) {
    sources.push_back({{"name", source.name},
                       {"requests", source.requests},
                       {"tokens", source.tokens},
                       {"disagreements", source.disagreements}});
  }
  json["sources"] = std::move(sources);
  return json;
}

Json TestJson(const TestMetrics& test) {
  Json json = ToJson(test.metrics);
  json["loadgen"] = test.loadgen ? ToJson(*test.loadgen) : Json(nullptr);
  json["machine"] = test.machine ? ToJson(*test.machine) : Json(nullptr);
  json["roofline"] = ToJson(test.roofline);
  return json;
}

}  // namespace

Json ToJson(const Metrics& m) {
  Json json;
  json["test"] = TestDirectoryName(m.test);
  AddTotals(m, json);
  AddLatencies(m, json);
  AddLengths(m, json);
  AddDistribution(m.issue_delay, "issue_delay_ms", kMillisPerNano, json);
  AddDistribution(m.send_delay, "send_delay_ms", kMillisPerNano, json);
  AddDistribution(m.told_first_delay, "told_first_delay_ms", kMillisPerNano, json);
  AddDistribution(m.told_done_delay, "told_done_delay_ms", kMillisPerNano, json);
  json["schedule_uncertainty_ms"] = Number(m.schedule_uncertainty_ns, kMillisPerNano);
  json["schedule_contradictory"] = m.schedule_contradictory;
  json["scheduled_rate"] = Number(m.scheduled_rate);
  json["issued_rate"] = Number(m.issued_rate);
  json["goodput_limits"] = {{"ttft_ms", Number(m.goodput_limits.ttft_ms)},
                            {"tpot_ms", Number(m.goodput_limits.tpot_ms)},
                            {"e2el_ms", Number(m.goodput_limits.e2el_ms)}};
  json["finish_reasons"] = Json(m.counts.finish_reasons);
  json["failures"] = Json(m.counts.failures);
  json["duplicate_ids"] = m.counts.duplicate_ids;
  json["token_ledger"] = LedgerJson(m.ledger);
  json["peak_rss_bytes"] = Count(m.peak_rss_bytes);
  json["cpu_seconds"] = Number(m.cpu_seconds);
  return json;
}

Json MetricsDocument(std::span<const TestMetrics> tests) {
  const auto performance = std::find_if(tests.begin(), tests.end(), [](const TestMetrics& test) {
    return test.metrics.test == TestKind::kPerformance;
  });
  const auto first = performance == tests.end() ? tests.begin() : performance;
  Json json;
  json["schema_version"] = 1;
  if (first == tests.end()) return json;
  json.update(TestJson(*first));
  Json others = Json::object();
  for (auto it = tests.begin(); it != tests.end(); ++it) {
    if (it != first) others[std::string(TestDirectoryName(it->metrics.test))] = TestJson(*it);
  }
  json["other_tests"] = std::move(others);
  return json;
}

}  // namespace assay
