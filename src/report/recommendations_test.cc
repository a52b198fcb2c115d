#include "report/recommendations.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/test_model.h"

namespace assay {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Ids(const ReportModel& model) {
  std::vector<std::string> ids;
  for (const Recommendation& r : Recommend(model)) ids.push_back(r.id);
  return ids;
}

Metrics& MainMetrics(ReportModel& model) {
  return model.tests[0].numbers->metrics;
}

// A server run with room for everything and nothing to say about.
ReportModel CalmServer() {
  ReportModel model = CompleteRun();
  model.run.config.scenario = Scenario::kServer;
  Metrics& m = MainMetrics(model);
  m.counts.completed = 400;
  m.ttft.mean = 1.5e9;
  m.ttft_from_send.mean = 1.4e9;
  m.issue_delay.mean = 2e4;
  m.ttft.percentiles = {1.5e9, 1.7e9, 1.8e9, 1.8e9, 1.9e9, std::nullopt};
  m.tpot.percentiles = {8e7, 8e7, 9e7, 9e7, 9.5e7, std::nullopt};
  return model;
}

TEST(Recommend, SaysNothingWhereNothingFollows) {
  EXPECT_THAT(Ids(CalmServer()), IsEmpty());
  EXPECT_THAT(Ids(ReportModel{}), IsEmpty());
}

TEST(Recommend, QueueingWhereHalfOfTtftIsWaiting) {
  ReportModel model = CalmServer();
  MainMetrics(model).ttft_from_send.mean = 0.74e9;  // of 1.5 s
  const auto all = Recommend(model);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, "latency.queueing");
  EXPECT_THAT(all[0].message, HasSubstr("51 % of the mean TTFT"));
  EXPECT_EQ(all[0].figures[0].name, "mean_ttft_ms");
  EXPECT_DOUBLE_EQ(all[0].figures[0].value, 1500.0);
  EXPECT_DOUBLE_EQ(all[0].figures[1].value, 740.0);
  MainMetrics(model).ttft_from_send.mean = 0.76e9;
  EXPECT_THAT(Ids(model), IsEmpty());
}

TEST(Recommend, QueueingIsNoFaultOffline) {
  ReportModel model = CalmServer();
  model.run.config.scenario = Scenario::kOffline;
  MainMetrics(model).ttft_from_send.mean = 0.1e9;
  EXPECT_THAT(Ids(model), Not(Contains("latency.queueing")));
}

TEST(Recommend, AClientThatIsLate) {
  ReportModel model = CalmServer();
  MainMetrics(model).issue_delay.mean = 0.08e9;
  EXPECT_THAT(Ids(model), Contains("client.limited"));
  MainMetrics(model).issue_delay.mean = 0.07e9;
  EXPECT_THAT(Ids(model), IsEmpty());
  // A delay of microseconds is nothing, whatever its share.
  MainMetrics(model).ttft.mean = 1e6;
  MainMetrics(model).ttft_from_send.mean = 1e6;
  MainMetrics(model).issue_delay.mean = 9e5;
  EXPECT_THAT(Ids(model), IsEmpty());
}

TEST(Recommend, AnOfflineRunThatEndsThinly) {
  ReportModel model = CompleteRun();
  MainMetrics(model).max_concurrent_requests = 8;
  Timeline timeline;
  timeline.bins.assign(8, {100.0, 8.0, 20.0});
  model.tests[0].series->timeline = timeline;
  EXPECT_THAT(Ids(model), Not(Contains("offline.tail")));
  model.tests[0].series->timeline->bins.insert(model.tests[0].series->timeline->bins.end(), 2,
                                               {20.0, 3.0, 0.0});
  EXPECT_THAT(Ids(model), Contains("offline.tail"));
  // Few run although many wait: that is the engine, not the end.
  for (TimelineBin& bin : model.tests[0].series->timeline->bins) bin.waiting = 5.0;
  EXPECT_THAT(Ids(model), Not(Contains("offline.tail")));
}

TEST(Recommend, RoomBelowBothLimits) {
  ReportModel model = CalmServer();
  // Limits of v6.1 Server: 2,000 ms TTFT and 100 ms TPOT.
  MainMetrics(model).ttft.percentiles[4] = 0.9e9;
  EXPECT_THAT(Ids(model), IsEmpty()) << "TPOT is above half of its limit";
  MainMetrics(model).tpot.percentiles[4] = 4.9e7;
  EXPECT_THAT(Ids(model), Contains("rate.room"));
  MainMetrics(model).ttft_from_send.mean = 0.1e9;
  EXPECT_THAT(Ids(model), testing::ElementsAre("latency.queueing")) << "not: raise the rate";
  MainMetrics(model).ttft_from_send.mean = 1.5e9;
  MainMetrics(model).counts.failed = 1;
  EXPECT_THAT(Ids(model), IsEmpty());
}

TEST(Recommend, TooFewForANinetyNinthPercentile) {
  ReportModel model = CalmServer();
  MainMetrics(model).counts.completed = 99;
  EXPECT_THAT(Ids(model), Contains("latency.few"));
  MainMetrics(model).counts.completed = 100;
  EXPECT_THAT(Ids(model), IsEmpty());
}

TEST(Recommend, MergedChunks) {
  ReportModel model = CalmServer();
  MainMetrics(model).itl.count = 1000;
  MainMetrics(model).itl_spread = 100;
  EXPECT_THAT(Ids(model), Contains("itl.merged"));
  MainMetrics(model).itl_spread = 99;
  EXPECT_THAT(Ids(model), IsEmpty());
}

TEST(Recommend, ABatchTooSmallForTheBandwidth) {
  ReportModel model = CalmServer();
  PhaseLimit phase;
  phase.limited_by = "memory";
  phase.mean_batch = 1.0;
  phase.mbu = 0.61;
  phase.mfu = 0.1;
  Roofline roofline;
  roofline.generation = phase;
  model.tests[0].numbers->roofline = roofline;
  EXPECT_THAT(Ids(model), Contains("batch.small"));
  roofline.generation->mbu = 0.59;
  model.tests[0].numbers->roofline = roofline;
  EXPECT_THAT(Ids(model), IsEmpty()) << "something else slows it down";
  roofline.generation->mbu = 0.7;
  roofline.generation->limited_by = "arithmetic";
  model.tests[0].numbers->roofline = roofline;
  EXPECT_THAT(Ids(model), IsEmpty());
}

// `count` answers that alternate around `mean` percent, of the benchmark's own data set.
ReportModel PartlyScored(std::size_t count, double mean, double spread) {
  ReportModel model = CalmServer();
  const BenchmarkRules& benchmark = RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8b);
  model.run.dataset.identity = benchmark.dataset_identity;
  model.samples.assign(count, SampleRow{});
  for (std::size_t i = 0; i < count; ++i) {
    const double percent = mean + (i % 2 == 0 ? spread : -spread);
    SampleScore score;
    score.rouge1.fmeasure = percent / 100.0;
    score.rouge2.fmeasure = score.rougeL.fmeasure = score.rougeLsum.fmeasure = 0.9;
    score.gen_len = 611;  // the middle of what passes
    model.samples[i].score = score;
  }
  CorpusScore& corpus = *model.tests[1].score;
  corpus.gen_num = count;
  corpus.gen_len = 611 * count;
  corpus.rouge2 = corpus.rougeL = corpus.rougeLsum = "90.0";
  corpus.rouge1 = std::to_string(mean);
  return model;
}

TEST(Recommend, MoreSamplesWhereALimitIsWithinTheNoise) {
  // The limit of rouge1 is 38.391408; the standard error of 400 answers here is 0.5.
  ReportModel model = PartlyScored(400, 38.6, 10.0);
  const auto all = Recommend(model);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, "score.undecided.rouge1");
  EXPECT_THAT(all[0].message, HasSubstr("400 of 13,368 samples"));
  EXPECT_THAT(all[0].change, HasSubstr("assay run --samples "));
  EXPECT_THAT(Ids(PartlyScored(400, 41.0, 10.0)), IsEmpty()) << "far above the limit";
  EXPECT_THAT(Ids(PartlyScored(400, 35.0, 10.0)), IsEmpty()) << "far below it";
  model.run.dataset.identity = "none";
  EXPECT_THAT(Ids(model), IsEmpty()) << "another data set decides nothing";
}

}  // namespace
}  // namespace assay
