// The error rates of a comparison, by simulation: runs of a server with a few slots, in simulated
// time. What is drawn differs from run to run, as it does in the world; what is asked does not.

#include "compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/metrics.h"
#include "metrics/metrics_json.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct World {
  std::size_t requests = 600;
  std::size_t slots = 8;
  double slower = 1.0;      // all times of the engine by this factor
  double mean_gap_s = 0.0;  // between arrivals; 0: all at once
  double jitter = 0.1;      // standard deviation of a request's logarithm of speed
};

// The journal that such an engine leaves. `seed`: of this run's own chances; arrivals and lengths
// are the same in every run, as LoadGen's seeds make them.
std::vector<RequestRecord> Simulated(const World& world, std::uint64_t seed) {
  std::mt19937_64 question(7);
  std::mt19937_64 chance(seed);
  std::normal_distribution<double> jitter(0.0, world.jitter);
  std::exponential_distribution<double> gap(world.mean_gap_s > 0.0 ? 1.0 / world.mean_gap_s : 1.0);
  std::uniform_int_distribution<int> length(64, 128);
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (std::size_t i = 0; i < world.slots; ++i) free_at.push(0.0);
  std::vector<RequestRecord> requests;
  double due = 0.0;
  const auto ns = [](double seconds) { return static_cast<std::int64_t>(seconds * 1e9) + 1'000; };
  for (std::size_t i = 0; i < world.requests; ++i) {
    RequestRecord r;
    r.sample_index = i;
    r.offset_ns = static_cast<std::int64_t>(due * 1e9);
    r.issued_ns = r.scheduled_ns = ns(due);
    const auto tokens = static_cast<std::size_t>(length(question));
    const double start = std::max(due, free_at.top());
    free_at.pop();
    const double speed = world.slower * std::exp(jitter(chance));
    const double first = start + 0.080 * speed;
    const double last = first + 0.005 * speed * static_cast<double>(tokens - 1);
    free_at.push(last);
    r.outcome.id = i;
    r.outcome.sent = FromNanos(ns(start));
    r.outcome.first_token = FromNanos(ns(first));
    r.outcome.last_token = FromNanos(ns(last));
    r.outcome.done = FromNanos(ns(last));
    r.outcome.token_ids.assign(tokens, TokenId{7});
    requests.push_back(std::move(r));
    if (world.mean_gap_s > 0.0) due += gap(question);
  }
  return requests;
}

RunView View(const World& world, std::uint64_t seed) {
  const std::vector<RequestRecord> requests = Simulated(world, seed);
  RunView view;
  view.requests = TimedRequests(requests, std::nullopt);
  TestRecord test;
  test.status = "completed";
  const Json json = ToJson(ComputeMetrics(requests, test, {}));
  for (const auto& [key, value] : json.items()) {
    if (value.is_number() && value.get<double>() > 0.0) view.figures[key] = value.get<double>();
  }
  return view;
}

Variant Runs(const World& world, std::uint64_t seed, std::size_t count) {
  Variant variant;
  for (std::size_t i = 0; i < count; ++i) variant.runs.push_back(View(world, 1000 * seed + i));
  return variant;
}

bool AnyDifference(const Comparison& c) {
  return std::any_of(c.variants[0].figures.begin(), c.variants[0].figures.end(),
                     [](const ComparedFigure& f) { return f.differs; });
}

// Is anything found, and is what is found in the right direction?
bool FoundSlower(const Comparison& c) {
  bool found = false;
  for (const ComparedFigure& f : c.variants[0].figures) {
    if (!f.differs) continue;
    found = true;
    EXPECT_EQ(*f.effect < 1.0, f.higher_is_better) << f.name;
  }
  return found;
}

struct Rates {
  int false_alarms = 0;
  int found = 0;
};

Rates RatesIn(World world, std::size_t runs) {
  Rates rates;
  World slow = world;
  slow.slower = 1.05;
  for (std::uint64_t trial = 0; trial < 100; ++trial) {
    const Variant base = Runs(world, 3 * trial + 1, runs);
    const Variant same = Runs(world, 3 * trial + 2, runs);
    const Variant slower = Runs(slow, 3 * trial + 3, runs);
    if (AnyDifference(Compare(base, {same}))) ++rates.false_alarms;
    if (FoundSlower(Compare(base, {slower}))) ++rates.found;
  }
  return rates;
}

TEST(CompareErrorRates, OfflineWithinOneRunEach) {
  const Rates rates = RatesIn({}, 1);
  EXPECT_LE(rates.false_alarms, 5);
  EXPECT_GE(rates.found, 95);
}

TEST(CompareErrorRates, ServerWithinOneRunEach) {
  // 8 slots of 0.56 s: 14.3 requests a second at most; 70 % of that.
  const Rates rates = RatesIn({.mean_gap_s = 0.1}, 1);
  EXPECT_LE(rates.false_alarms, 5);
  EXPECT_GE(rates.found, 95);
}

TEST(CompareErrorRates, ServerNearItsLimitWhereOneRequestsQueueIsTheNextOnes) {
  const Rates rates = RatesIn({.mean_gap_s = 0.075}, 1);
  EXPECT_LE(rates.false_alarms, 5);
  EXPECT_GE(rates.found, 95);
}

TEST(CompareErrorRates, RepeatedRuns) {
  const Rates rates = RatesIn({.requests = 300}, 4);
  EXPECT_LE(rates.false_alarms, 5);
  EXPECT_GE(rates.found, 95);
}

TEST(Compare, WhatLiesAboveTheSmallestDetectableEffectIsCalledDifferent) {
  int above = 0;
  int tested = 0;
  for (std::uint64_t trial = 0; trial < 30; ++trial) {
    World slower{.requests = 100};
    slower.slower = 1.0 + 0.005 * static_cast<double>(trial);
    const Comparison c =
        Compare(Runs({.requests = 100}, 2 * trial, 3), {Runs(slower, 2 * trial + 1, 3)});
    for (const ComparedFigure& f : c.variants[0].figures) {
      if (!f.p_value) continue;
      ++tested;
      if (std::abs(std::log(*f.effect)) <= std::log1p(*f.smallest_detectable)) continue;
      ++above;
      EXPECT_TRUE(f.differs) << trial << " " << f.name;
    }
  }
  EXPECT_GT(above, tested / 4);
  EXPECT_LT(above, tested);
}

TEST(Compare, ScoresArePairedBySampleAndOutputsByToken) {
  Variant base;
  base.runs.emplace_back();
  Variant changed = base;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const double level = static_cast<double>(i);
    base.runs[0].outputs[i] = {{1, 2, 3}, "same", {level, level, level, level}};
    changed.runs[0].outputs[i] = {{1, 2, 3}, "same", {level, level, level, level}};
  }
  changed.runs[0].outputs[5].tokens = {1, 9, 3};
  changed.runs[0].outputs[6].tokens = {1, 2};
  for (auto& [sample, output] : changed.runs[0].outputs) output.scores[2] -= 1.0;
  const Comparison c = Compare(base, {changed});
  const OutputComparison& o = c.variants[0].outputs;
  EXPECT_EQ(o.compared, 40U);
  EXPECT_EQ(o.differing, 2U);
  EXPECT_EQ(o.earliest_token, 1U);
  EXPECT_EQ(o.median_token, 2U);
  // Far apart from sample to sample, yet one point lower in each.
  const ComparedFigure& lower = *FindFigure(c.variants[0], "rougeL");
  EXPECT_NEAR(*lower.effect, -1.0, 1e-12);
  EXPECT_TRUE(lower.differs);
  const ComparedFigure& equal = *FindFigure(c.variants[0], "rouge1");
  EXPECT_EQ(*equal.p_value, 1.0);
  EXPECT_FALSE(equal.differs);
}

TEST(Compare, SaysWhatIsNotAlikeAndTestsNoRunsOfOtherRequests) {
  Variant base = Runs({}, 1, 1);
  Variant other = Runs({.requests = 500}, 2, 1);
  base.runs[0].facts = {{"config/samples", "600"}, {"engine/precision", "F16"}};
  other.runs[0].facts = {{"config/samples", "500"}, {"engine/precision", "F32"}};
  const Comparison c = Compare(base, {other});
  EXPECT_THAT(c.variants[0].not_alike, testing::ElementsAre("config/samples"));
  EXPECT_EQ(c.variants[0].changes.size(), 2U);
  const ComparedFigure& f = *FindFigure(c.variants[0], "output_throughput");
  EXPECT_FALSE(f.p_value.has_value());
  EXPECT_THAT(f.untested, HasSubstr("same samples"));
  EXPECT_EQ(c.tests, 0U);
}

TEST(Compare, ARunThatDidNotReachItsEndIsNotAlike) {
  for (const bool of_base : {true, false}) {
    Variant base = Runs({}, 1, 1);
    Variant other = Runs({}, 2, 1);
    (of_base ? base : other).runs[0].incomplete = "the performance test did not reach its end";
    const VariantComparison c = Compare(base, {other}).variants[0];
    ASSERT_EQ(c.not_alike.size(), 1U);
    EXPECT_THAT(c.not_alike[0], HasSubstr("did not reach its end; no figure counts"));
    EXPECT_EQ(c.incomplete, c.not_alike[0]);
    const ComparedFigure& f = *FindFigure(c, "output_throughput");
    EXPECT_FALSE(f.p_value.has_value());
    EXPECT_EQ(f.untested, "a run did not reach its end");
  }
}

TEST(Compare, WhatIsAbsentIsAbsent) {
  Variant empty;
  empty.runs.emplace_back();
  const Comparison c = Compare(empty, {empty});
  for (const ComparedFigure& f : c.variants[0].figures) {
    EXPECT_FALSE(f.base.has_value()) << f.name;
    EXPECT_FALSE(f.effect.has_value()) << f.name;
    EXPECT_FALSE(f.untested.empty()) << f.name;
  }
  EXPECT_THAT(c.variants[0].outputs.examples, IsEmpty());
}

}  // namespace
}  // namespace assay
