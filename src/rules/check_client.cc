#include "rules/check_client.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/format.h"
#include "metrics/client_metrics.h"

namespace assay {
namespace {

// docs/rules.md says why these.
constexpr double kLatencyShare = 0.10;
constexpr double kFloorNs = 1e6;
constexpr double kCapacityShare = 0.80;
constexpr double kBusyShare = 0.90;

constexpr std::string_view kFix =
    "give the client processors of its own (taskset, cgroups), more threads (--client-threads), or "
    "another machine; or lower the rate or the concurrency";

// Is `delay` within the budget that a latency leaves it?
struct Budget {
  double delay_ns = 0.0;
  double latency_ns = 0.0;

  [[nodiscard]] double limit_ns() const { return std::max(kFloorNs, kLatencyShare * latency_ns); }
  [[nodiscard]] bool Kept() const { return delay_ns < limit_ns(); }
};

void AddLimited(const TestEvidence& test, std::string message, std::string found,
                std::string needed, Findings& findings) {
  findings.Error(rule::kClientLimited, {.message = "CLIENT-LIMITED: " + std::move(message),
                                        .found = std::move(found),
                                        .needed = std::move(needed),
                                        .fix = std::string(kFix),
                                        .file = test.JournalFile()});
}

void CheckBudget(const TestEvidence& test, const std::optional<double>& delay_ns,
                 const std::optional<double>& latency_ns, std::string_view what,
                 std::string_view latency, Findings& findings) {
  if (!delay_ns || !latency_ns) return;
  const Budget budget{*delay_ns, *latency_ns};
  if (budget.Kept()) return;
  AddLimited(test, fmt::format("{}.", what), fmt::format("{:.0f} µs at p99", *delay_ns / 1e3),
             fmt::format("less than {:.0f} µs: 10 % of the median {}, or 1 ms",
                         budget.limit_ns() / 1e3, latency),
             findings);
}

std::optional<double> P99(const std::optional<DelayDistribution>& delays) {
  return delays ? std::optional(static_cast<double>(delays->p99_ns)) : std::nullopt;
}

void CheckThreads(const TestEvidence& test, const ClientMetrics& client, Findings& findings) {
  if (!client.busiest_thread || *client.busiest_thread < kBusyShare) return;
  AddLimited(test, "a thread of the client was busy all the time.",
             fmt::format("{:.0f} % of a processor", 100.0 * *client.busiest_thread),
             fmt::format("less than {:.0f} %", 100.0 * kBusyShare), findings);
}

void CheckCapacity(const TestEvidence& test, const Calibration& calibration, Findings& findings) {
  const auto used = CapacityUsed(calibration, test.metrics->max_output_tokens_per_s);
  if (!used || *used < kCapacityShare) return;
  AddLimited(test, "the run came near to what the client can drive.",
             fmt::format("{:.0f} % of {:.0f} tokens/s", 100.0 * *used,
                         *calibration.capacity->tokens_per_s),
             fmt::format("less than {:.0f} %", 100.0 * kCapacityShare), findings);
}

void CheckCalibration(const std::optional<Calibration>& calibration, const TestEvidence& test,
                      Findings& findings) {
  const auto warn = [&findings](std::string message, std::string found) {
    findings.Warning(rule::kCalibration, {.message = std::move(message),
                                          .found = std::move(found),
                                          .needed = "what the client adds, measured on this host",
                                          .fix = "leave --no-calibration out, and repeat",
                                          .file = "run.json"});
  };
  if (!calibration) {
    return warn("The client was not calibrated: what it adds to the latencies is not known.", "");
  }
  for (const std::string& problem : calibration->problems) {
    warn("A part of the client's calibration is missing.", problem);
  }
  CheckCapacity(test, *calibration, findings);
  if (!calibration->cost) return;
  const ClientCost& cost = *calibration->cost;
  // Not all of ttft_added: the server's waiting for a processor is not the client's.
  CheckBudget(test, cost.ttft_read.Percentile("p99"), test.metrics->ttft_from_send.median,
              "in its calibration the client added more to TTFT than it may", "TTFT from sending",
              findings);
}

}  // namespace

void CheckClient(const RunEvidence& run, const TestEvidence& test, Findings& findings) {
  if (!run.record.config.endpoint || !test.metrics || !test.journal || !test.record) return;
  const Metrics& m = *test.metrics;
  const ClientMetrics client = ComputeClientMetrics(test.journal->requests, *test.record);
  // Offline everything is due at once, and requests wait for their turn by design.
  if (run.record.config.scenario != Scenario::kOffline) {
    CheckBudget(test, client.schedule_to_sent.Percentile("p99"), m.ttft_from_send.median,
                "requests left later than they were due", "TTFT from sending", findings);
  }
  CheckBudget(test, P99(client.read_delay), m.tpot.median,
              "what had arrived was read too late for its time", "TPOT", findings);
  CheckBudget(test, P99(client.read_delay_bound), m.tpot.median,
              "what had arrived may have been read too late for its time", "TPOT", findings);
  CheckThreads(test, client, findings);
  if (test.test == TestKind::kPerformance) CheckCalibration(run.calibration, test, findings);
}

}  // namespace assay
