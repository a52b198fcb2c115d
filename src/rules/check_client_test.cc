#include "rules/check_client.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rules/rounds.h"

namespace assay {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint64_t kUnsignedMs = 1'000'000;

// A run of 200 requests, TTFT 50 ms from sending, TPOT 5 ms, whose client kept all budgets.
struct HealthyRun {
  HealthyRun() {
    run.record.config.endpoint.emplace();
    run.record.config.scenario = Scenario::kServer;
    run.calibration.emplace();
    run.calibration->cost.emplace();
    run.calibration->cost->requests = 200;
    run.calibration->cost->ttft_read = All(kMs / 10);
    run.calibration->capacity = ClientCapacity{250'000, 300'000.0, 400'000.0};
    test.metrics.emplace();
    test.metrics->ttft_from_send = All(50 * kMs);
    test.metrics->tpot = All(5 * kMs);
    test.metrics->max_output_tokens_per_s = 6'000.0;
    test.record.emplace();
    test.record->client.emplace();
    test.record->client->read_delay = {1'000, 20'000, 20'000, 40'000, 90'000, 300'000, 400'000};
    test.record->threads = {{1, "assay-io-0", 100 * kUnsignedMs, 0, 9}};
    test.record->clocks_end = {.steady_ns = 2'000 * kMs, .wall_ns = 0, .width_ns = 0};
    SendAfter(kMs / 5);
  }
  static Distribution All(std::int64_t value) {
    return Summarize(std::vector<std::int64_t>(200, value));
  }
  // Due 10 ms apart, the first in time, all others sent so long after they were due; 2 s in all.
  void SendAfter(std::int64_t delay_ns) {
    test.journal.emplace();
    for (std::int64_t i = 0; i < 200; ++i) {
      RequestRecord request;
      request.offset_ns = i * 10 * kMs;
      request.issued_ns = i * 10 * kMs;
      request.outcome.id = static_cast<std::uint64_t>(i);
      request.outcome.sent = FromNanos(request.issued_ns + delay_ns);
      request.outcome.done = FromNanos(2'000 * kMs);
      test.journal->requests.push_back(request);
    }
  }

  RunEvidence run;
  TestEvidence test;
};

std::vector<Finding> FindingsOf(const HealthyRun& healthy) {
  Findings findings(AllRounds().back(), false);
  CheckClient(healthy.run, healthy.test, findings);
  return findings.all();
}

void ExpectLimited(const HealthyRun& limited, const std::string& part) {
  const std::vector<Finding> findings = FindingsOf(limited);
  ASSERT_EQ(findings.size(), 1U) << part;
  EXPECT_EQ(findings[0].rule, "client.limited");
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_NE(findings[0].message.find("CLIENT-LIMITED: "), std::string::npos);
  EXPECT_NE(findings[0].message.find(part), std::string::npos) << findings[0].message;
  EXPECT_FALSE(findings[0].fix.empty());
}

TEST(CheckClient, FindsNothingInAHealthyRun) {
  EXPECT_TRUE(FindingsOf(HealthyRun()).empty());
}

TEST(CheckClient, EachBudgetIsKeptUpToItsLimit) {
  HealthyRun late;  // 10 % of 50 ms
  late.SendAfter(5 * kMs - 1);
  EXPECT_TRUE(FindingsOf(late).empty());
  late.SendAfter(5 * kMs);
  ExpectLimited(late, "requests left later than they were due");
  late.run.record.config.scenario = Scenario::kOffline;
  EXPECT_TRUE(FindingsOf(late).empty()) << "they wait for their turn";

  HealthyRun blurred;  // 10 % of 5 ms is less than the floor of 1 ms
  blurred.test.record->client->read_delay.p99_ns = kMs - 1;
  EXPECT_TRUE(FindingsOf(blurred).empty());
  blurred.test.record->client->read_delay.p99_ns = kMs;
  ExpectLimited(blurred, "what had arrived was read too late");

  HealthyRun slow;
  slow.run.calibration->cost->ttft_read = HealthyRun::All(6 * kMs);
  ExpectLimited(slow, "in its calibration the client added more");

  HealthyRun waited;
  waited.run.calibration->cost->ttft_added = HealthyRun::All(6 * kMs);
  EXPECT_TRUE(FindingsOf(waited).empty()) << "it was the server that waited for a processor";

  HealthyRun full;
  full.test.metrics->max_output_tokens_per_s = 240'000.0;
  ExpectLimited(full, "near to what the client can drive");

  HealthyRun busy;
  busy.test.record->threads[0].run_ns = 1'800 * kUnsignedMs;
  ExpectLimited(busy, "busy all the time");
}

TEST(CheckClient, ARunThatWasNotCalibratedSaysSo) {
  HealthyRun run;
  run.run.calibration.reset();
  const std::vector<Finding> none = FindingsOf(run);
  ASSERT_EQ(none.size(), 1U);
  EXPECT_EQ(none[0].rule, "client.calibration");
  EXPECT_EQ(none[0].severity, Severity::kWarning);
  run.run.calibration.emplace();
  run.run.calibration->problems = {"paced: the phase left no record", "burst: failed"};
  EXPECT_EQ(FindingsOf(run).size(), 2U);
  run.run.record.config.endpoint.reset();
  EXPECT_TRUE(FindingsOf(run).empty()) << "an embedded engine has no client";
}

}  // namespace
}  // namespace assay
