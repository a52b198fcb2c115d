#include "rules/check_plan.h"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "rules/lint_user_conf.h"
#include "rules/rounds.h"

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> RulesOfFindings(const std::vector<Finding>& findings) {
  std::vector<std::string> ids;
  for (const Finding& finding : findings) {
    if (finding.rule != "check.not_run") ids.push_back(finding.rule);
  }
  return ids;
}

class CheckPlanTest : public testing::Test {
 protected:
  CheckPlanTest() {
    const RoundRules& round = RulesOf(Round::kV61);
    scope_.round = &round;
    scope_.benchmark = &RulesOf(round, BenchmarkId::kLlama31_8b);
    scope_.own_run = true;
    Use(Scenario::kServer);
    config_.tests = {TestKind::kPerformance, TestKind::kAccuracy};
    config_.samples = scope_.benchmark->sample_count;
    config_.rules = "v6.1";
    config_.user_conf = "user.conf";
    facts_.config = &config_;
    facts_.dataset.identity = scope_.benchmark->dataset_identity;
    facts_.dataset.count = config_.samples;
    facts_.models_tokenizer = true;
  }

  void Use(Scenario scenario) {
    config_.scenario = scenario;
    scope_.scenario = RulesOf(*scope_.benchmark, scenario);
  }

  std::vector<Finding> Check() {
    Findings findings(*scope_.round, config_.rules.has_value());
    CheckPlan(facts_, "6.0.17 @ NA", scope_, findings);
    return findings.all();
  }
  std::vector<Finding> CheckConf(const std::string& text) {
    facts_.user_conf = ParseUserConf(text, "user.conf").value();
    return Check();
  }

  Scope scope_;
  RunConfig config_;
  PlanFacts facts_;
};

TEST_F(CheckPlanTest, AnOfficialRunHasNothingAgainstIt) {
  EXPECT_THAT(Check(), IsEmpty());
  EXPECT_THAT(CheckConf("*.Server.target_qps = 5\nllama3_1-8b.Server.min_duration = 900000\n"
                        "*.Server.coalesce_queries = 1\n*.Offline.target_qps = 3\n"
                        "llama3_1-8b-edge.SingleStream.target_latency = 300\n"
                        "*.Server.ttft_latency = 2000\n"),
              IsEmpty());
}

TEST_F(CheckPlanTest, EachBreachHasItsRuleAndAWayOut) {
  struct Case {
    std::function<void()> spoil;
    const char* rule;
  };
  const std::vector<Case> cases = {
      {[this] { facts_.dataset.identity = "none"; }, "dataset.identity"},
      {[this] { config_.samples = 5000; }, "dataset.coverage"},
      {[this] { facts_.prompts = {.count = 9, .two_bos = 2}; }, "prompt.bos"},
      {[this] { facts_.prompts = {.count = 9, .without_bos = 9}; }, "prompt.bos"},
      {[this] { facts_.prompts = {.count = 9, .with_instruction = 9, .other_instruction = 1}; },
       "prompt.template"},
      {[this] { facts_.prompts = {.count = 9, .with_ids = 9, .other_ids = 9}; }, "tokenizer.model"},
      {[this] { facts_.models_tokenizer = false; }, "tokenizer.model"},
      {[this] { config_.max_tokens = 64; }, "settings.lengths"},
      {[this] { config_.min_tokens = 0; }, "settings.lengths"},
      {[this] { config_.min_duration_s = 599.0; }, "settings.min_duration"},
      {[this] { facts_.audit_config = "/tmp/audit.config"; }, "settings.audit"},
  };
  for (const Case& c : cases) {
    const RunConfig config = config_;
    const PlanFacts facts = facts_;
    c.spoil();
    const auto findings = Check();
    ASSERT_THAT(RulesOfFindings(findings), ElementsAre(c.rule));
    EXPECT_EQ(findings[0].severity, Severity::kError) << c.rule;
    EXPECT_FALSE(findings[0].fix.empty()) << c.rule;
    config_.rules.reset();
    EXPECT_THAT(RulesOfFindings(Check()), Contains(c.rule));
    EXPECT_EQ(VerdictOf(Check()), Verdict::kNotComparable) << c.rule;
    config_ = config;
    facts_ = facts;
  }
}

TEST_F(CheckPlanTest, ATokenizerThatCannotBeComparedIsSaid) {
  facts_.models_tokenizer.reset();
  const auto findings = Check();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "check.not_run");
}

TEST_F(CheckPlanTest, OnlyTheOpenDivisionMayChangeMoreInUserConf) {
  struct Case {
    const char* line;
    const char* rule;
    const char* part;
  };
  const std::vector<Case> cases = {
      {"*.Server.ttft_latency = 5000", "user_conf.closed", "ttft_latency"},
      {"*.Server.tpot_latency = 50", "user_conf.closed", "tpot_latency"},
      {"*.*.use_token_latencies = 0", "user_conf.closed", "use_token_latencies"},
      {"*.*.sample_concatenate_permutation = 0", "user_conf.closed", "concatenate"},
      {"*.Server.target_latency_percentile = 90", "user_conf.closed", "percentile"},
      {"*.*.max_duration = 700000", "user_conf.closed", "max_duration"},
      {"*.*.accuracy_sample_count_override = 10", "user_conf.closed", "accuracy_sample"},
      {"*.Server.min_duration = 120000", "user_conf.closed", "below the round's"},
      {"*.*.performance_sample_count_override = 5000", "user_conf.closed", "below the round's"},
      {"*.*.mode = 2", "user_conf.effect", "Assay sets it"},
      {"llama3.1-8b.Server.target_qps = 3", "user_conf.effect", "no test runs as"},
      {"*.Server.target_qps = 3\n*.Server.target_qps = 4", "user_conf.effect", "says twice"},
  };
  for (const Case& c : cases) {
    const auto findings = CheckConf(c.line);
    ASSERT_THAT(RulesOfFindings(findings), ElementsAre(c.rule)) << c.line;
    EXPECT_THAT(findings[0].message, HasSubstr(c.part));
    EXPECT_EQ(findings[0].file, "user.conf");
    EXPECT_TRUE(findings[0].line.has_value());
    EXPECT_FALSE(findings[0].fix.empty());
  }
}

TEST_F(CheckPlanTest, TheLineThatActsIsTheMostSpecificOne) {
  // The scenario's name counts before the model's.
  const auto entries = ParseUserConf(
      "*.*.target_qps = 1\nllama3_1-8b.*.target_qps = 2\n*.Server.target_qps = 3\n", "user.conf");
  EXPECT_EQ(Effective(*entries, *scope_.scenario, "target_qps")->value, "3");
  EXPECT_EQ(Effective(*entries, *scope_.scenario, "min_duration"), nullptr);
  // A line that another one overrides is not judged by its value.
  EXPECT_THAT(CheckConf("*.*.min_duration = 5\n*.Server.min_duration = 600000\n"), IsEmpty());
}

TEST_F(CheckPlanTest, AnOptionThatDeniesUserConfIsSaid) {
  config_.target_qps = 4.0;
  const auto findings = CheckConf("*.Server.target_qps = 3\n");
  ASSERT_THAT(RulesOfFindings(findings), ElementsAre("user_conf.effect"));
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
}

TEST_F(CheckPlanTest, AnotherRoundsLoadgenIsAWarning) {
  Findings findings(RulesOf(Round::kV51), true);
  scope_.round = &RulesOf(Round::kV51);
  CheckPlan(facts_, "6.0.17 @ NA", scope_, findings);
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(findings.all()[0].rule, "settings.loadgen_release");
  EXPECT_EQ(findings.all()[0].severity, Severity::kWarning);
}

TEST_F(CheckPlanTest, TheComplianceTestAloneNeedsNoDuration) {
  config_.tests = {TestKind::kCompliance};
  config_.min_duration_s = 0.0;
  EXPECT_THAT(Check(), IsEmpty());
}

EngineInfo Llama() {
  EngineInfo engine;
  engine.engine = "llama";
  engine.model_name = "Meta-Llama-3.1-8B-Instruct";
  engine.precision = "BF16";
  return engine;
}

TEST(CheckEngine, ModelAndSampling) {
  const auto check = [](const EngineInfo& engine) {
    Findings findings(RulesOf(Round::kV61), true);
    CheckEngine(engine, {}, findings);
    return RulesOfFindings(findings.all());
  };
  EngineInfo engine = Llama();
  engine.settings = {{"sampling", "greedy: largest logit"}};
  EXPECT_THAT(check(engine), IsEmpty());
  engine.settings = {{"sampling", "changed by --extra-body"}};
  EXPECT_THAT(check(engine), ElementsAre("sampling.greedy"));
  engine = Llama();
  engine.model_name = "SmolLM2";
  EXPECT_THAT(check(engine), ElementsAre("model.identity"));
}

TEST_F(CheckPlanTest, AChatTemplateIsNotTheBenchmarksPrompt) {
  config_.endpoint = EndpointConfig{};
  EXPECT_THAT(Check(), IsEmpty());
  config_.endpoint->path = kChatPath;
  EXPECT_THAT(RulesOfFindings(Check()), ElementsAre("prompt.template"));
  config_.endpoint->path = kCompletionsPath;
  config_.endpoint->prompt_ids = false;
  const auto texts = Check();
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0].message, HasSubstr("one BOS"));
}

TEST(IsUnofficial, DataAndModelAndNothingElse) {
  const auto is = [](const Rule& rule) {
    Finding finding;
    finding.rule = rule.id;
    return IsUnofficial(finding);
  };
  EXPECT_TRUE(is(rule::kDatasetIdentity));
  EXPECT_TRUE(is(rule::kModel));
  EXPECT_FALSE(is(rule::kMinDuration));
  EXPECT_FALSE(is(rule::kUserConfClosed));
}

}  // namespace
}  // namespace assay
