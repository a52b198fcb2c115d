#include "metrics/client_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

constexpr double kMicrosPerNano = 1e-3;
constexpr double kSecondsPerNano = 1e-9;

std::optional<DelayDistribution> IfAny(const DelayDistribution& delays) {
  return delays.count > 0 ? std::optional(delays) : std::nullopt;
}

// The time over which the threads' use was counted; 0: not known.
std::int64_t CountedTime(const TestRecord& test) {
  return test.clocks_end ? Elapsed(test.clocks_start.steady_ns, test.clocks_end->steady_ns) : 0;
}

void ShareThreads(std::int64_t span_ns, ClientMetrics& client) {
  double busiest = 0.0;
  double ran = 0.0;
  double waited = 0.0;
  for (const ThreadScheduling& thread : client.threads) {
    busiest = std::max(busiest, static_cast<double>(thread.run_ns));
    ran += static_cast<double>(thread.run_ns);
    waited += static_cast<double>(thread.wait_ns);
  }
  if (span_ns > 0 && busiest > 0.0) client.busiest_thread = busiest / static_cast<double>(span_ns);
  if (ran + waited > 0.0) client.wait_share = waited / (ran + waited);
}

Json Number(const std::optional<double>& value, double scale) {
  if (!value || !std::isfinite(*value * scale)) return nullptr;
  return *value * scale;
}

void AddReads(const std::optional<DelayDistribution>& reads, std::string_view name, Json& json) {
  const auto add = [&](std::string_view statistic, std::int64_t DelayDistribution::*member) {
    json[fmt::format("{}_{}", statistic, name)] =
        reads ? Json(static_cast<double>((*reads).*member) * kMicrosPerNano) : Json(nullptr);
  };
  add("mean", &DelayDistribution::mean_ns);
  add("p50", &DelayDistribution::p50_ns);
  add("p90", &DelayDistribution::p90_ns);
  add("p99", &DelayDistribution::p99_ns);
  add("p99.9", &DelayDistribution::p999_ns);
  add("max", &DelayDistribution::max_ns);
}

}  // namespace

ClientMetrics ComputeClientMetrics(std::span<const RequestRecord> requests,
                                   const TestRecord& test) {
  ClientMetrics client;
  const Schedule schedule = RecoverSchedule(requests, test.origin_not_before_ns);
  std::vector<std::int64_t> sent;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& outcome = requests[i].outcome;
    if (outcome.sent) sent.push_back(Elapsed(schedule.scheduled_ns[i], ToNanos(*outcome.sent)));
  }
  client.schedule_to_sent = Summarize(std::move(sent));
  if (test.client) {
    client.read_delay = IfAny(test.client->read_delay);
    client.read_delay_bound = IfAny(test.client->read_delay_bound);
  }
  client.threads = test.threads;
  ShareThreads(CountedTime(test), client);
  return client;
}

Json ToJson(const ClientMetrics& client) {
  Json json = Json::object();
  const auto add = [&](std::string_view statistic, const std::optional<double>& value) {
    json[fmt::format("{}_schedule_to_sent_us", statistic)] = Number(value, kMicrosPerNano);
  };
  add("mean", client.schedule_to_sent.mean);
  for (const std::string_view level : {"p50", "p90", "p99", "p99.9"}) {
    add(level, client.schedule_to_sent.Percentile(level));
  }
  add("max", client.schedule_to_sent.max);
  AddReads(client.read_delay, "read_delay_us", json);
  AddReads(client.read_delay_bound, "read_delay_bound_us", json);
  json["busiest_thread"] = Number(client.busiest_thread, 1.0);
  json["wait_share"] = Number(client.wait_share, 1.0);
  Json threads = Json::array();
  for (const ThreadScheduling& thread : client.threads) {
    threads.push_back({{"name", thread.name},
                       {"cpu_seconds", static_cast<double>(thread.run_ns) * kSecondsPerNano},
                       {"wait_seconds", static_cast<double>(thread.wait_ns) * kSecondsPerNano},
                       {"timeslices", thread.timeslices}});
  }
  json["threads"] = std::move(threads);
  return json;
}

}  // namespace assay
