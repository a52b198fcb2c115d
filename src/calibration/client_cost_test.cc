#include "calibration/client_cost.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr std::int64_t kMicro = 1'000;

// Due 0 and issued at once; sent at 100 µs after the origin at `at_us`, tokens at the given times.
RequestRecord Request(std::uint64_t id, std::int64_t at_us, const std::vector<std::int64_t>& us) {
  RequestRecord request;
  request.offset_ns = at_us * kMicro;
  request.issued_ns = at_us * kMicro;
  request.outcome.id = id;
  request.outcome.sent = FromNanos((at_us + 100) * kMicro);
  for (const std::int64_t time : us) {
    request.outcome.chunk_times.push_back(FromNanos(time * kMicro));
    request.outcome.chunk_tokens.push_back(1);
    request.outcome.token_ids.push_back(1);
  }
  request.outcome.first_token = request.outcome.chunk_times.front();
  request.outcome.last_token = request.outcome.chunk_times.back();
  request.outcome.done = request.outcome.chunk_times.back();
  return request;
}

ServedRequest Served(std::uint64_t id, std::int64_t read_us, const std::vector<std::int64_t>& us) {
  ServedRequest served;
  served.request_id = "assay-1f3c-" + std::to_string(id);
  served.read = FromNanos(read_us * kMicro);
  for (const std::int64_t time : us) served.writes.push_back(FromNanos(time * kMicro));
  served.end = ServedEnd::kDone;
  return served;
}

TEST(MeasureClientCost, IsWhatTheServerDidNotTake) {
  // Request 0: the client sees 1,000 µs, the server took 930: 70 added. TPOT 510 by the client, 500
  // by the server. Request 1: 2,000 and 1,900.
  const std::vector<RequestRecord> journal{Request(1, 5'000, {7'100, 7'600, 8'100}),
                                           Request(0, 0, {1'100, 1'610, 2'120})};
  const std::vector<ServedRequest> served{Served(0, 130, {1'060, 1'560, 2'060}),
                                          Served(1, 5'120, {7'020, 7'520, 8'020})};
  const ClientCost cost = MeasureClientCost(journal, 0, served);
  EXPECT_EQ(cost.requests, 2U);
  EXPECT_EQ(cost.not_joined, 0U);
  EXPECT_EQ(cost.ttft_added.min, 70'000.0);
  EXPECT_EQ(cost.ttft_added.max, 100'000.0);
  EXPECT_EQ(cost.ttft_read.min, 40'000.0);
  EXPECT_EQ(cost.ttft_read.max, 80'000.0);
  EXPECT_EQ(cost.tpot_error.max, 10'000.0);
  EXPECT_EQ(cost.tpot_error.min, 0.0);
  EXPECT_EQ(cost.send_delay.mean, 100'000.0);
}

TEST(MeasureClientCost, CountsWhatItCannotJoin) {
  std::vector<RequestRecord> journal{Request(0, 0, {1'100}), Request(1, 0, {1'100}),
                                     Request(2, 0, {1'100})};
  journal[1].outcome.error = RequestError{"timeout", ""};
  ServedRequest closed = Served(2, 10, {900});
  closed.end = ServedEnd::kClientClosed;
  const std::vector<ServedRequest> served{Served(0, 130, {1'060}), Served(1, 130, {1'060}), closed};
  const ClientCost cost = MeasureClientCost(journal, 0, served);
  EXPECT_EQ(cost.requests, 1U);
  EXPECT_EQ(cost.not_joined, 2U);
  EXPECT_EQ(cost.tpot_error.count, 0U) << "a single write has no TPOT";
}

TEST(JournalIdOf, ReadsWhatTheClientWrites) {
  EXPECT_EQ(JournalIdOf("assay-22f4c1-17"), 17U);
  EXPECT_EQ(JournalIdOf("assay-22f4c1-18446744073709551615"), ~std::uint64_t{0});
  EXPECT_EQ(JournalIdOf("other-22f4c1-17"), std::nullopt);
  EXPECT_EQ(JournalIdOf("assay-22f4c1-"), std::nullopt);
  EXPECT_EQ(JournalIdOf("assay-22f4c1-1x"), std::nullopt);
  EXPECT_EQ(JournalIdOf(""), std::nullopt);
}

TEST(MeasureClientCapacity, CountsFromTheFirstSendingToTheLastEnd) {
  std::vector<RequestRecord> journal{Request(0, 0, {600, 1'100}), Request(1, 0, {900, 2'100}),
                                     Request(2, 0, {50'000})};
  journal[2].outcome.error = RequestError{"timeout", ""};
  const ClientCapacity capacity = MeasureClientCapacity(journal, 0.001);
  EXPECT_EQ(capacity.tokens, 4U);
  EXPECT_DOUBLE_EQ(*capacity.tokens_per_s, 4.0 / 0.002);
  EXPECT_DOUBLE_EQ(*capacity.tokens_per_cpu_s, 4'000.0);
  EXPECT_FALSE(MeasureClientCapacity({}, 1.0).tokens_per_s.has_value());
}

}  // namespace
}  // namespace assay
