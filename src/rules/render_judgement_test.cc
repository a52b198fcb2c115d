#include "rules/render_judgement.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "rules/findings.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Judgement SomeJudgement() {
  Findings findings(RulesOf(Round::kV51), false);
  findings.Note(rule::kUnverified, {.message = "Result not verified."});
  findings.Breach(rule::kCoverage, {.message = "Ten samples.", .found = "10", .needed = "13,368"});
  findings.Warning(rule::kTokensAboveMaximum, {.message = "Too long."});
  findings.Error(rule::kLoadgenErrors, {.message = "LoadGen logged <1> \"error\" & more.",
                                        .found = "a\x1b[31m\xff",
                                        .fix = "repeat",
                                        .file = "performance/mlperf_log_detail.txt",
                                        .line = 7});
  Judgement judgement;
  judgement.findings = findings.Sorted();
  judgement.verdict = VerdictOf(judgement.findings);
  JudgedResult result;
  result.benchmark = "llama3.1-8b";
  result.scenario = "Offline";
  result.metric = "tokens per second (Tokens/s)";
  result.value = 1232.89;
  result.verdict = judgement.verdict;
  judgement.results = {result};
  return judgement;
}

TEST(RenderText, TheVerdictComesFirstThenFindingsBySeverity) {
  const std::string text = RenderText(SomeJudgement());
  EXPECT_THAT(text, StartsWith("Verdict: INVALID\n"));
  EXPECT_THAT(text, HasSubstr("llama3.1-8b, Offline: tokens per second (Tokens/s) 1232.89\n"));
  EXPECT_LT(text.find("Errors (1)"), text.find("Not comparable, because (1)"));
  EXPECT_LT(text.find("Not comparable, because (1)"), text.find("Warnings (1)"));
  EXPECT_LT(text.find("Warnings (1)"), text.find("Notes (1)"));
  EXPECT_THAT(text, HasSubstr("where   performance/mlperf_log_detail.txt:7\n"));
  EXPECT_THAT(text, HasSubstr("change  repeat\n"));
  EXPECT_THAT(text, HasSubstr("found   a?[31m?\n"));
}

TEST(RenderText, LinesFitAHundredColumnsWhateverTheyHold) {
  Judgement judgement = SomeJudgement();
  std::string umlauts;
  for (int i = 0; i < 300; ++i) umlauts += "\xc3\xbc";
  judgement.findings[0].message = std::string(250, 'x') + " " + umlauts;
  judgement.findings[1].found = "words " + std::string(94, 'y') + " and words again and again " +
                                std::string(101, 'z') + "\nnew line";
  judgement.findings[2].message = "";
  std::istringstream lines(RenderText(judgement));
  std::string joined;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(CountCodePoints(line), 100U) << line;
    EXPECT_FALSE(FirstInvalidUtf8(line).has_value());
    for (const char c : line) {
      if (c != ' ') joined += c;
    }
  }
  EXPECT_THAT(joined, HasSubstr(std::string(250, 'x') + umlauts));
  EXPECT_THAT(joined, HasSubstr(std::string(101, 'z') + "newline"));
}

TEST(JudgementJson, HasTheKeysThatScriptsRelyOn) {
  const Json json = ToJson(SomeJudgement());
  EXPECT_EQ(json["verdict"], "invalid");
  const Json& result = json["results"][0];
  EXPECT_EQ(result["benchmark"], "llama3.1-8b");
  EXPECT_EQ(result["value"], 1232.89);
  EXPECT_TRUE(result["division"].is_null());
  EXPECT_EQ(result["verdict"], "invalid");
  for (const auto* key : {"division", "submitter", "system", "benchmark", "scenario", "metric"}) {
    EXPECT_TRUE(result.contains(key)) << key;
  }
  const Json& finding = json["findings"][0];
  EXPECT_EQ(finding["severity"], "error");
  EXPECT_EQ(finding["rule"], "loadgen.errors");
  EXPECT_EQ(finding["line"], 7);
  EXPECT_EQ(finding["fix"], "repeat");
  EXPECT_TRUE(finding["needed"].is_null());
  EXPECT_THAT(finding["source"].get<std::string>(), StartsWith("v5.1: submission checker"));
  EXPECT_EQ(json["findings"][1]["comparability"], true);
  Judgement without = SomeJudgement();
  without.results[0].value = std::nullopt;
  without.verdict = Verdict::kNotComparable;
  EXPECT_TRUE(ToJson(without)["results"][0]["value"].is_null());
  EXPECT_EQ(ToJson(without)["verdict"], "not_comparable");
}

TEST(RenderJUnit, FailsOnErrorsAndOnWhatIsNotComparable) {
  const std::string xml = RenderJUnit(SomeJudgement(), "runs/<a>");
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"runs/&lt;a&gt;\" tests=\"5\" failures=\"3\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"error\" message=\"LoadGen logged &lt;1&gt; "
                             "&quot;error&quot; &amp; more.\">"));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"not_comparable\" message=\"Ten samples.\">"));
  EXPECT_THAT(xml, HasSubstr("<system-out>warning: Too long.</system-out>"));
  EXPECT_THAT(xml, Not(HasSubstr("\x1b")));
  EXPECT_FALSE(FirstInvalidUtf8(xml).has_value());
  Judgement valid;
  valid.verdict = Verdict::kValid;
  EXPECT_THAT(RenderJUnit(valid, "x"), HasSubstr("tests=\"1\" failures=\"0\""));
}

}  // namespace
}  // namespace assay
