#include "metrics/metrics.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/metrics_json.h"
#include "metrics/test_requests.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr double kMs = 1e6;

TestRecord EndedTest(std::uint64_t issued) {
  TestRecord test;
  test.clocks_end = ClockPair{};
  test.issued = issued;
  test.origin_not_before_ns = Ms(998);
  test.peak_rss_bytes = 4096;
  test.cpu_seconds = 0.5;
  return test;
}

// Four tokens in three chunks, one token, and a failure that ends last. The origin is 1000 ms.
std::vector<RequestRecord> ThreeRequests() {
  std::vector<RequestRecord> requests{Issued(0, 0, 1000, 1002), Issued(1, 50, 1050, 1051),
                                      Issued(2, 100, 1105, 1105)};
  SetAnswer(requests[0], {{1010, 1}, {1016, 1}, {1040, 2}}, 1041);
  requests[0].outcome.prompt_tokens = 100;
  SetAnswer(requests[1], {{1070, 1}}, 1070);
  requests[1].outcome.prompt_tokens = 50;
  requests[1].outcome.finish_reason = FinishReason::kLength;
  requests[2].outcome.done = AtMs(1205);
  requests[2].outcome.error = RequestError{"timeout", "no answer"};
  requests[2].outcome.finish_reason = FinishReason::kError;
  return requests;
}

TEST(ComputeMetrics, CountsRequests) {
  const Metrics m = ComputeMetrics(ThreeRequests(), EndedTest(4), {});
  EXPECT_EQ(m.counts.issued, 4U);
  EXPECT_EQ(m.counts.ended, 3U);
  EXPECT_EQ(m.counts.completed, 2U);
  EXPECT_EQ(m.counts.failed, 1U);
  EXPECT_EQ(m.counts.duplicate_ids, 0U);
  EXPECT_THAT(m.counts.failures, ElementsAre(Pair("timeout", 1)));
  EXPECT_THAT(m.counts.finish_reasons, ElementsAre(Pair("length", 1), Pair("stop", 1)));
}

TEST(ComputeMetrics, LatenciesCountFromTheScheduledTime) {
  const Metrics m = ComputeMetrics(ThreeRequests(), EndedTest(3), {});
  // 1010 - 1000 and 1070 - 1050.
  EXPECT_EQ(m.ttft.count, 2U);
  EXPECT_EQ(m.ttft.mean, 15 * kMs);
  EXPECT_EQ(m.ttft.std, 5 * kMs);
  EXPECT_EQ(m.ttft.max, 20 * kMs);
  // 1041 - 1000 and 1070 - 1050.
  EXPECT_EQ(m.e2el.min, 20 * kMs);
  EXPECT_EQ(m.e2el.mean, 30.5 * kMs);
  // 1010 - 1002 and 1070 - 1051; 1041 - 1002 and 1070 - 1051.
  EXPECT_EQ(m.ttft_from_send.mean, 13.5 * kMs);
  EXPECT_EQ(m.e2el_from_send.mean, 29 * kMs);
  // (1040 - 1010) / 3; an answer of one token has none.
  EXPECT_EQ(m.tpot.count, 1U);
  EXPECT_EQ(m.tpot.mean, 10 * kMs);
  EXPECT_EQ(m.schedule_uncertainty_ns, 2 * kMs);
}

TEST(ComputeMetrics, SpreadsTheGapBeforeAMergedChunk) {
  const Metrics m = ComputeMetrics(ThreeRequests(), EndedTest(3), {});
  // 6, then 24 over two tokens.
  EXPECT_EQ(m.itl.count, 3U);
  EXPECT_EQ(m.itl.min, 6 * kMs);
  EXPECT_EQ(m.itl.median, 12 * kMs);
  EXPECT_EQ(m.itl.mean, 10 * kMs);
  EXPECT_EQ(m.itl_spread, 2U);
  EXPECT_EQ(m.itl_unknown, 0U);
  EXPECT_THAT(m.chunk_sizes, ElementsAre(Pair(1, 3), Pair(2, 1)));
  EXPECT_EQ(m.tokens_per_chunk.mean, 1.25);
}

TEST(ComputeMetrics, GapsInsideTheFirstChunkAreNotInvented) {
  std::vector<RequestRecord> requests{Issued(0, 0, 0, 0)};
  SetAnswer(requests[0], {{10, 3}, {11, 0}, {14, 1}}, 14);
  const Metrics m = ComputeMetrics(requests, EndedTest(1), {});
  EXPECT_EQ(m.itl.count, 1U);
  EXPECT_EQ(m.itl.mean, 4 * kMs);  // from the last chunk that had a token
  EXPECT_EQ(m.itl_unknown, 2U);
}

TEST(ComputeMetrics, ChunksThatDoNotAddUpToTheIdsTellNoGaps) {
  std::vector<RequestRecord> requests{Issued(0, 0, 0, 0)};
  SetAnswer(requests[0], {{10, 1}, {20, 1}}, 20);
  requests[0].outcome.chunk_tokens[1] = 4'000'000'000U;
  const Metrics m = ComputeMetrics(requests, EndedTest(1), {});
  EXPECT_EQ(m.itl.count, 0U);
  EXPECT_EQ(m.itl_untold, 1U);
  EXPECT_EQ(m.ledger.disagreeing_requests, 1U);
}

TEST(ComputeMetrics, Throughput) {
  const Metrics m = ComputeMetrics(ThreeRequests(), EndedTest(3), {});
  // 1000 to 1205 ms: the failure ends last. Two requests, 150 and 5 tokens of those that completed.
  EXPECT_DOUBLE_EQ(*m.duration_s, 0.205);
  EXPECT_DOUBLE_EQ(*m.request_throughput, 2 / 0.205);
  EXPECT_DOUBLE_EQ(*m.input_throughput, 150 / 0.205);
  EXPECT_DOUBLE_EQ(*m.output_throughput, 5 / 0.205);
  EXPECT_DOUBLE_EQ(*m.total_token_throughput, 155 / 0.205);
  EXPECT_EQ(m.max_output_tokens_per_s, 5.0);
  EXPECT_DOUBLE_EQ(*m.scheduled_rate, 2 / 0.100);
  EXPECT_DOUBLE_EQ(*m.issued_rate, 2 / 0.105);
  EXPECT_EQ(m.issue_delay.max, 5 * kMs);
  EXPECT_EQ(m.send_delay.mean, 1 * kMs);
  EXPECT_EQ(m.told_first_delay.max, 1'000.0);
  EXPECT_EQ(m.told_done_delay.max, 1'000.0);
}

TEST(ComputeMetrics, PeaksOverSecondsAndMoments) {
  std::vector<RequestRecord> requests{Issued(0, 0, 0, 0), Issued(1, 0, 0, 500),
                                      Issued(2, 0, 0, 2100)};
  SetAnswer(requests[0], {{900, 2}, {1100, 3}}, 2100);
  SetAnswer(requests[1], {{1200, 4}, {2000, 1}}, 2000);
  SetAnswer(requests[2], {{2200, 1}}, 2300);
  const Metrics m = ComputeMetrics(requests, EndedTest(3), {});
  EXPECT_EQ(m.max_output_tokens_per_s, 7.0);  // 3 and 4 in the second second
  // The third starts in the moment in which the first ends.
  EXPECT_EQ(m.max_concurrent_requests, 2U);
  EXPECT_EQ(m.scheduled_rate, std::nullopt);
}

TEST(ComputeMetrics, TokensAndCharactersAreApart) {
  const std::vector<std::optional<std::uint64_t>> characters{17, 3, 1000};
  const Metrics m = ComputeMetrics(ThreeRequests(), EndedTest(3), {}, characters);
  EXPECT_EQ(m.total_output_tokens, 5U);
  EXPECT_EQ(m.total_output_characters, 20U);  // the failed request's text is no answer
  EXPECT_EQ(m.output_tokens.mean, 2.5);
  EXPECT_EQ(m.output_characters.mean, 10.0);
  EXPECT_EQ(m.input_tokens.max, 100.0);

  const std::vector<std::optional<std::uint64_t>> partly{17, std::nullopt, std::nullopt};
  const Metrics p = ComputeMetrics(ThreeRequests(), EndedTest(3), {}, partly);
  EXPECT_EQ(p.total_output_characters, std::nullopt);
  EXPECT_EQ(p.output_characters.count, 1U);
  EXPECT_EQ(ComputeMetrics(ThreeRequests(), EndedTest(3), {}).output_characters.count, 0U);
}

TEST(ComputeMetrics, GoodputNeedsEveryGivenLimit) {
  const auto good = [](const GoodputLimits& limits) {
    return ComputeMetrics(ThreeRequests(), EndedTest(3), limits).good_requests;
  };
  EXPECT_EQ(good({}), std::nullopt);
  EXPECT_EQ(good({.ttft_ms = 20, .tpot_ms = {}, .e2el_ms = {}}), 2U);  // at the limit is within
  EXPECT_EQ(good({.ttft_ms = 19.9, .tpot_ms = {}, .e2el_ms = {}}), 1U);
  EXPECT_EQ(good({.ttft_ms = {}, .tpot_ms = 9.9, .e2el_ms = {}}), 1U);  // one token: no TPOT
  EXPECT_EQ(good({.ttft_ms = 19.9, .tpot_ms = 10, .e2el_ms = 40}), 0U);
  const Metrics m =
      ComputeMetrics(ThreeRequests(), EndedTest(3), {.ttft_ms = 15, .tpot_ms = {}, .e2el_ms = {}});
  EXPECT_DOUBLE_EQ(*m.request_goodput, 1 / 0.205);
}

TEST(ComputeMetrics, LedgerComparesEverySourceWithTheIds) {
  std::vector<RequestRecord> requests = ThreeRequests();
  requests[0].outcome.other_counts = {{"usage", 4}};
  requests[1].outcome.other_counts = {{"usage", 2}, {"timings", 1}};
  requests[1].outcome.token_ids_are_engines = false;
  const TokenLedger ledger = ComputeMetrics(requests, EndedTest(3), {}).ledger;
  EXPECT_EQ(ledger.ids_from_engine, 1U);
  EXPECT_EQ(ledger.ids_derived, 1U);
  EXPECT_EQ(ledger.disagreeing_requests, 1U);
  EXPECT_EQ(ledger.first_disagreeing_id, 1U);
  ASSERT_EQ(ledger.sources.size(), 3U);
  EXPECT_EQ(ledger.sources[0].name, "chunks");
  EXPECT_EQ(ledger.sources[0].tokens, 5U);
  EXPECT_EQ(ledger.sources[0].disagreements, 0U);
  EXPECT_EQ(ledger.sources[2].name, "usage");
  EXPECT_EQ(ledger.sources[2].requests, 2U);
  EXPECT_EQ(ledger.sources[2].tokens, 6U);
  EXPECT_EQ(ledger.sources[2].disagreements, 1U);
}

TEST(ComputeMetrics, OfNothingIsAbsentNotZero) {
  const Metrics m = ComputeMetrics({}, TestRecord{}, {});
  EXPECT_EQ(m.counts.issued, std::nullopt);
  EXPECT_EQ(m.duration_s, std::nullopt);
  EXPECT_EQ(m.request_throughput, std::nullopt);
  EXPECT_EQ(m.total_output_tokens, std::nullopt);
  EXPECT_EQ(m.ttft.mean, std::nullopt);
  EXPECT_EQ(m.max_concurrent_requests, std::nullopt);
  EXPECT_EQ(m.max_output_tokens_per_s, std::nullopt);
  EXPECT_EQ(m.schedule_uncertainty_ns, std::nullopt);
  EXPECT_EQ(m.peak_rss_bytes, std::nullopt);
}

TEST(ComputeMetrics, WhereAllFailedThroughputIsZeroAndLatencyAbsent) {
  std::vector<RequestRecord> requests{Issued(0, 0, 0, 1), Issued(1, 0, 0, 1)};
  requests[0].outcome.done = AtMs(500);
  requests[0].outcome.error = RequestError{"engine", "out of memory"};
  requests[0].outcome.token_ids = {1, 2, 3};
  requests[1].outcome.done = AtMs(400);  // no error, and no token either
  const Metrics m = ComputeMetrics(requests, EndedTest(2), {});
  EXPECT_EQ(m.counts.failed, 2U);
  EXPECT_THAT(m.counts.failures, ElementsAre(Pair("engine", 1), Pair("no_tokens", 1)));
  EXPECT_EQ(m.request_throughput, 0.0);
  EXPECT_EQ(m.output_throughput, std::nullopt);
  EXPECT_EQ(m.ttft.count, 0U);
  EXPECT_EQ(m.e2el.mean, std::nullopt);
  EXPECT_EQ(m.failed_output_tokens, 3U);
}

TEST(ComputeMetrics, AMissingFirstTokenTimeIsNotZero) {
  std::vector<RequestRecord> requests{Issued(0, 0, 0, 1)};
  requests[0].outcome.token_ids = {1, 2};
  requests[0].outcome.done = AtMs(400);
  const Metrics m =
      ComputeMetrics(requests, EndedTest(1), {.ttft_ms = 1e9, .tpot_ms = {}, .e2el_ms = {}});
  EXPECT_EQ(m.counts.completed, 1U);
  EXPECT_EQ(m.ttft.count, 0U);
  EXPECT_EQ(m.tpot.count, 0U);
  EXPECT_EQ(m.without_first_token_time, 1U);
  EXPECT_EQ(m.e2el.mean, 400 * kMs);
  EXPECT_EQ(m.good_requests, 0U);
}

std::vector<RequestRecord> RandomRequests(std::mt19937_64& random, std::uint64_t count) {
  const auto below = [&random](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  std::vector<RequestRecord> requests;
  for (std::uint64_t id = 0; id < count; ++id) {
    const std::int64_t due = below(10'000);
    RequestRecord request = Issued(id, due, 1000 + due + below(5), 1010 + due + below(90));
    std::vector<std::pair<std::int64_t, std::uint32_t>> chunks;
    std::int64_t now = 1100 + due;
    for (std::int64_t i = 1 + below(9); i > 0; --i) {
      chunks.emplace_back(now, static_cast<std::uint32_t>(1 + below(3)));
      now += 1 + below(50);
    }
    SetAnswer(request, chunks, now);
    request.outcome.prompt_tokens = static_cast<std::uint64_t>(below(2000));
    request.outcome.other_counts = {{"usage", static_cast<std::uint64_t>(below(20))}};
    if (below(10) == 0) request.outcome.error = RequestError{"engine", "x"};
    requests.push_back(std::move(request));
  }
  return requests;
}

TEST(ComputeMetrics, TheOrderOfTheJournalChangesNothing) {
  std::mt19937_64 random(20261124);
  std::vector<RequestRecord> requests = RandomRequests(random, 500);
  const GoodputLimits limits{.ttft_ms = 150, .tpot_ms = 20, .e2el_ms = {}};
  const std::string expected = ToJsonLine(ToJson(ComputeMetrics(requests, EndedTest(500), limits)));
  for (int round = 0; round < 5; ++round) {
    std::shuffle(requests.begin(), requests.end(), random);
    EXPECT_EQ(ToJsonLine(ToJson(ComputeMetrics(requests, EndedTest(500), limits))), expected);
  }
}

TEST(ComputeMetrics, ShiftingEveryClockReadingChangesNothing) {
  std::mt19937_64 random(7);
  std::vector<RequestRecord> requests = RandomRequests(random, 50);
  const std::string expected = ToJsonLine(ToJson(ComputeMetrics(requests, EndedTest(50), {})));
  TestRecord test = EndedTest(50);
  const std::int64_t shift = Ms(123'456'789);
  *test.origin_not_before_ns += shift;
  for (RequestRecord& request : requests) {
    RequestOutcome& o = request.outcome;
    request.issued_ns += shift;
    for (std::optional<MonoTime>* time : {&o.sent, &o.first_token, &o.last_token}) {
      **time += Nanos(shift);
    }
    for (MonoTime& time : o.chunk_times) time += Nanos(shift);
    o.done += Nanos(shift);
    for (ToldTimes* told : {&*request.told_first, &*request.told_done}) {
      told->before_ns += shift;
      told->after_ns += shift;
    }
  }
  EXPECT_EQ(ToJsonLine(ToJson(ComputeMetrics(requests, test, {}))), expected);
}

}  // namespace
}  // namespace assay
