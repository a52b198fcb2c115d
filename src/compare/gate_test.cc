#include "compare/gate.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/render_comparison.h"

namespace assay {
namespace {

using testing::HasSubstr;

ComparedFigure Throughput(double ratio, double low, double high, double p) {
  ComparedFigure f;
  f.name = "output_throughput";
  f.higher_is_better = true;
  f.base = 100.0;
  f.value = 100.0 * ratio;
  f.effect = ratio;
  f.interval = Interval{low, high};
  f.p_value = p;
  f.adjusted_p = p;
  f.differs = p < kLevel;
  return f;
}

Comparison With(ComparedFigure figure) {
  Comparison comparison;
  comparison.variants.push_back({});
  comparison.variants.front().name = "new & <old>";
  comparison.variants.front().figures.push_back(std::move(figure));
  comparison.variants.front().outputs.compared = 10;
  comparison.variants.front().outputs.differing = 2;
  return comparison;
}

bool Passes(const char* gate, const Comparison& comparison) {
  const auto gates = ParseGates(std::string("{\"gates\":[") + gate + "]}", "test");
  EXPECT_TRUE(gates.has_value()) << gate;
  return gates && Judge(comparison, *gates).front().passed;
}

TEST(Gate, LimitsOnRatiosAndValues) {
  const Comparison c = With(Throughput(0.97, 0.94, 1.00, 0.2));
  EXPECT_TRUE(Passes(R"({"figure":"output_throughput","min_ratio":0.97})", c));
  EXPECT_FALSE(Passes(R"({"figure":"output_throughput","min_ratio":0.98})", c));
  EXPECT_TRUE(Passes(R"({"figure":"output_throughput","max_ratio":1})", c));
  EXPECT_FALSE(Passes(R"({"figure":"output_throughput","max_ratio":0.9})", c));
  EXPECT_TRUE(Passes(R"({"figure":"output_throughput","min":97})", c));
  EXPECT_FALSE(Passes(R"({"figure":"output_throughput","max":96})", c));
}

TEST(Gate, NotWorseAsksForSignificanceNotWorseByForTheWholeInterval) {
  const Comparison unsure = With(Throughput(0.97, 0.94, 1.00, 0.2));
  const Comparison worse = With(Throughput(0.97, 0.96, 0.98, 0.001));
  const Comparison better = With(Throughput(1.03, 1.02, 1.04, 0.001));
  const char* not_worse = R"({"figure":"output_throughput","not_worse":true})";
  EXPECT_TRUE(Passes(not_worse, unsure));
  EXPECT_FALSE(Passes(not_worse, worse));
  EXPECT_TRUE(Passes(not_worse, better));
  const char* not_worse_by = R"({"figure":"output_throughput","not_worse_by":0.05})";
  EXPECT_FALSE(Passes(not_worse_by, unsure));
  EXPECT_TRUE(Passes(not_worse_by, worse));
}

TEST(Gate, LessIsBetterForLatencies) {
  ComparedFigure latency = Throughput(1.03, 1.02, 1.04, 0.001);
  latency.higher_is_better = false;
  latency.name = "mean_ttft_ms";
  EXPECT_FALSE(Passes(R"({"figure":"mean_ttft_ms","not_worse":true})", With(latency)));
  EXPECT_TRUE(Passes(R"({"figure":"mean_ttft_ms","not_worse_by":0.04})", With(latency)));
  EXPECT_FALSE(Passes(R"({"figure":"mean_ttft_ms","not_worse_by":0.03})", With(latency)));
}

TEST(Gate, WhatIsAbsentDoesNotPass) {
  ComparedFigure untested = Throughput(1.0, 1.0, 1.0, 1.0);
  untested.interval.reset();
  untested.p_value.reset();
  untested.adjusted_p.reset();
  EXPECT_FALSE(Passes(R"({"figure":"output_throughput","not_worse":true})", With(untested)));
  EXPECT_FALSE(Passes(R"({"figure":"output_throughput","not_worse_by":0.5})", With(untested)));
  EXPECT_FALSE(Passes(R"({"figure":"rouge1","min":0})", With(untested)));
}

TEST(Gate, ShareOfDifferingOutputs) {
  const Comparison c = With(Throughput(1.0, 1.0, 1.0, 1.0));
  EXPECT_TRUE(Passes(R"({"max_differing":0.2})", c));
  EXPECT_FALSE(Passes(R"({"max_differing":0.1})", c));
}

TEST(Gate, NothingPassesWhereARunDidNotReachItsEnd) {
  Comparison c = With(Throughput(1.0, 0.99, 1.01, 0.9));
  const char* const ratio = R"({"figure":"output_throughput","min_ratio":0.9})";
  const char* const share = R"({"max_differing":0.5})";
  EXPECT_TRUE(Passes(ratio, c));
  EXPECT_TRUE(Passes(share, c));
  c.variants[0].incomplete = "b: the performance test did not reach its end (crashed)";
  EXPECT_FALSE(Passes(ratio, c));
  EXPECT_FALSE(Passes(share, c));
}

TEST(Gate, RefusesWhatItDoesNotUnderstand) {
  for (const char* bad :
       {R"([])", R"({})", R"({"gates":[]})", R"({"gates":[{"figure":"x"}]})",
        R"({"gates":[{"figure":"x","min":1,"max":2}]})", R"({"gates":[{"min":1}]})",
        R"({"gates":[{"figure":"x","minimum":1}]})", R"({"gates":[{"figure":"x","min":"1"}]})",
        R"({"gates":[{"figure":"x","not_worse":false}]})", R"({"gates":[1]})",
        R"({"gates":[{"max_differing":1}]})", R"({"gates":[{"max_differing":-0.1}]})",
        R"({"gates":[{"figure":"x","not_worse_by":-1}]})",
        R"({"gates":[{"figure":"x","min":1}],"more":1})"}) {
    const auto gates = ParseGates(bad, "gate.json");
    ASSERT_FALSE(gates.has_value()) << bad;
    EXPECT_THAT(gates.error().message, HasSubstr("gate.json"));
  }
}

TEST(Gate, JUnitCountsFailuresAndEscapes) {
  const auto gates = ParseGates(
      R"({"gates":[{"figure":"output_throughput","min":1},{"figure":"rouge1","min":1}]})", "test");
  const std::string xml = RenderJUnit(Judge(With(Throughput(1.0, 1.0, 1.0, 1.0)), *gates));
  EXPECT_THAT(xml, HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("new &amp; &lt;old&gt;"));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"the runs have no such figure\"/>"));
}

TEST(RenderComparison, AProbabilityIsNeverShownAsZero) {
  for (const auto& [p, shown] :
       {std::pair{1e-9, " <0.0001"}, {0.0001, " 0.0001"}, {0.5, " 0.5000"}}) {
    Comparison c = With(Throughput(0.9, 0.8, 0.95, p));
    c.variants.front().outputs.differing = 0;
    EXPECT_THAT(RenderText(c, {}), HasSubstr(shown));
    EXPECT_THAT(RenderMarkdown(c, {}), HasSubstr("|" + std::string(shown) + " |"));
  }
}

}  // namespace
}  // namespace assay
