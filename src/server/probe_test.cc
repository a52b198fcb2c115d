#include "server/probe.h"

#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"

namespace assay {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Answers from a table; everything else is 404.
HttpGet Server(std::map<std::string, HttpAnswer> answers) {
  return [answers = std::move(answers)](const std::string& path) -> Result<HttpAnswer> {
    const auto it = answers.find(path);
    return it == answers.end() ? HttpAnswer{404, "not found"} : it->second;
  };
}

Result<HttpAnswer> Refused(const std::string& /*path*/) {
  return MakeError(ErrorCode::kUnavailable, "connection refused");
}

TEST(ProbeTest, AVllm) {
  const EndpointFacts facts = ProbeEndpoint(
      "http://h:1",
      Server({{"/v1/models",
               {200,
                R"({"object":"list","data":[{"id":"m","owned_by":"vllm","max_model_len":2048}]})"}},
              {"/version", {200, R"({"version":"0.32.0"})"}},
              {"/metrics",
               {200,
                "vllm:generation_tokens_total{engine=\"0\"} 10\nvllm:cache_config_info{"
                "block_size=\"128\",enable_prefix_caching=\"False\",engine=\"0\",num=\"None\"} 1\n"
                "vllm:cache_config_info{block_size=\"64\",enable_prefix_caching=\"True\"} 1\n"}}}));
  EXPECT_EQ(facts.url, "http://h:1");
  EXPECT_EQ(facts.software, "vllm");
  EXPECT_EQ(facts.version, "0.32.0");
  EXPECT_THAT(facts.models, ElementsAre("m"));
  EXPECT_EQ(facts.context_tokens, 2048u);
  EXPECT_EQ(facts.prefix_caching, true);  // of any engine
  EXPECT_TRUE(facts.metrics);
  EXPECT_THAT(facts.settings,
              ElementsAre(Pair("block_size", "128"), Pair("enable_prefix_caching", "False")));
  EXPECT_THAT(facts.unanswered, IsEmpty());
}

TEST(ProbeTest, ALlamaServer) {
  const EndpointFacts facts = ProbeEndpoint(
      "http://h:2",
      Server(
          {{"/v1/models",
            {200, R"({"data":[{"id":"a","owned_by":"llamacpp","meta":{"n_ctx":512,"n_params":135,)"
                  R"("size":270,"ftype":"F16"}},{"id":"b"}]})"}},
           {"/props",
            {200, R"({"build_info":"b1-0c1e570","total_slots":8,"model_path":"x.gguf"})"}},
           {"/metrics", {501, "{}"}}}));
  EXPECT_EQ(facts.software, "llama.cpp");
  EXPECT_EQ(facts.version, "b1-0c1e570");
  EXPECT_THAT(facts.models, ElementsAre("a", "b"));
  EXPECT_EQ(facts.context_tokens, 512u);
  EXPECT_EQ(facts.prefix_caching, std::nullopt);
  EXPECT_FALSE(facts.metrics);
  EXPECT_THAT(facts.settings, Contains(Pair("total_slots", "8")));
  EXPECT_THAT(facts.unanswered,
              ElementsAre(Pair("/version", "status 404"), Pair("/metrics", "status 501")));
}

TEST(ProbeTest, WhatIsNotAnsweredIsAbsentAndSaid) {
  const EndpointFacts silent = ProbeEndpoint("u", Refused);
  EXPECT_EQ(silent.software, "");
  EXPECT_EQ(silent.unanswered.size(), 4u);
  EXPECT_THAT(silent.unanswered, Contains(Pair("/v1/models", "connection refused")));

  const EndpointFacts odd =
      ProbeEndpoint("u", Server({{"/v1/models", {200, "[1]"}},
                                 {"/version", {200, "<html>"}},
                                 {"/props", {200, R"({"build_info":7,"total_slots":"8"})"}},
                                 {"/metrics", {200, "other_total 1\n"}}}));
  EXPECT_EQ(odd.version, "");
  EXPECT_THAT(odd.settings, IsEmpty());
  EXPECT_THAT(odd.unanswered, ElementsAre(Pair("/v1/models", "has no list \"data\""),
                                          Pair("/version", "is no JSON"),
                                          Pair("/metrics", "has no counters that are known here")));
}

TEST(ProbeTest, CountersOfBothServers) {
  const auto vllm = ReadCounters(
      Server({{"/metrics",
               {200,
                "vllm:prompt_tokens_total{e=\"0\"} 5\nvllm:prompt_tokens_total{e=\"1\"} 6\n"
                "vllm:generation_tokens_total 7\nvllm:prefix_cache_queries_total 0\n"
                "vllm:request_success_total{r=\"stop\"} "
                "1\nvllm:request_success_total{r=\"length\"} 2\n"}}}));
  ASSERT_TRUE(vllm);
  EXPECT_EQ(vllm->prompt_tokens, 11.0);
  EXPECT_EQ(vllm->generation_tokens, 7.0);
  EXPECT_EQ(vllm->prefix_queries, 0.0);
  EXPECT_EQ(vllm->prefix_hits, std::nullopt);
  EXPECT_EQ(vllm->requests_finished, 3.0);

  const auto llama = ReadCounters(
      Server({{"/metrics",
               {200,
                "llamacpp:prompt_tokens_total 618\nllamacpp:prompt_tokens_cached_total 475\n"
                "llamacpp:tokens_predicted_total 1978\n"}}}));
  ASSERT_TRUE(llama);
  EXPECT_EQ(llama->prompt_tokens, 1093.0);
  EXPECT_EQ(llama->cached_prompt_tokens, 475.0);
  EXPECT_EQ(llama->preemptions, std::nullopt);

  EXPECT_EQ(ReadCounters(Server({})), std::nullopt);
  EXPECT_EQ(ReadCounters(Server({{"/metrics", {200, "<html>"}}})), std::nullopt);
  EXPECT_EQ(ReadCounters(Refused), std::nullopt);
}

TEST(ProbeTest, LoadOfEachServer) {
  const auto vllm = ReadLoad(Server(
      {{"/metrics",
        {200,
         "vllm:num_requests_running{engine=\"0\"} 3\nvllm:num_requests_running{engine=\"1\"} 4\n"
         "vllm:num_requests_waiting{engine=\"0\"} 1\nvllm:num_requests_waiting{engine=\"1\"} 0\n"
         "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 9\n"
         "vllm:kv_cache_usage_perc{engine=\"0\"} 0.5\nvllm:kv_cache_usage_perc{engine=\"1\"} 0.75\n"
         "vllm:generation_tokens_total 7\n"}}}));
  ASSERT_TRUE(vllm);
  EXPECT_EQ(vllm->running, 7.0);
  EXPECT_EQ(vllm->waiting, 1.0);
  EXPECT_EQ(vllm->kv_cache_used, 0.75);
  EXPECT_EQ(vllm->prompt_tokens, std::nullopt);
  EXPECT_EQ(vllm->generation_tokens, 7.0);

  const auto llama = ReadLoad(Server(
      {{"/metrics", {200, "llamacpp:requests_processing 2\nllamacpp:requests_deferred 5\n"}}}));
  ASSERT_TRUE(llama);
  EXPECT_EQ(llama->running, 2.0);
  EXPECT_EQ(llama->waiting, 5.0);
  EXPECT_EQ(llama->kv_cache_used, std::nullopt);

  const auto sglang = ReadLoad(Server(
      {{"/metrics", {200, "sglang:num_running_reqs 1\nsglang:token_usage{m=\"x\"} 0.28\n"}}}));
  ASSERT_TRUE(sglang);
  EXPECT_EQ(sglang->running, 1.0);
  EXPECT_EQ(sglang->kv_cache_used, 0.28);

  EXPECT_EQ(ReadLoad(Server({{"/metrics", {200, "process_cpu_seconds_total 3\n"}}})), std::nullopt);
  EXPECT_EQ(ReadLoad(Server({{"/metrics", {500, "vllm:num_requests_running 1\n"}}})), std::nullopt);
  EXPECT_EQ(ReadLoad(Server({{"/metrics", {200, "<html>"}}})), std::nullopt);
  EXPECT_EQ(ReadLoad(Refused), std::nullopt);
}

TEST(CheckReadyTest, HealthOrElseModels) {
  EXPECT_TRUE(CheckReady(Server({{"/health", {200, ""}}})));
  EXPECT_TRUE(CheckReady(Server({{"/v1/models", {200, "{}"}}})));
  const Status loading = CheckReady(Server({{"/health", {503, ""}}, {"/v1/models", {200, ""}}}));
  ASSERT_FALSE(loading);
  EXPECT_EQ(loading.error().message, "/health: status 503");
  EXPECT_TRUE(CheckReady(Server({})));  // answers, and knows neither path
  EXPECT_EQ(CheckReady(Server({{"/v1/models", {502, ""}}})).error().message,
            "/v1/models: status 502");
  EXPECT_EQ(CheckReady(Refused).error().message, "connection refused");
}

// What real servers answered: bodies of the recorded responses.
class CapturesTest : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static HttpGet Recorded(const fs::path& dir) {
    return [dir](const std::string& path) -> Result<HttpAnswer> {
      std::string name = "get_" + path.substr(path.rfind('/') + 1) + ".response.bin";
      if (path == "/metrics") name = "after_metrics.response.bin";
      ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(dir / name));
      const std::size_t body = bytes.find("\r\n\r\n");
      return HttpAnswer{std::stoi(bytes.substr(9, 3)), bytes.substr(body + 4)};
    };
  }
};

TEST_P(CapturesTest, AreUnderstood) {
  const fs::path dir = fs::path(ASSAY_SHARED_DIR) / "data/wire-captures" / GetParam();
  if (!fs::exists(dir)) GTEST_SKIP() << dir << " is missing";
  const EndpointFacts facts = ProbeEndpoint("u", Recorded(dir));
  const bool vllm = std::string_view(GetParam()) == "vllm";
  EXPECT_EQ(facts.version, vllm ? "0.32.0" : "b1-0c1e570");
  EXPECT_TRUE(facts.metrics);
  EXPECT_EQ(facts.prefix_caching, vllm ? std::optional(true) : std::nullopt);
  if (!vllm) {
    EXPECT_EQ(facts.software, "llama.cpp");
    EXPECT_EQ(facts.context_tokens, 2048u);
  }
  const auto counters = ReadCounters(Recorded(dir));
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->generation_tokens, vllm ? 1885.0 : 1978.0);
  EXPECT_EQ(counters->prompt_tokens, vllm ? 922.0 : 618.0 + 475.0);
  EXPECT_EQ(counters->cached_prompt_tokens, vllm ? 0.0 : 475.0);
  const auto load = ReadLoad(Recorded(dir));
  ASSERT_TRUE(load);
  EXPECT_EQ(load->running, 0.0);
  EXPECT_EQ(load->waiting, 0.0);
  EXPECT_EQ(load->kv_cache_used, vllm ? std::optional(0.0) : std::nullopt);
  EXPECT_EQ(load->generation_tokens, counters->generation_tokens);
}
INSTANTIATE_TEST_SUITE_P(Servers, CapturesTest, ::testing::Values("vllm", "llama"));

}  // namespace
}  // namespace assay
