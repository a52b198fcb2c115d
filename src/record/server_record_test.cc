#include "record/server_record.h"

#include <array>

#include <gtest/gtest.h>

namespace assay {
namespace {

ServerRecord Example() {
  ServerRecord server;
  server.started = StartedServer{.command = "vllm serve m --port 8000",
                                 .started_utc = "2026-11-24T06:30:16Z",
                                 .log = "server.log",
                                 .pid = 4711,
                                 .ready_seconds = 42.5,
                                 .end = ServerEnd::kByItself,
                                 .exit_code = 1,
                                 .signal = std::nullopt,
                                 .processes_left = 0,
                                 .peak_rss_bytes = 1 << 30,
                                 .cpu_seconds = 12.25,
                                 .log_facts = {{"data type", "bfloat16"}, {"a", "b"}}};
  server.endpoints.push_back({.url = "http://127.0.0.1:8000",
                              .software = "vllm",
                              .version = "0.32.0",
                              .models = {"m"},
                              .context_tokens = 2048,
                              .prefix_caching = false,
                              .metrics = true,
                              .settings = {{"block_size", "128"}},
                              .unanswered = {{"/props", "status 404"}}});
  return server;
}

TEST(ServerRecordTest, ReadsWhatItWrites) {
  const Json json = ToJson(Example());
  const Result<ServerRecord> read = ServerRecordFromJson(json, "run.json: server");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(ToJson(*read), json);
  EXPECT_EQ(read->started->end, ServerEnd::kByItself);
  EXPECT_EQ(read->started->exit_code, 1);
  EXPECT_EQ(read->endpoints[0].prefix_caching, false);
  EXPECT_EQ(read->endpoints[0].settings, Example().endpoints[0].settings);
}

TEST(ServerRecordTest, WhatIsNotKnownIsNull) {
  const Json json =
      ToJson(ServerRecord{.started = StartedServer{}, .endpoints = {EndpointFacts{}}});
  EXPECT_TRUE(json["started"]["exit_code"].is_null());
  EXPECT_TRUE(json["started"]["peak_rss_bytes"].is_null());
  EXPECT_TRUE(json["endpoints"][0]["prefix_caching"].is_null());
  EXPECT_TRUE(ToJson(ServerRecord{})["started"].is_null());
  const Result<ServerRecord> read = ServerRecordFromJson(json, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->started->ready_seconds);
  EXPECT_FALSE(read->endpoints[0].context_tokens);
}

TEST(ServerRecordTest, CountersKeepZeroAndAbsentApart) {
  EndpointCounters counters{.url = "u", .before = ServerCounters{}, .after = std::nullopt};
  counters.before->generation_tokens = 0.0;
  const Json json = ToJson(counters);
  EXPECT_EQ(json["before"]["generation_tokens"], 0.0);
  EXPECT_TRUE(json["before"]["prompt_tokens"].is_null());
  EXPECT_TRUE(json["after"].is_null());
  const Result<EndpointCounters> read = EndpointCountersFromJson(json, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->before, counters.before);
  EXPECT_FALSE(read->after);
}

TEST(ServerRecordTest, GrowthOfACounter) {
  constexpr auto kTokens = &ServerCounters::generation_tokens;
  EXPECT_EQ(CounterGrowth({}, kTokens), std::nullopt);
  ServerCounters three;
  three.generation_tokens = 3;
  ServerCounters ten;
  ten.generation_tokens = 10;
  const EndpointCounters one{"u", three, ten};
  EXPECT_EQ(CounterGrowth(std::array{one}, kTokens), 7.0);
  EXPECT_EQ(CounterGrowth(std::array{one, one}, kTokens), 14.0);
  EXPECT_EQ(CounterGrowth(std::array{one, EndpointCounters{"v", ten, three}}, kTokens),
            std::nullopt);
  EXPECT_EQ(CounterGrowth(std::array{one, EndpointCounters{"v", three, std::nullopt}}, kTokens),
            std::nullopt);
  EXPECT_EQ(CounterGrowth(std::array{one}, &ServerCounters::preemptions), std::nullopt);
}

TEST(ServerRecordTest, ErrorsNameThePlace) {
  Json json = ToJson(Example());
  json["started"]["end"] = "vanished";
  const Result<ServerRecord> read = ServerRecordFromJson(json, "run.json: server");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message,
            "run.json: server: started: \"end\" is \"vanished\", which is not known");
  json = ToJson(Example());
  json["endpoints"][0]["context_tokens"] = -1;
  EXPECT_FALSE(ServerRecordFromJson(json, "x"));
  json = ToJson(Example());
  json["endpoints"][0]["models"] = "m";
  EXPECT_FALSE(ServerRecordFromJson(json, "x"));
}

}  // namespace
}  // namespace assay
