#include "metrics/tool_figures.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "metrics/test_requests.h"

namespace assay {
namespace {

const ToolFigure& Of(const std::vector<ToolFigure>& figures, std::string_view tool,
                     std::string_view metric) {
  return *std::find_if(figures.begin(), figures.end(),
                       [&](const ToolFigure& f) { return f.tool == tool && f.metric == metric; });
}

// Two requests due at 0: one of 3 tokens, sent at 100 ms, one of 2 in a single chunk after the
// first, sent at 50 ms.
std::vector<RequestRecord> TwoRequests() {
  std::vector<RequestRecord> requests{Issued(0, 0, 0, 100), Issued(1, 0, 0, 50)};
  SetAnswer(requests[0], {{400, 1}, {500, 1}, {900, 1}}, 1000);
  SetAnswer(requests[1], {{250, 1}, {350, 1}}, 350);
  return requests;
}

TEST(ToolFigures, OneNameSeveralDefinitions) {
  const auto figures = FiguresByTool(TwoRequests(), TestRecord{});
  // Scheduled to first token: 400, 250. From send: 300, 200.
  EXPECT_DOUBLE_EQ(*Of(figures, "LoadGen", "TTFT").mean_ms, 325.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "vLLM", "TTFT").mean_ms, 250.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "AIPerf", "TTFT").mean_ms, 250.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "GuideLLM", "TTFT").mean_ms, 250.0);
  // (1000 - 400) / 2 and (350 - 250) / 1; vLLM ends at the last token: (900 - 400) / 2.
  EXPECT_DOUBLE_EQ(*Of(figures, "LoadGen", "TPOT").mean_ms, 200.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "vLLM", "TPOT").mean_ms, 175.0);
  // 800 / 3 weighted by 3, 300 / 2 weighted by 2: (800 + 300) / 5.
  EXPECT_DOUBLE_EQ(*Of(figures, "GuideLLM", "TPOT").mean_ms, 220.0);
  // Gaps 100, 400, 100; per request 250, 100; weighted by tokens - 1: (2 * 250 + 100) / 3.
  EXPECT_DOUBLE_EQ(*Of(figures, "vLLM", "ITL").mean_ms, 200.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "AIPerf", "ITL").mean_ms, 175.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "GuideLLM", "ITL").mean_ms, 200.0);
}

TEST(ToolFigures, EachHasItsOwnPercentiles) {
  const auto figures = FiguresByTool(TwoRequests(), TestRecord{});
  // LoadGen takes sorted[floor(2 * 0.5)], numpy interpolates, GuideLLM takes an observed value.
  EXPECT_DOUBLE_EQ(*Of(figures, "LoadGen", "TTFT").median_ms, 400.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "vLLM", "TTFT").median_ms, 250.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "GuideLLM", "TTFT").median_ms, 200.0);
  EXPECT_DOUBLE_EQ(*Of(figures, "vLLM", "TTFT").p99_ms, 299.0);
}

TEST(ToolFigures, NothingToMeasureIsAbsent) {
  for (const ToolFigure& figure : FiguresByTool({}, TestRecord{})) EXPECT_FALSE(figure.mean_ms);
  std::vector<RequestRecord> single{Issued(0, 0, 0, 0)};
  SetAnswer(single[0], {{10, 1}}, 10);
  const auto figures = FiguresByTool(single, TestRecord{});
  EXPECT_TRUE(Of(figures, "vLLM", "TTFT").mean_ms);
  EXPECT_FALSE(Of(figures, "vLLM", "TPOT").mean_ms);
  EXPECT_FALSE(Of(figures, "AIPerf", "ITL").mean_ms);
  EXPECT_FALSE(Of(figures, "GuideLLM", "ITL").mean_ms);
  EXPECT_DOUBLE_EQ(*Of(figures, "GuideLLM", "TPOT").mean_ms, 10.0) << "it counts the first token";
}

TEST(LinearPercentile, IsNumpys) {
  const std::vector<double> values{1.0, 2.0, 4.0, 8.0};
  EXPECT_DOUBLE_EQ(LinearPercentile(values, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(LinearPercentile(values, 0.5), 3.0);
  EXPECT_DOUBLE_EQ(LinearPercentile(values, 0.9), 6.8);
  EXPECT_DOUBLE_EQ(LinearPercentile(values, 1.0), 8.0);
}

TEST(WeightedPercentile, CountsWeights) {
  const std::vector<WeightedValue> values{{1.0, 1.0}, {2.0, 3.0}, {3.0, 4.0}};
  EXPECT_DOUBLE_EQ(WeightedPercentile(values, 0.125), 1.0);
  EXPECT_DOUBLE_EQ(WeightedPercentile(values, 0.5), 2.0);
  EXPECT_DOUBLE_EQ(WeightedPercentile(values, 0.51), 3.0);
}

}  // namespace
}  // namespace assay
