#include "metrics/client_metrics.h"

#include <vector>

#include <gtest/gtest.h>

#include "metrics/test_requests.h"

namespace assay {
namespace {

TEST(ClientMetrics, DelaysAreFromTheRecord) {
  // Due 0 and 100 ms after an origin at 1,000 ms; the first was issued at once.
  std::vector<RequestRecord> requests{Issued(0, 0, 1'000, 1'002), Issued(1, 100, 1'101, 1'105)};
  SetAnswer(requests[0], {{1'500, 1}}, 1'500);
  SetAnswer(requests[1], {{2'000, 1}}, 2'000);
  TestRecord test;
  test.client.emplace();
  test.client->read_delay = {3, 20'000, 15'000, 30'000, 40'000, 40'000, 41'000};
  test.threads = {{1, "assay", 100'000'000, 10'000'000, 5},
                  {2, "assay-io-0", 250'000'000, 40'000'000, 9}};
  test.clocks_start.steady_ns = Ms(1'000);
  test.clocks_end = {.steady_ns = Ms(2'000), .wall_ns = 0, .width_ns = 0};
  const ClientMetrics client = ComputeClientMetrics(requests, test);
  EXPECT_EQ(client.schedule_to_sent.min, 2e6);
  EXPECT_EQ(client.schedule_to_sent.max, 5e6);
  EXPECT_FALSE(client.read_delay_bound.has_value()) << "nothing was bounded: absent, not 0";
  EXPECT_DOUBLE_EQ(*client.busiest_thread, 0.25);
  EXPECT_DOUBLE_EQ(*client.wait_share, 50.0 / 400.0);
  const Json json = ToJson(client);
  EXPECT_EQ(json["max_schedule_to_sent_us"], 5000.0);
  EXPECT_EQ(json["p99_read_delay_us"], 40.0);
  EXPECT_TRUE(json["p99_read_delay_bound_us"].is_null());
  EXPECT_EQ(json["threads"][1]["name"], "assay-io-0");
}

TEST(ClientMetrics, WhatIsNotKnownIsAbsent) {
  const ClientMetrics client = ComputeClientMetrics({}, TestRecord{});
  EXPECT_FALSE(client.busiest_thread.has_value());
  EXPECT_FALSE(client.wait_share.has_value());
  EXPECT_TRUE(ToJson(client)["mean_schedule_to_sent_us"].is_null());
}

}  // namespace
}  // namespace assay
