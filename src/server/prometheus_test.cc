#include "server/prometheus.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

std::vector<PrometheusSample> Parsed(std::string_view text) {
  auto samples = ParsePrometheus(text);
  EXPECT_TRUE(samples) << samples.error().message;
  return samples ? *samples : std::vector<PrometheusSample>{};
}

std::string ErrorOf(std::string_view text) {
  const auto samples = ParsePrometheus(text);
  return samples ? "" : samples.error().message;
}

// The example of the format's own documentation.
TEST(PrometheusTest, ReadsTheFormatsExample) {
  constexpr std::string_view kText =
      R"(# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045
)";
  const auto samples = Parsed(kText);
  ASSERT_EQ(samples.size(), 5u);
  EXPECT_EQ(samples[0].name, "http_requests_total");
  ASSERT_NE(samples[1].Label("code"), nullptr);
  EXPECT_EQ(*samples[1].Label("code"), "400");
  EXPECT_EQ(samples[1].value, 3.0);
  EXPECT_EQ(*samples[2].Label("path"), "C:\\DIR\\FILE.TXT");
  EXPECT_EQ(*samples[2].Label("error"), "Cannot find file:\n\"FILE.TXT\"");
  EXPECT_EQ(samples[3].value, 12.47);
  EXPECT_TRUE(samples[3].labels.empty());
  EXPECT_TRUE(std::isinf(samples[4].value));
  EXPECT_EQ(SumOf(samples, "http_requests_total"), 1030.0);
}

TEST(PrometheusTest, PassesOverWhatOpenMetricsAdds) {
  const auto samples = Parsed("a_total 17.0 1520879607.789 # {trace_id=\"x\"} 0.67\n# EOF\n");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].value, 17.0);
}

TEST(PrometheusTest, TakesBlanksTrailingCommasAndCarriageReturns) {
  const auto samples = Parsed("  a { b = \"c\" , }\t2\r\n\r\nllamacpp:x 3");
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(*samples[0].Label("b"), "c");
  EXPECT_EQ(samples[0].Label("d"), nullptr);
  EXPECT_EQ(samples[1].name, "llamacpp:x");
  EXPECT_EQ(samples[1].value, 3.0);
}

TEST(PrometheusTest, ErrorsNameTheLine) {
  EXPECT_EQ(ErrorOf("a 1\n1a 2\n"), "line 2: expected a name, found \"1a 2\"");
  EXPECT_EQ(ErrorOf("a{b=\"c"), "line 1: expected the end of a label's value, found \"\"");
  EXPECT_EQ(ErrorOf("a{b=\"c\\"), "line 1: expected the end of a label's value, found \"\"");
  EXPECT_EQ(ErrorOf("a{b=\"c\" d=\"e\"} 1"),
            "line 1: expected \",\" or \"}\" after a label, found \"d=\"e\"} 1\"");
  EXPECT_EQ(ErrorOf("a{b} 1"), "line 1: expected \"=\" after a label, found \"} 1\"");
  EXPECT_EQ(ErrorOf("a{b=c} 1"), "line 1: expected a label's value in quotes, found \"c} 1\"");
  EXPECT_EQ(ErrorOf("a{} "), "line 1: expected a number, found \"\"");
  EXPECT_EQ(ErrorOf("a 1x"), "line 1: expected a number, found \"1x\"");
  EXPECT_EQ(ErrorOf("<html>"), "line 1: expected a name, found \"<html>\"");
}

TEST(PrometheusTest, ASumOfNothingOrOfNoNumberIsAbsent) {
  EXPECT_EQ(SumOf(Parsed("a 1\n"), "b"), std::nullopt);
  EXPECT_EQ(SumOf(Parsed("a 1\na NaN\n"), "a"), std::nullopt);
  EXPECT_EQ(SumOf(Parsed("a 0\n"), "a"), 0.0);
}

TEST(PrometheusTest, TheLargestOfNothingOrOfNoNumberIsAbsent) {
  EXPECT_EQ(LargestOf(Parsed("a 1\n"), "b"), std::nullopt);
  EXPECT_EQ(LargestOf(Parsed("a 1\na +Inf\n"), "a"), std::nullopt);
  EXPECT_EQ(LargestOf(Parsed("a{e=\"0\"} -1\na{e=\"1\"} -0.5\na{e=\"2\"} -3\n"), "a"), -0.5);
}

}  // namespace
}  // namespace assay
