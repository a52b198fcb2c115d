#include "rules/loadgen_queries.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "rules/check_authenticity.h"
#include "rules/test_logs.h"

namespace assay {
namespace {

QuerySettings Settings(QuerySettings::Kind kind) {
  QuerySettings settings;
  settings.kind = kind;
  settings.seeds = RulesOf(Round::kV61).seeds;
  settings.total_samples = settings.set_size = 100;
  settings.samples_per_query = 1;
  settings.min_query_count = 100;
  settings.target_duration_ns = 10'000'000'000;
  settings.target_qps = 30;
  settings.equal_issue = true;
  return settings;
}

TEST(Reproduce, EqualIssueMakesWholeSets) {
  const auto server = Reproduce(Settings(QuerySettings::Kind::kServer));
  ASSERT_TRUE(server.has_value());
  // 10 s at 30 queries/s: about 300, in whole sets of 100.
  EXPECT_TRUE(server->query_count == 300 || server->query_count == 400) << server->query_count;
  std::vector<std::uint64_t> sorted = server->loaded_set;
  EXPECT_FALSE(std::is_sorted(sorted.begin(), sorted.end()));
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint64_t> all(100);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(sorted, all);

  QuerySettings single = Settings(QuerySettings::Kind::kSingleStream);
  const auto stream = Reproduce(single);
  // Twice the duration at 30 queries/s is 601 queries, padded.
  EXPECT_EQ(stream->query_count, 700U);
  EXPECT_EQ(stream->duration_ns, 700 * std::int64_t{33'333'333});

  QuerySettings offline = Settings(QuerySettings::Kind::kOffline);
  offline.samples_per_query = 330;
  offline.min_query_count = 1;
  offline.target_duration_ns = 0;
  const auto one = Reproduce(offline);
  EXPECT_EQ(one->query_count, 1U);
  EXPECT_EQ(one->samples_per_query, 400U);
}

TEST(Reproduce, RefusesEndlessSchedules) {
  QuerySettings settings = Settings(QuerySettings::Kind::kSingleStream);
  settings.target_qps = 1e9;
  EXPECT_FALSE(Reproduce(settings).has_value());
}

TEST(IssueOrder, AsksEachSampleOnceInEachSet) {
  for (const auto kind : {QuerySettings::Kind::kServer, QuerySettings::Kind::kSingleStream,
                          QuerySettings::Kind::kOffline}) {
    QuerySettings settings = Settings(kind);
    if (kind == QuerySettings::Kind::kOffline) settings.samples_per_query = 200;
    const auto queries = Reproduce(settings);
    const auto order = IssueOrder(settings, *queries, 150);
    ASSERT_EQ(order.size(), 150U);
    std::vector<std::uint64_t> first(order.begin(), order.begin() + 100);
    std::sort(first.begin(), first.end());
    EXPECT_EQ(first.front(), 0U);
    EXPECT_EQ(first.back(), 99U);
    EXPECT_EQ(std::adjacent_find(first.begin(), first.end()), first.end());
  }
}

TEST(QuerySettings, AreAbsentForLogsThatLackOrExaggerateThem) {
  LogValues values =
      ValidServerLog(RulesOf(Round::kV61), RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8b));
  Change(values, "effective_target_duration_ms", "600000");
  Change(values, "effective_samples_per_query", "1");
  const auto settings_of = [&](const LogValues& v) {
    return QuerySettingsOf(LoadgenDetailLog::Parse(DetailText(v)));
  };
  ASSERT_TRUE(settings_of(values).has_value());
  for (const auto* key : {"effective_qsl_rng_seed", "effective_target_qps", "effective_scenario",
                          "effective_min_query_count", "qsl_reported_total_count"}) {
    LogValues without = values;
    Change(without, key, "");
    EXPECT_FALSE(settings_of(without).has_value()) << key;
  }
  Change(values, "effective_target_qps", "-1");
  EXPECT_FALSE(settings_of(values).has_value());
  Change(values, "effective_target_qps", "1e300");
  EXPECT_FALSE(Reproduce(settings_of(values).value()).has_value()) << "too many to draw";
  Change(values, "effective_target_qps", "20");
  Change(values, "qsl_reported_total_count", "99999999999");
  EXPECT_FALSE(settings_of(values).has_value());
}

// Logs of the published v5.1 results were made by LoadGen: everything is reproduced.
TEST(PublishedResults, QueriesAreReproducedFromTheSeeds) {
  const fs::path root = fs::path(ASSAY_SHARED_DIR) / "data/results-v5.1";
  if (!fs::exists(root)) GTEST_SKIP() << root << " is missing";
  std::size_t logs = 0;
  std::size_t orders = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (name != "mlperf_log_detail.txt") continue;
    const LoadgenEvidence evidence = LoadLoadgenEvidence(entry.path().parent_path(), "");
    Findings findings(RulesOf(Round::kV51), true);
    CheckAuthenticity(evidence, findings);
    for (const Finding& finding : findings.all()) {
      ADD_FAILURE() << entry.path() << ": " << finding.message << " " << finding.found;
    }
    ++logs;
    if (!evidence.answers.empty()) ++orders;
  }
  EXPECT_EQ(logs, 32U);
  EXPECT_GE(orders, 2U);
}

class ForgedLog : public ::testing::Test {
 protected:
  void SetUp() override {
    values_ = ValidServerLog(RulesOf(Round::kV61),
                             RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8b));
    Change(values_, "qsl_reported_total_count", "50");
    Change(values_, "effective_performance_sample_count", "50");
    Change(values_, "effective_samples_per_query", "1");
    Change(values_, "effective_min_query_count", "100");
    Change(values_, "effective_target_duration_ms", "5000");
    const auto settings = QuerySettingsOf(LoadgenDetailLog::Parse(DetailText(values_)));
    queries_ = Reproduce(*settings).value();
    set_ = queries_.loaded_set;
    Change(values_, "loaded_qsl_set", ToJsonLine(Json(set_)));
    Change(values_, "generated_query_count", fmt::format("{}", queries_.query_count));
    Change(values_, "generated_samples_per_query", "1");
    Change(values_, "generated_query_duration", fmt::format("{}", queries_.duration_ns));
  }
  std::vector<Finding> Check() {
    Findings findings(RulesOf(Round::kV61), true);
    CheckAuthenticity(EvidenceOf(values_), findings);
    return findings.all();
  }
  LogValues values_;
  GeneratedQueries queries_;
  std::vector<std::uint64_t> set_;
};

TEST_F(ForgedLog, AnHonestOneHasNoFinding) {
  EXPECT_TRUE(Check().empty());
}

TEST_F(ForgedLog, AnotherOrderIsAWarningAndAnImpossibleSetAnError) {
  std::swap(set_[3], set_[4]);
  Change(values_, "loaded_qsl_set", ToJsonLine(Json(set_)));
  ASSERT_EQ(Check().size(), 1U);
  EXPECT_EQ(Check()[0].rule, "authenticity.loaded_set");
  EXPECT_EQ(Check()[0].severity, Severity::kWarning);
  EXPECT_NE(Check()[0].found.find("from place 3"), std::string::npos);
  set_[3] = set_[4];
  Change(values_, "loaded_qsl_set", ToJsonLine(Json(set_)));
  EXPECT_EQ(Check()[0].severity, Severity::kError);
}

TEST_F(ForgedLog, CountsThatDoNotFollowAreFound) {
  Change(values_, "generated_query_count", fmt::format("{}", queries_.query_count + 50));
  EXPECT_EQ(Check().at(0).severity, Severity::kWarning);
  Change(values_, "generated_query_count", fmt::format("{}", queries_.query_count + 1));
  EXPECT_EQ(Check().at(0).severity, Severity::kError);
  EXPECT_EQ(Check().at(0).rule, "authenticity.queries");
}

TEST_F(ForgedLog, ARateThatWasRoundedWhenPrintedIsNotHeldAgainstTheLog) {
  Change(values_, "effective_target_qps", "20.1234");
  const auto findings = Check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "check.not_run");
}

TEST_F(ForgedLog, RecordsOfOtherSamplesAreFound) {
  LoadgenEvidence evidence = EvidenceOf(values_);
  const auto settings = QuerySettingsOf(*evidence.detail);
  const auto order = IssueOrder(*settings, queries_, 1000);
  evidence.accuracy = AccuracyLog{};
  for (std::uint64_t seq = 0; seq < 60; ++seq) {
    AccuracyRecord record;
    record.seq_id = seq;
    record.qsl_idx = order[seq];
    evidence.accuracy->records.push_back(record);
  }
  Findings honest(RulesOf(Round::kV61), true);
  CheckAuthenticity(evidence, honest);
  EXPECT_TRUE(honest.all().empty());
  std::swap(evidence.accuracy->records[7].qsl_idx, evidence.accuracy->records[9].qsl_idx);
  Findings forged(RulesOf(Round::kV61), true);
  CheckAuthenticity(evidence, forged);
  ASSERT_EQ(forged.all().size(), 1U);
  EXPECT_EQ(forged.all()[0].rule, "authenticity.order");
  EXPECT_NE(forged.all()[0].message.find("2 of 60"), std::string::npos);
}

}  // namespace
}  // namespace assay
