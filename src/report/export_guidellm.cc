#include <algorithm>
#include <string>
#include <utility>

#include "base/format.h"
#include "report/export_data.h"
#include "report/guidellm_summary.h"

// Source: GuideLLM 0.8.1, benchmark/schemas/ and schemas/base/request_stats.py (report version 2).

namespace assay {
namespace {

constexpr double kMillisPerSecond = 1000.0;

// The requests by how they ended, and seconds since the Unix epoch.
class Breakdown {
 public:
  explicit Breakdown(const ExportData& data) : data_(data) {
    for (const ExportRequest& r : data.requests) {
      if (r.completed) {
        successful_.push_back(&r);
      } else {
        const auto& error = r.record->outcome.error;
        (error && error->kind == "cancelled" ? incomplete_ : errored_).push_back(&r);
      }
      all_.push_back(&r);
      const double begin = Start(r);
      const double end = Wall(r.done);
      start_ = all_.size() == 1 ? begin : std::min(start_, begin);
      end_ = std::max(end_, end);
    }
  }

  [[nodiscard]] double Wall(std::int64_t steady_ns) const {
    return static_cast<double>(steady_ns + data_.wall_minus_steady) / kNanosPerSecond;
  }
  [[nodiscard]] double Start(const ExportRequest& r) const { return Wall(r.sent.value_or(r.done)); }
  [[nodiscard]] double start() const { return start_; }
  [[nodiscard]] double end() const { return end_; }

  // `of(requests)` for each status.
  template <typename Of>
  [[nodiscard]] Json Each(Of of) const {
    return {{"successful", of(successful_)},
            {"errored", of(errored_)},
            {"incomplete", of(incomplete_)},
            {"total", of(all_)}};
  }
  // Summaries of what `value` says of each request; none where it says nothing.
  template <typename Value>
  [[nodiscard]] Json Summaries(Value value) const {
    return Each([&](const std::vector<const ExportRequest*>& requests) {
      std::vector<WeightedValue> values;
      for (const ExportRequest* r : requests) {
        if (const std::optional<WeightedValue> v = value(*r)) values.push_back(*v);
      }
      return GuidellmSummary(std::move(values));
    });
  }
  template <typename Events>
  [[nodiscard]] Json Rates(Events events) const {
    return Each([&](const std::vector<const ExportRequest*>& requests) {
      std::vector<TimedWeight> times;
      for (const ExportRequest* r : requests) events(*r, times);
      return GuidellmRate(std::move(times), start_, end_);
    });
  }

 private:
  const ExportData& data_;
  std::vector<const ExportRequest*> successful_;
  std::vector<const ExportRequest*> errored_;
  std::vector<const ExportRequest*> incomplete_;
  std::vector<const ExportRequest*> all_;
  double start_ = 0.0;
  double end_ = 0.0;
};

using MaybeValue = std::optional<WeightedValue>;

double Milliseconds(std::int64_t from, std::int64_t to) {
  return static_cast<double>(to - from) / kNanosPerMilli;
}

MaybeValue Latency(const ExportRequest& r) {
  const double seconds = r.sent ? Milliseconds(*r.sent, r.done) / kMillisPerSecond : 0.0;
  return WeightedValue{seconds, 1.0};
}
MaybeValue Ttft(const ExportRequest& r) {
  if (!r.sent || !r.first_token) return std::nullopt;
  return WeightedValue{Milliseconds(*r.sent, *r.first_token), 1.0};
}
MaybeValue Tpot(const ExportRequest& r) {
  if (!r.sent || r.tokens == 0) return WeightedValue{0.0, 0.0};
  const auto tokens = static_cast<double>(r.tokens);
  return WeightedValue{Milliseconds(*r.sent, r.last_token.value_or(r.done)) / tokens, tokens};
}
MaybeValue Itl(const ExportRequest& r) {
  if (!r.first_token || !r.last_token || r.tokens < 2) return std::nullopt;
  const auto gaps = static_cast<double>(r.tokens - 1);
  return WeightedValue{Milliseconds(*r.first_token, *r.last_token) / gaps, gaps};
}
MaybeValue One(double value) {
  return WeightedValue{value, 1.0};
}

// When output tokens came: that tool knows the first, the last, and how many chunks there were.
void AddTokenTimes(const Breakdown& by, const ExportRequest& r, std::vector<TimedWeight>& times) {
  const auto tokens = static_cast<double>(r.tokens);
  if (!r.first_token || !r.last_token || r.chunks.size() <= 1) {
    times.push_back({by.Wall(r.last_token.value_or(r.done)), tokens});
    return;
  }
  times.push_back({by.Wall(*r.first_token), 1.0});
  const auto steps = static_cast<double>(r.chunks.size() - 1);
  const double first = by.Wall(*r.first_token);
  const double step = (by.Wall(*r.last_token) - first) / steps;
  for (std::size_t i = 1; i < r.chunks.size(); ++i) {
    times.push_back({first + step * static_cast<double>(i), (tokens - 1.0) / steps});
  }
}

void AddPromptTime(const Breakdown& by, const ExportRequest& r, std::vector<TimedWeight>& times) {
  times.push_back({by.Wall(r.first_token.value_or(r.done)),
                   static_cast<double>(r.record->outcome.prompt_tokens)});
}

// Summaries of the weights that `events` gives to the tokens of every chunk.
Json PerIteration(const Breakdown& by, bool with_first) {
  return by.Each([&](const std::vector<const ExportRequest*>& requests) {
    std::vector<WeightedValue> values;
    for (const ExportRequest* r : requests) {
      std::vector<TimedWeight> times;
      AddTokenTimes(by, *r, times);
      const bool streamed = r->chunks.size() > 1;
      if (!with_first && !streamed) continue;
      for (std::size_t i = with_first ? 0 : 1; i < times.size(); ++i) {
        values.push_back({times[i].weight, 1.0});
      }
    }
    return GuidellmSummary(std::move(values));
  });
}

Json MetricsOf(const Breakdown& by) {
  const auto tokens = [](const ExportRequest& r) { return static_cast<double>(r.tokens); };
  const auto prompt = [](const ExportRequest& r) {
    return static_cast<double>(r.record->outcome.prompt_tokens);
  };
  Json json;
  json["request_totals"] =
      by.Each([](const std::vector<const ExportRequest*>& r) { return Json(r.size()); });
  json["requests_per_second"] =
      by.Rates([&](const ExportRequest& r, std::vector<TimedWeight>& times) {
        times.push_back({by.Wall(r.done), 1.0});
      });
  json["request_concurrency"] = by.Each([&](const std::vector<const ExportRequest*>& requests) {
    std::vector<TimedInterval> intervals;
    intervals.reserve(requests.size());
    for (const ExportRequest* r : requests) intervals.push_back({by.Start(*r), by.Wall(r->done)});
    return GuidellmConcurrency(intervals, by.start(), by.end());
  });
  json["request_latency"] = by.Summaries(Latency);
  json["request_streaming_iterations_count"] = by.Summaries(
      [](const ExportRequest& r) { return One(static_cast<double>(r.chunks.size())); });
  json["prompt_token_count"] = by.Summaries([&](const ExportRequest& r) { return One(prompt(r)); });
  json["output_token_count"] = by.Summaries([&](const ExportRequest& r) { return One(tokens(r)); });
  json["total_token_count"] =
      by.Summaries([&](const ExportRequest& r) { return One(prompt(r) + tokens(r)); });
  json["time_to_first_token_ms"] = by.Summaries(Ttft);
  json["time_to_first_output_token_ms"] = by.Summaries(Ttft);
  json["time_per_output_token_ms"] = by.Summaries(Tpot);
  json["inter_token_latency_ms"] = by.Summaries(Itl);
  const auto none = [](const ExportRequest&) { return One(0.0); };  // of its websocket back end
  json["time_to_last_round_trip_ms"] = by.Summaries(none);
  json["avg_round_trip_time_ms"] = by.Summaries(none);
  json["prompt_tokens_per_second"] = by.Rates(
      [&](const ExportRequest& r, std::vector<TimedWeight>& t) { AddPromptTime(by, r, t); });
  json["output_tokens_per_second"] = by.Rates(
      [&](const ExportRequest& r, std::vector<TimedWeight>& t) { AddTokenTimes(by, r, t); });
  json["tokens_per_second"] = by.Rates([&](const ExportRequest& r, std::vector<TimedWeight>& t) {
    AddPromptTime(by, r, t);
    AddTokenTimes(by, r, t);
  });
  json["output_tokens_per_iteration"] = PerIteration(by, true);
  json["iter_tokens_per_iteration"] = PerIteration(by, false);
  const Json none_of_it = nullptr;
  json["text"] = {{"tokens", none_of_it}, {"words", none_of_it}, {"characters", none_of_it}};
  json["image"] = {{"tokens", none_of_it},
                   {"images", none_of_it},
                   {"pixels", none_of_it},
                   {"bytes", none_of_it}};
  json["video"] = {{"tokens", none_of_it},
                   {"frames", none_of_it},
                   {"seconds", none_of_it},
                   {"bytes", none_of_it}};
  json["audio"] = {{"tokens", none_of_it},
                   {"samples", none_of_it},
                   {"seconds", none_of_it},
                   {"bytes", none_of_it}};
  json["tool_call"] = {{"tokens", none_of_it}, {"mixed_tokens", none_of_it}, {"count", none_of_it}};
  return json;
}

Json TimingsOf(const Breakdown& by, const ExportRequest& r) {
  const auto wall = [&](const std::optional<std::int64_t>& time) {
    return time ? Json(by.Wall(*time)) : Json(nullptr);
  };
  return {{"targeted_start", by.Wall(r.scheduled)},
          {"queued", by.Wall(r.record->issued_ns)},
          {"resolve_start", by.Start(r)},
          {"request_start", wall(r.sent)},
          {"first_request_iteration", wall(r.first_token)},
          {"first_token_iteration", wall(r.first_token)},
          {"first_output_token_iteration", wall(r.first_token)},
          {"last_token_iteration", wall(r.last_token)},
          {"last_request_iteration", wall(r.last_token)},
          {"request_iterations", r.chunks.size()},
          {"token_iterations", r.chunks.size()},
          {"request_end", by.Wall(r.done)},
          {"resolve_end", by.Wall(r.done)},
          {"finalized", by.Wall(r.done)}};
}

Json RequestJson(const Breakdown& by, const ExportRequest& r, const char* status) {
  const RequestOutcome& o = r.record->outcome;
  const auto value = [](const MaybeValue& v) { return v ? Json(v->value) : Json(nullptr); };
  Json info{{"request_id", fmt::format("{}", o.id)},
            {"status", status},
            {"timings", TimingsOf(by, r)},
            {"error", o.error ? Json(o.error->message) : Json(nullptr)}};
  return {{"type_", "generative_request_stats"},
          {"request_id", fmt::format("{}", o.id)},
          {"output", r.text ? Json(*r.text) : Json(nullptr)},
          {"info", std::move(info)},
          {"input_metrics", {{"text_tokens", o.prompt_tokens}}},
          {"output_metrics", {{"text_tokens", r.tokens}}},
          {"request_latency", value(Latency(r))},
          {"prompt_tokens", o.prompt_tokens},
          {"output_tokens", r.tokens},
          {"time_to_first_token_ms", value(Ttft(r))},
          {"time_per_output_token_ms", r.tokens > 0 ? value(Tpot(r)) : Json(nullptr)},
          {"inter_token_latency_ms", value(Itl(r))}};
}

Json RequestsOf(const Breakdown& by) {
  Json json = by.Each([&](const std::vector<const ExportRequest*>& requests) {
    Json all = Json::array();
    for (const ExportRequest* r : requests) {
      const auto& error = r->record->outcome.error;
      const bool cancelled = error && error->kind == "cancelled";
      all.push_back(
          RequestJson(by, *r, r->completed ? "completed" : (cancelled ? "cancelled" : "errored")));
    }
    return all;
  });
  json["total"] = nullptr;
  return json;
}

Json StrategyOf(const RunConfig& config) {
  if (config.scenario == Scenario::kSingleStream) return {{"type_", "synchronous"}};
  if (config.target_qps) return {{"type_", "poisson"}, {"rate", *config.target_qps}};
  return {{"type_", "throughput"}};
}

Json ProfileOf(const RunConfig& config) {
  if (config.scenario == Scenario::kSingleStream) return {{"kind", "synchronous"}};
  if (config.target_qps) {
    return {{"kind", "poisson"}, {"rate", Json::array({*config.target_qps})}};
  }
  return {{"kind", "throughput"}, {"max_concurrency", nullptr}};
}

std::string TargetOf(const ExportData& data) {
  for (const ExportRequest& r : data.requests) {
    if (!r.record->outcome.endpoint.empty()) return r.record->outcome.endpoint;
  }
  return "assay:" + data.run->record.config.engine;
}

Json BackendOf(const ExportData& data) {
  return {{"kind", "openai_http"}, {"target", TargetOf(data)}, {"model", data.model}};
}

Json SchedulerMetricsOf(const Breakdown& by) {
  // That tool's own delays have no counterpart here: -1 is its word for "not known".
  Json json{{"start_time", by.start()},         {"request_start_time", by.start()},
            {"measure_start_time", by.start()}, {"measure_end_time", by.end()},
            {"request_end_time", by.end()},     {"end_time", by.end()}};
  json["requests_made"] =
      by.Each([](const std::vector<const ExportRequest*>& r) { return Json(r.size()); });
  for (const char* name :
       {"queued_time_avg", "resolve_start_delay_avg", "resolve_targeted_start_delay_avg",
        "request_start_delay_avg", "request_targeted_start_delay_avg", "request_time_avg",
        "resolve_end_delay_avg", "resolve_time_avg", "finalized_delay_avg",
        "processed_delay_avg"}) {
    json[name] = -1.0;
  }
  return json;
}

Json BenchmarkOf(const ExportData& data, const Breakdown& by) {
  const RunRecord& run = data.run->record;
  Json config{{"id_", run.started_utc},
              {"run_id", run.started_utc},
              {"run_index", 0},
              {"strategy", StrategyOf(run.config)},
              {"constraints", Json::object()},
              {"confidence", nullptr},
              {"profile", ProfileOf(run.config)},
              {"requests", {{"data", run.dataset.path}, {"sha256", run.dataset.sha256}}},
              {"backend", BackendOf(data)},
              {"environment", {{"exported_by", "Assay " + run.assay_version}}}};
  Json state{{"start_time", by.start()},
             {"end_time", by.end()},
             {"created_requests", data.requests.size()},
             {"processed_requests", data.requests.size()},
             {"successful_requests", data.test->metrics->counts.completed},
             {"errored_requests", data.test->metrics->counts.failed}};
  return {{"type_", "generative_benchmark"},
          {"config", std::move(config)},
          {"scheduler_state", std::move(state)},
          {"scheduler_metrics", SchedulerMetricsOf(by)},
          {"metrics", MetricsOf(by)},
          {"requests", RequestsOf(by)},
          {"start_time", by.start()},
          {"end_time", by.end()},
          {"duration", by.end() - by.start()},
          {"warmup_duration", 0.0},
          {"cooldown_duration", 0.0}};
}

}  // namespace

std::string ExportGuidellm(const ExportData& data) {
  const Breakdown by(data);
  const RunRecord& run = data.run->record;
  Json spec{{"backend", BackendOf(data)},
            {"profile", ProfileOf(run.config)},
            {"data", Json::array({{{"kind", "json_file"}, {"path", run.dataset.path}}})}};
  const Json report{{"metadata",
                     {{"version", 2},
                      {"guidellm_version", "0.8.1"},
                      {"python_version", ""},
                      {"platform", "Assay " + run.assay_version}}},
                    {"config", {{"spec", std::move(spec)}}},
                    {"benchmarks", Json::array({BenchmarkOf(data, by)})}};
  return ToPrettyJson(report);
}

}  // namespace assay
