#include "metrics/loadgen_comparison.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "metrics/test_requests.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Values = std::vector<std::pair<std::string, std::string>>;

LoadgenDetailLog Log(const std::string& scenario, const Values& values) {
  std::string text;
  const auto add = [&text](const std::string& key, const std::string& value) {
    text += fmt::format(
        ":::MLLOG {{\"key\": \"{}\", \"value\": {}, \"time_ms\": 1.0, \"namespace\": "
        "\"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", \"metadata\": {{\"is_error\": "
        "false, \"is_warning\": false, \"file\": \"x\", \"line_no\": 1, \"pid\": 1, \"tid\": "
        "1}}}}\n",
        key, value);
  };
  add("effective_scenario", "\"" + scenario + "\"");
  add("result_validity", "\"VALID\"");
  for (const auto& [key, value] : values) add(key, value);
  return LoadgenDetailLog::Parse(text);
}

// The wall clock gains 3 ms; the pairs are 1 and 2 us wide: 3.003 ms. The origin is 2 ms wide.
TestRecord EndedTest() {
  TestRecord test;
  test.clocks_start = {.steady_ns = 0, .wall_ns = 1'700'000'000'000'000'000, .width_ns = 1000};
  test.clocks_end = {
      .steady_ns = 2'000'000'000, .wall_ns = 1'700'000'002'003'000'000, .width_ns = 2000};
  test.origin_not_before_ns = Ms(998);
  return test;
}

// Both due at 1000 ms; 10 and 20 tokens; latencies 100 and 300 ms.
std::vector<RequestRecord> OfflineRequests() {
  std::vector<RequestRecord> requests{Issued(0, 0, 1000, 1001), Issued(1, 0, 1000, 1001)};
  SetAnswer(requests[0], {{1040, 4}, {1090, 6}}, 1100);
  SetAnswer(requests[1], {{1150, 1}, {1290, 19}}, 1300);
  return requests;
}

const LoadgenFigure& Figure(const LoadgenComparison& c, std::string_view key) {
  static const LoadgenFigure none;
  for (const LoadgenFigure& figure : c.figures) {
    if (figure.key == key) return figure;
  }
  ADD_FAILURE() << "no figure " << key;
  return none;
}

TEST(CompareWithLoadgen, OfflineByLoadgensDefinitions) {
  const LoadgenComparison c =
      CompareWithLoadgen(OfflineRequests(), EndedTest(),
                         Log("Offline", {{"generated_samples_per_query", "2"},
                                         {"result_samples_per_second", "6.66667"},
                                         {"result_min_latency_ns", "100000000"},
                                         {"result_max_latency_ns", "300000000"},
                                         {"result_mean_latency_ns", "200000000"},
                                         {"result_50.00_percentile_latency_ns", "300000000"},
                                         {"result_99.90_percentile_latency_ns", "300000000"},
                                         {"result_tokens_per_second", "100"}}));
  EXPECT_EQ(c.not_compared, "");
  EXPECT_EQ(c.token_figures_unusable, "");
  EXPECT_EQ(c.clock_tolerance_ns, 3'003'000.0);
  EXPECT_EQ(c.figures.size(), 8U);
  EXPECT_THAT(Disagreements(c), IsEmpty());
  // 2 and 30 over the longest latency, 0.3 s.
  EXPECT_DOUBLE_EQ(*Figure(c, "result_samples_per_second").journal, 2 / 0.3);
  EXPECT_DOUBLE_EQ(*Figure(c, "result_tokens_per_second").journal, 100.0);
  EXPECT_EQ(Figure(c, "result_mean_latency_ns").journal, 2e8);
  EXPECT_EQ(Figure(c, "result_50.00_percentile_latency_ns").journal, 3e8);
  EXPECT_EQ(Figure(c, "generated_samples_per_query").line, 3U);
}

bool Agrees(const std::string& key, const std::string& value) {
  const LoadgenComparison c =
      CompareWithLoadgen(OfflineRequests(), EndedTest(), Log("Offline", {{key, value}}));
  return !Figure(c, key).disagrees;
}

TEST(CompareWithLoadgen, ToleratesClocksAndItsCallsAndNoMore) {
  // 300.001 ms - 3.003; 300.011 ms + 3.003 + 2 (origin).
  EXPECT_TRUE(Agrees("result_max_latency_ns", "296998000"));
  EXPECT_FALSE(Agrees("result_max_latency_ns", "296997999"));
  EXPECT_TRUE(Agrees("result_max_latency_ns", "305014000"));
  EXPECT_FALSE(Agrees("result_max_latency_ns", "305014001"));
  // 30 / 0.305014 = 98.3561..., 30 / 0.296998 = 101.0108...
  EXPECT_TRUE(Agrees("result_tokens_per_second", "98.3563"));
  EXPECT_FALSE(Agrees("result_tokens_per_second", "98.3553"));
  EXPECT_TRUE(Agrees("result_tokens_per_second", "101.011"));
  EXPECT_FALSE(Agrees("result_tokens_per_second", "101.012"));
}

// Scheduled at 1000, 1050, 1100; done at 1200, 1400, 1300.
std::vector<RequestRecord> ServerRequests() {
  std::vector<RequestRecord> requests{Issued(0, 0, 1000, 1001), Issued(1, 50, 1051, 1052),
                                      Issued(2, 100, 1103, 1103)};
  SetAnswer(requests[0], {{1080, 1}, {1180, 4}}, 1200);
  SetAnswer(requests[1], {{1100, 2}, {1400, 4}}, 1400);
  SetAnswer(requests[2], {{1140, 1}, {1290, 4}}, 1300);
  return requests;
}

TEST(CompareWithLoadgen, ServerRatesUseTheLastIssuedQuery) {
  // The last issued is done 0.3 s after the origin though another one ends later: 2 / 0.3 and
  // 16 / 0.3. Scheduled: 2 / 0.1. TTFT: 80, 50, 40. TPOT: 120 / 4, 300 / 5, 160 / 4 = 30, 60, 40.
  const LoadgenComparison c = CompareWithLoadgen(
      ServerRequests(), EndedTest(),
      Log("Server", {{"result_query_count", "3"},
                     {"result_scheduled_samples_per_sec", "20"},
                     {"result_completed_samples_per_sec", "6.66667"},
                     {"result_first_token_mean_latency_ns", "56666666"},
                     {"result_first_token_50.00_percentile_latency_ns", "50000000"},
                     {"result_token_throughput_with_loadgen_overhead", "155.34"},
                     {"result_time_per_output_token_50.00_percentile_ns", "40000000"},
                     {"result_time_to_output_token_max", "60000000"},
                     {"result_completed_tokens_per_second", "53.3333"}}));
  EXPECT_EQ(c.not_compared, "");
  EXPECT_EQ(c.figures.size(), 9U);
  EXPECT_THAT(Disagreements(c), IsEmpty());
  EXPECT_DOUBLE_EQ(*Figure(c, "result_completed_tokens_per_second").journal, 16 / 0.3);
  EXPECT_DOUBLE_EQ(*Figure(c, "result_token_throughput_with_loadgen_overhead").journal, 16 / 0.103);
  EXPECT_EQ(Figure(c, "result_first_token_mean_latency_ns").journal, 56'666'666.0);
  EXPECT_EQ(Figure(c, "result_time_to_output_token_max").journal, 6e7);
  // The schedule is read from no clock: only the six digits are tolerated.
  const LoadgenComparison off =
      CompareWithLoadgen(ServerRequests(), EndedTest(),
                         Log("Server", {{"result_scheduled_samples_per_sec", "20.01"}}));
  EXPECT_EQ(Disagreements(off).size(), 1U);
}

TEST(CompareWithLoadgen, PerTokenTimesAreBoundedByWhatEachAnswerAllows) {
  // TPOT 30, 60 and 40 ms over 4, 5 and 4 gaps; clocks 3.003 ms, calls 10 us each way.
  const auto agrees = [](const char* largest) {
    return Disagreements(
               CompareWithLoadgen(ServerRequests(), EndedTest(),
                                  Log("Server", {{"result_time_to_output_token_max", largest}})))
        .empty();
  };
  EXPECT_TRUE(agrees("60602600"));  // (300.010 + 3.003) / 5
  EXPECT_FALSE(agrees("60602601"));
  EXPECT_TRUE(agrees("59397400"));  // (299.990 - 3.003) / 5
  EXPECT_FALSE(agrees("59397399"));
}

TEST(CompareWithLoadgen, LoadgenTakesTheLastIssueForEarlierThanItsCall) {
  // 16 tokens; due 0.1 s after the origin, and we were called at 0.103 s.
  const auto disagreements = [](const char* throughput) {
    return Disagreements(CompareWithLoadgen(
        ServerRequests(), EndedTest(),
        Log("Server", {{"result_token_throughput_with_loadgen_overhead", throughput}})));
  };
  EXPECT_THAT(disagreements("164.948"), IsEmpty());  // 97 ms: due, and the clocks
  EXPECT_EQ(disagreements("166.667").size(), 1U);    // 96 ms: before it was due
}

TEST(CompareWithLoadgen, SingleStreamCountsFromTheFirstIssue) {
  std::vector<RequestRecord> requests{Issued(0, std::nullopt, 1000, 1000),
                                      Issued(1, std::nullopt, 1100, 1100)};
  SetAnswer(requests[0], {{1020, 1}, {1090, 4}}, 1100);
  SetAnswer(requests[1], {{1140, 1}, {1290, 4}}, 1300);
  const LoadgenComparison c =
      CompareWithLoadgen(requests, EndedTest(),
                         Log("SingleStream", {{"result_query_count", "2"},
                                              {"result_qps_with_loadgen_overhead", "10"},
                                              {"result_qps_without_loadgen_overhead", "6.66667"},
                                              {"result_90.00_percentile_latency_ns", "200000000"},
                                              {"result_completed_tokens_per_second", "33.3333"}}));
  EXPECT_EQ(c.not_compared, "");
  EXPECT_EQ(c.figures.size(), 5U);
  EXPECT_THAT(Disagreements(c), IsEmpty());
  // 1 / 0.1 s, 1 / 0.15 s, 10 / 0.3 s.
  EXPECT_DOUBLE_EQ(*Figure(c, "result_qps_with_loadgen_overhead").journal, 10.0);
  EXPECT_DOUBLE_EQ(*Figure(c, "result_qps_without_loadgen_overhead").journal, 1 / 0.15);
  EXPECT_DOUBLE_EQ(*Figure(c, "result_completed_tokens_per_second").journal, 10 / 0.3);
}

TEST(CompareWithLoadgen, AnUnscheduledQueryIsDueAfterTheAnswerBefore) {
  std::vector<RequestRecord> requests{Issued(0, std::nullopt, 1000, 1000),
                                      Issued(1, std::nullopt, 1110, 1110)};
  SetAnswer(requests[0], {{1020, 1}, {1090, 4}}, 1100);
  SetAnswer(requests[1], {{1140, 1}, {1290, 4}}, 1300);
  const auto agrees = [&](const char* longest) {
    return Disagreements(
               CompareWithLoadgen(requests, EndedTest(),
                                  Log("SingleStream", {{"result_max_latency_ns", longest}})))
        .empty();
  };
  EXPECT_TRUE(agrees("203013000"));  // 1300.011 - 1100.001 + 3.003
  EXPECT_FALSE(agrees("203013001"));
}

TEST(CompareWithLoadgen, AMissingSampleDisagreesAndEndsTheComparison) {
  const LoadgenComparison c = CompareWithLoadgen(
      OfflineRequests(), EndedTest(),
      Log("Offline", {{"generated_samples_per_query", "3"}, {"result_max_latency_ns", "1"}}));
  ASSERT_EQ(Disagreements(c).size(), 1U);
  EXPECT_EQ(Disagreements(c)[0].key, "generated_samples_per_query");
  EXPECT_THAT(c.not_compared, HasSubstr("number of samples"));
}

TEST(CompareWithLoadgen, FailuresAndSingleTokensMakeTokenFiguresUnusable) {
  std::vector<RequestRecord> requests = OfflineRequests();
  requests[0].outcome.error = RequestError{"engine", "x"};
  const LoadgenComparison c = CompareWithLoadgen(
      requests, EndedTest(),
      Log("Offline", {{"result_max_latency_ns", "1"}, {"result_tokens_per_second", "1"}}));
  EXPECT_THAT(c.token_figures_unusable, HasSubstr("1 failed requests"));
  EXPECT_EQ(Figure(c, "result_tokens_per_second").journal, std::nullopt);
  EXPECT_EQ(Figure(c, "result_tokens_per_second").loadgen, 1.0);
  ASSERT_EQ(Disagreements(c).size(), 1U);
  EXPECT_EQ(Disagreements(c)[0].key, "result_max_latency_ns");

  requests = OfflineRequests();
  requests[0].outcome.token_ids.resize(1);
  EXPECT_THAT(CompareWithLoadgen(requests, EndedTest(), Log("Offline", {})).token_figures_unusable,
              HasSubstr("1 answers of one token"));
}

TEST(CompareWithLoadgen, SaysWhyNothingWasCompared) {
  const auto why = [](const std::vector<RequestRecord>& requests, const TestRecord& test,
                      const LoadgenDetailLog& log) {
    return CompareWithLoadgen(requests, test, log).not_compared;
  };
  const LoadgenDetailLog log = Log("Offline", {{"result_max_latency_ns", "1"}});
  TestRecord unended = EndedTest();
  unended.clocks_end.reset();
  TestRecord unbounded = EndedTest();
  unbounded.origin_not_before_ns.reset();
  std::vector<RequestRecord> twice = OfflineRequests();
  twice[1].outcome.id = 0;
  EXPECT_THAT(why(OfflineRequests(), EndedTest(), LoadgenDetailLog::Parse("")),
              HasSubstr("no performance result"));
  EXPECT_THAT(why(OfflineRequests(), unended, log), HasSubstr("did not reach its end"));
  EXPECT_THAT(why({}, EndedTest(), log), HasSubstr("empty"));
  EXPECT_THAT(why(twice, EndedTest(), log), HasSubstr("twice"));
  EXPECT_THAT(why(OfflineRequests(), unbounded, log), HasSubstr("not bounded"));
  std::vector<RequestRecord> untold = OfflineRequests();
  untold[1].told_done.reset();
  EXPECT_THAT(why(untold, EndedTest(), log), HasSubstr("when LoadGen was told"));
}

TEST(CompareWithLoadgen, JsonHasNullWhereNothingWasCompared) {
  const Json json = ToJson(CompareWithLoadgen({}, TestRecord{}, LoadgenDetailLog::Parse("")));
  EXPECT_TRUE(json["validity"].is_null());
  EXPECT_TRUE(json["clock_tolerance_ms"].is_null());
  EXPECT_TRUE(json["figures"].empty());
  EXPECT_FALSE(json["not_compared"].is_null());
}

}  // namespace
}  // namespace assay
