#include "calibration/calibration_plan.h"

#include <chrono>

#include <gtest/gtest.h>

namespace assay {
namespace {

RunConfig EndpointRun(Scenario scenario) {
  RunConfig run;
  run.engine = "openai";
  run.endpoint.emplace();
  run.endpoint->base_urls = {"http://example.org:8000"};
  run.endpoint->api_key_env = "KEY";
  run.endpoint->header_names = {"X-Team"};
  run.endpoint->path = kChatPath;
  run.endpoint->client_threads = 2;
  run.scenario = scenario;
  run.rules = "v6.1";
  run.user_conf = "/somewhere/user.conf";
  run.samples = 13'368;
  run.max_tokens = 128;
  return run;
}

TEST(PlanCalibration, KeepsTheClientAndLeavesSecretsAndRules) {
  for (const CalibrationPhase phase : kCalibrationPhases) {
    const CalibrationPlan plan = PlanCalibration(phase, EndpointRun(Scenario::kServer), 200.0);
    const EndpointConfig& endpoint = *plan.config.endpoint;
    EXPECT_EQ(endpoint.path, kChatPath);
    EXPECT_EQ(endpoint.client_threads, 2U);
    EXPECT_EQ(plan.config.max_tokens, 128);
    EXPECT_TRUE(endpoint.base_urls.empty() && endpoint.api_key_env.empty() &&
                endpoint.header_names.empty());
    EXPECT_FALSE(plan.config.rules.has_value());
    EXPECT_TRUE(plan.config.user_conf.empty());
    EXPECT_LE(plan.config.samples, 100U);
  }
}

TEST(PlanCalibration, PacesAsTheRunDoes) {
  const auto paced = [](Scenario scenario, std::optional<double> rate) {
    return PlanCalibration(CalibrationPhase::kPaced, EndpointRun(scenario), rate);
  };
  EXPECT_EQ(paced(Scenario::kServer, 200.0).config.target_qps, 200.0);
  EXPECT_EQ(paced(Scenario::kInteractive, 200.0).config.scenario, Scenario::kInteractive);
  EXPECT_EQ(paced(Scenario::kServer, 0.5).config.target_qps, 40.0) << "enough for a p99";
  EXPECT_EQ(paced(Scenario::kOffline, std::nullopt).config.scenario, Scenario::kServer);
  EXPECT_EQ(paced(Scenario::kSingleStream, std::nullopt).config.scenario, Scenario::kSingleStream);
  RunConfig run = EndpointRun(Scenario::kServer);
  run.max_tokens = 2'000;
  const CalibrationPlan longer = PlanCalibration(CalibrationPhase::kPaced, run, 50.0);
  EXPECT_EQ(longer.script.tpot.a_ms, 0.5) << "an answer ends within a second";
}

TEST(PlanCalibration, TheBurstHasNoPauses) {
  RunConfig run = EndpointRun(Scenario::kServer);
  const CalibrationPlan streamed = PlanCalibration(CalibrationPhase::kBurst, run, 50.0);
  EXPECT_EQ(streamed.config.scenario, Scenario::kOffline);
  EXPECT_EQ(streamed.script.ttft.a_ms, 0.0);
  EXPECT_EQ(streamed.script.tpot.a_ms, 0.0);
  EXPECT_NEAR(*streamed.config.target_qps * 1.1 * 128, 250'000, 300);
  EXPECT_EQ(streamed.config.endpoint->max_concurrency, 64U);
  run.endpoint->stream = false;
  run.endpoint->max_concurrency = 8;
  const CalibrationPlan whole = PlanCalibration(CalibrationPhase::kBurst, run, 50.0);
  EXPECT_NEAR(*whole.config.target_qps * 1.1, 20'000, 2);
  EXPECT_EQ(whole.config.endpoint->max_concurrency, 8U);
}

}  // namespace
}  // namespace assay
