#include "report/export.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "metrics/test_requests.h"
#include "report/guidellm_summary.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Two answered requests, due at 0 ms and told in another order than issued, and one that failed.
RunEvidence SmallRun() {
  TestEvidence test;
  test.record = TestRecord{};
  test.record->clocks_start = {.steady_ns = 0, .wall_ns = Ms(1'000'000), .width_ns = 0};
  Journal journal;
  journal.requests = {Issued(1, 0, 0, 50), Issued(0, 0, 0, 100), Issued(2, 0, 0, 60)};
  SetAnswer(journal.requests[0], {{250, 1}, {350, 1}}, 350);
  SetAnswer(journal.requests[1], {{400, 1}, {500, 1}, {900, 1}}, 1000);
  journal.requests[0].outcome.text = "=1+1, \"quoted\"\nsecond line";
  journal.requests[2].outcome.error = RequestError{"engine", "out of memory"};
  journal.requests[2].outcome.done = AtMs(70);
  for (RequestRecord& request : journal.requests) request.outcome.prompt_tokens = 10;
  test.metrics = ComputeMetrics(journal.requests, *test.record, {});
  test.journal = std::move(journal);
  RunEvidence run;
  run.record.started_utc = "2026-11-24T06:30:16Z";
  run.record.config.engine = "scripted";
  run.tests.push_back(std::move(test));
  return run;
}

Json Exported(ExportFormat format) {
  const auto files = ExportRun(SmallRun(), format);
  EXPECT_TRUE(files.has_value());
  return *ParseJson(files->front().bytes, "export");
}

TEST(Export, KnowsItsFormats) {
  EXPECT_EQ(*ParseExportFormat("guidellm"), ExportFormat::kGuidellm);
  const auto wrong = ParseExportFormat("excel");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().message, HasSubstr("vllm, aiperf, guidellm, csv"));
  EXPECT_FALSE(ExportRun(RunEvidence{}, ExportFormat::kVllm).has_value());
}

TEST(Export, VllmsLayoutInTheOrderOfIssue) {
  const Json json = Exported(ExportFormat::kVllm);
  EXPECT_EQ(json["date"], "20261124-063016");
  EXPECT_EQ(json["request_rate"], "inf");
  EXPECT_EQ(json["completed"], 2);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["output_lens"], (std::vector<int>{3, 2, 0}));
  EXPECT_EQ(json["ttfts"], (std::vector<double>{0.3, 0.2, 0.0}));
  EXPECT_EQ(json["latencies"], (std::vector<double>{0.8, 0.3, 0.0}));
  EXPECT_EQ(json["queue_times"][0], 0.1);
  EXPECT_EQ(json["itls"][0], (std::vector<double>{0.1, 0.4}));
  EXPECT_EQ(json["errors"], (std::vector<std::string>{"", "", "out of memory"}));
  EXPECT_DOUBLE_EQ(json["mean_ttft_ms"].get<double>(), 250.0);
  EXPECT_DOUBLE_EQ(json["mean_tpot_ms"].get<double>(), 175.0);  // 500 / 2 and 100 / 1
  EXPECT_DOUBLE_EQ(json["mean_itl_ms"].get<double>(), 200.0);
  EXPECT_DOUBLE_EQ(json["median_e2el_ms"].get<double>(), 550.0);
  EXPECT_DOUBLE_EQ(json["p99_e2el_ms"].get<double>(), 795.0);
  EXPECT_DOUBLE_EQ(json["std_ttft_ms"].get<double>(), 50.0);
}

TEST(Export, AiperfsSummaryAndRecords) {
  const auto files = ExportRun(SmallRun(), ExportFormat::kAiperf);
  ASSERT_EQ(files->size(), 2U);
  const Json json = *ParseJson((*files)[0].bytes, "summary");
  EXPECT_EQ(json["inter_token_latency"]["unit"], "ms");
  EXPECT_DOUBLE_EQ(json["inter_token_latency"]["avg"].get<double>(), 175.0);
  EXPECT_EQ(json["inter_token_latency"]["count"], 2);
  EXPECT_DOUBLE_EQ(json["time_to_second_token"]["avg"].get<double>(), 100.0);
  // From the first send at 50 ms to the last response at 900 ms.
  EXPECT_DOUBLE_EQ(json["benchmark_duration"]["avg"].get<double>(), 0.85);
  EXPECT_EQ(json["error_request_count"]["avg"], 1.0);
  EXPECT_EQ((*files)[1].name, "profile_export.jsonl");
  const std::string& lines = (*files)[1].bytes;
  const Json first = *ParseJson(lines.substr(0, lines.find('\n')), "record");
  EXPECT_EQ(first["metadata"]["request_start_ns"], Ms(1'000'100));
  EXPECT_EQ(first["metrics"]["output_sequence_length"]["value"], 3.0);
  EXPECT_THAT(lines, HasSubstr(R"("error":{"type":"engine","message":"out of memory"})"));
}

TEST(Export, GuidellmWeighsByTokens) {
  const Json json = Exported(ExportFormat::kGuidellm);
  const Json& metrics = json["benchmarks"][0]["metrics"];
  // (800 + 300) / 5 and (500 + 100) / 3.
  EXPECT_NEAR(metrics["time_per_output_token_ms"]["successful"]["mean"].get<double>(), 220.0, 1e-9);
  EXPECT_NEAR(metrics["inter_token_latency_ms"]["successful"]["mean"].get<double>(), 200.0, 1e-9);
  EXPECT_EQ(metrics["time_to_first_token_ms"]["successful"]["median"], 200.0);
  EXPECT_EQ(metrics["request_totals"]["errored"], 1);
  EXPECT_EQ(json["benchmarks"][0]["requests"]["errored"][0]["info"]["error"], "out of memory");
  EXPECT_EQ(json["metadata"]["version"], 2);
}

TEST(Export, CsvIsQuotedAndNoFormula) {
  const auto files = ExportRun(SmallRun(), ExportFormat::kCsv);
  const std::string& csv = files->front().bytes;
  EXPECT_THAT(csv, StartsWith("request,sample_index,id,status"));
  EXPECT_THAT(csv, HasSubstr("\"'=1+1, \"\"quoted\"\"\nsecond line\"\n"));
  EXPECT_THAT(csv,
              HasSubstr("0,0,\"\",completed,\"\",stop,10,3,0.000000000,0.100000000,400,300,250,"
                        "1000,900,"));
  EXPECT_THAT(csv, HasSubstr("2,0,\"\",failed,\"engine\""));
}

TEST(GuidellmSummary, OfRatesAndConcurrency) {
  // Events at 1 s and 3 s in [0, 4]: each bin reaches half-way to its neighbours.
  const Json rate = GuidellmRate({{1.0, 1.0}, {3.0, 1.0}}, 0.0, 4.0);
  EXPECT_EQ(rate["count"], 2);
  // 0.5 s without any, 1.5 s and 1.5 s with one each, 0.5 s without: 2 / 4.
  EXPECT_DOUBLE_EQ(rate["mean"].get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(rate["max"].get<double>(), 1.0 / 1.5);
  const Json busy = GuidellmConcurrency({{0.0, 3.0}, {1.0, 2.0}}, 0.0, 4.0);
  EXPECT_DOUBLE_EQ(busy["mean"].get<double>(), 1.0);  // 1, 2, 1, 0
  EXPECT_EQ(busy["max"], 2.0);
  EXPECT_EQ(GuidellmSummary({})["count"], 0);
}

}  // namespace
}  // namespace assay
