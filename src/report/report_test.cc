#include "report/report.h"

#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "report/safe_text.h"
#include "report/test_model.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> LinesOf(const std::string& page) {
  std::vector<std::string> lines;
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The first line that begins with `start` after its indent.
std::string LineOf(const std::string& page, const std::string& start) {
  for (const std::string& line : LinesOf(page)) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin != std::string::npos && line.compare(begin, start.size(), start) == 0) return line;
  }
  ADD_FAILURE() << "no line begins with " << start;
  return {};
}

std::string WithoutColours(const std::string& page) {
  std::string out;
  for (std::size_t i = 0; i < page.size(); ++i) {
    if (page[i] == '\x1b') {
      i = page.find('m', i);
    } else {
      out += page[i];
    }
  }
  return out;
}

// One text for every place where a name, a path or an answer can be hostile.
ReportModel HostileRun() {
  const std::string evil = "\x1b[2J\x1b]0;x\x07<script>alert(1)</script> | `rm` **b** @all\r\n" +
                           std::string(300, 'W') + " 漢字漢字漢字漢字漢字漢字 \u202E\xFF";
  ReportModel model = CompleteRun();
  model.run_dir = evil;
  model.run.command = {evil, "run", evil};
  model.run.build = evil;
  model.run.started_utc = evil;
  model.run.dataset.path = evil;
  model.run.dataset.bundled_sample = false;
  model.run.dataset.identity = evil;
  model.run.tokenizer.kind = evil;
  model.run.host["hostname"] = evil;
  model.run.host["cpu"]["model"] = evil;
  model.run.host["cpu"]["governor"] = evil;
  EngineInfo& engine = *model.tests[0].record->engine;
  engine.model_name = evil;
  engine.version = evil;
  engine.precision = evil;
  engine.settings = {{evil, evil}};
  TestMetrics& numbers = *model.tests[0].numbers;
  numbers.metrics.counts.failed = 1;
  numbers.metrics.counts.failures = {{evil, 1}};
  numbers.metrics.ledger.sources = {{evil, 1, 2, 3, {7}}};
  numbers.loadgen->validity = evil;
  model.tests[1].score.reset();
  model.tests[1].not_scored = evil;
  model.run.tests[0].outcome = "failed";
  model.run.tests[0].message = evil;
  for (Finding& finding : model.judgement->findings) {
    for (std::string* text : {&finding.rule, &finding.message, &finding.found, &finding.needed,
                              &finding.file, &finding.source, &finding.fix}) {
      *text = evil;
    }
  }
  model.judgement->results[0].metric = evil;
  model.excerpts[0].output = evil;
  model.excerpts[0].reference = evil;
  return model;
}

TEST(RenderTerminal, ContextComesFirstAndNamesWhatRan) {
  const std::string page = RenderTerminal(CompleteRun());
  EXPECT_LT(page.find("Host"), page.find("Scores"));
  EXPECT_LT(page.find("Scores"), page.find("Figures"));
  EXPECT_LT(page.find("Figures"), page.find("Verdict"));
  EXPECT_THAT(LineOf(page, "Model"), HasSubstr("SmolLM2 135M Instruct · F16 made from Q4_1"));
  EXPECT_THAT(LineOf(page, "CPU"), HasSubstr("AMD EPYC 7763"));
  EXPECT_THAT(page, HasSubstr("governor n/a"));
  EXPECT_THAT(LineOf(page, "Load"), HasSubstr("LoadGen 6.0.17 · offline"));
  EXPECT_THAT(LineOf(page, "Data"), HasSubstr("not CNN/DailyMail"));
  EXPECT_THAT(LineOf(page, "Date"), HasSubstr("2026-11-24T06:30:16Z"));
  EXPECT_THAT(LineOf(page, "Command"), HasSubstr("--output 'my runs/first'"));
}

TEST(RenderTerminal, FiveLimitsAreShownAndJudgedOnlyWhereTheyApply) {
  ReportModel model = CompleteRun();
  std::string page = RenderTerminal(model);
  // 31.2345 - 0.99 * 38.7792.
  EXPECT_THAT(LineOf(page, "rouge1 "), HasSubstr("31.2345      at least 38.391408   -7.156908"));
  EXPECT_THAT(LineOf(page, "gen_len, characters"), HasSubstr("7,350,880 to 8,984,408"));
  for (const char* metric : {"rouge1 ", "rouge2", "rougeL ", "rougeLsum", "gen_len"}) {
    EXPECT_THAT(LineOf(page, metric), HasSubstr("shown, not judged")) << metric;
  }
  EXPECT_THAT(page, HasSubstr("not judged: the data set is not the benchmark's."));
  const BenchmarkRules& benchmark = RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8b);
  model.run.dataset.identity = benchmark.dataset_identity;
  EXPECT_THAT(RenderTerminal(model), HasSubstr("not judged: not every sample was run."));
  model.tests[1].score->gen_num = benchmark.sample_count;
  model.tests[1].score->rouge2 = "15.7485";
  page = RenderTerminal(model);
  EXPECT_THAT(LineOf(page, "rouge1 "), HasSubstr("FAIL"));
  EXPECT_THAT(LineOf(page, "rouge2"), HasSubstr("+0.000075  pass"));
  EXPECT_THAT(page, Not(HasSubstr("shown, not judged")));
}

TEST(RenderTerminal, OursStandBesideLoadgens) {
  ReportModel model = CompleteRun();
  std::string page = RenderTerminal(model);
  // 24 over 93.551 s; the log says 24 over 93.561 s.
  EXPECT_THAT(LineOf(page, "samples/s"), HasSubstr("0.25654    0.25652     0.25654  agrees"));
  EXPECT_THAT(LineOf(page, "LoadGen "), HasSubstr("VALID"));
  EXPECT_THAT(LineOf(page, "LoadGen's"), HasSubstr("93,561"));
  LoadgenComparison& comparison = *model.tests[0].numbers->loadgen;
  for (LoadgenFigure& figure : comparison.figures) {
    figure.disagrees = figure.key == "result_samples_per_second";
  }
  page = RenderTerminal(model);
  EXPECT_THAT(LineOf(page, "samples/s"), HasSubstr("DISAGREES"));
  EXPECT_THAT(page, HasSubstr("1 of 7 figures recomputed from our journal disagree"));
}

TEST(RenderTerminal, TokensAndCharactersAreLabelled) {
  const std::string page = RenderTerminal(CompleteRun());
  EXPECT_THAT(LineOf(page, "Output "), HasSubstr("2,967 tokens"));
  EXPECT_THAT(page, HasSubstr("14,091 characters"));
  EXPECT_THAT(page, HasSubstr("chunks 2,967, agrees"));
}

TEST(RenderTerminal, TheVerdictSaysWhyAndWhatToChange) {
  ReportModel model = CompleteRun();
  const std::string page = RenderTerminal(model);
  EXPECT_THAT(page, HasSubstr("NOT COMPARABLE"));
  EXPECT_THAT(page, HasSubstr("not comparable because (2)"));
  EXPECT_THAT(LineOf(page, "change"), HasSubstr("assay run --dataset cnn_eval.json"));
  EXPECT_THAT(page, HasSubstr("Metric of record: Tokens/s 31.700 (unverified)"));
  EXPECT_THAT(page, HasSubstr("Result not verified by MLCommons Association."));

  Finding error = model.judgement->findings[0];
  error.severity = Severity::kError;
  model.judgement->verdict = Verdict::kInvalid;
  model.judgement->findings.assign(40, error);
  const std::string invalid = RenderTerminal(model);
  EXPECT_THAT(invalid, HasSubstr("INVALID: "));
  EXPECT_THAT(invalid, HasSubstr("errors (40)"));
  EXPECT_THAT(invalid, HasSubstr("and 28 more: verdict.json has all"));
}

TEST(RenderTerminal, AKilledRunIsToldAsItIs) {
  const std::string page = RenderTerminal(KilledRun());
  EXPECT_THAT(page, HasSubstr("This run did not complete"));
  EXPECT_THAT(page, HasSubstr("11 requests had ended"));
  EXPECT_THAT(page, HasSubstr("the journal's last line was cut off"));
  EXPECT_THAT(LineOf(page, "accuracy"), HasSubstr("not started"));
  EXPECT_THAT(page, HasSubstr("assay report runs/20261124T063016Z-offline"));
  EXPECT_THAT(page, HasSubstr("Not judged: the run did not reach its end"));
  EXPECT_THAT(LineOf(page, "performance     n/a"), HasSubstr("n/a         11       0"));
  ReportModel interrupted = KilledRun();
  interrupted.run.interrupted = true;
  interrupted.run.tests[0].outcome = "interrupted";
  EXPECT_THAT(RenderTerminal(interrupted), HasSubstr("This run was interrupted"));
  EXPECT_THAT(RenderTerminal(CompleteRun()), Not(HasSubstr("This run")));
}

TEST(RenderTerminal, KeepsItsWidthWhateverItShows) {
  for (const std::size_t width : {kLeastTerminalWidth, std::size_t{80}, kTerminalWidth}) {
    for (const ReportModel& model : {HostileRun(), CompleteRun(), KilledRun()}) {
      const std::string page = RenderTerminal(model, width);
      ASSERT_EQ(FirstInvalidUtf8(page), std::nullopt);
      ASSERT_EQ(page.find_first_of("\x1b\r\t\x07"), std::string::npos);
      ASSERT_EQ(page.find("\u202E"), std::string::npos);
      for (const std::string& line : LinesOf(page)) ASSERT_LE(DisplayWidth(line), width) << line;
    }
  }
}

TEST(RenderTerminal, ColoursAddNothingButColours) {
  for (const ReportModel& model : {HostileRun(), CompleteRun(), KilledRun()}) {
    const std::string coloured = RenderTerminal(model, kTerminalWidth, true);
    EXPECT_NE(coloured, RenderTerminal(model));
    EXPECT_EQ(WithoutColours(coloured), RenderTerminal(model));
  }
}

TEST(RenderMarkdown, SaysWhatTheTerminalSays) {
  const std::string page = RenderMarkdown(CompleteRun());
  EXPECT_THAT(page, HasSubstr("| rouge1 | **31.2345** | at least 38.391408 | -7.156908 |"));
  EXPECT_THAT(page, HasSubstr("2,967 tokens"));
  EXPECT_THAT(page, HasSubstr("NOT COMPARABLE"));
  EXPECT_THAT(page, HasSubstr("Result not verified by MLCommons Association."));
  EXPECT_THAT(RenderMarkdown(KilledRun()), HasSubstr("This run did not complete"));
}

// GitHub reads "<", "|" and "@" outside code spans.
TEST(RenderMarkdown, ForeignTextIsNoMarkup) {
  const std::string page = RenderMarkdown(HostileRun());
  EXPECT_EQ(page.find_first_of("\x1b\r\t\x07"), std::string::npos);
  for (const std::string& line : LinesOf(page)) {
    std::string outside;
    for (std::size_t i = 0; i < line.size();) {
      if (line[i] != '`' || (i > 0 && line[i - 1] == '\\')) {
        outside += line[i++];
        continue;
      }
      const std::size_t end = line.find_first_not_of('`', i);
      const std::string fence = line.substr(i, end - i);
      const std::size_t close = line.find(fence, end);
      ASSERT_NE(close, std::string::npos) << line;
      i = close + fence.size();
    }
    EXPECT_EQ(outside.find('<'), std::string::npos) << line;
    EXPECT_EQ(outside.find('@'), std::string::npos) << line;
  }
}

TEST(RenderMarkdown, EveryTableRowHasItsColumns) {
  std::size_t bars = 0;
  for (const std::string& line : LinesOf(RenderMarkdown(HostileRun()))) {
    if (!line.starts_with('|')) {
      bars = 0;
      continue;
    }
    std::size_t here = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) ++here;
    }
    if (bars == 0) bars = here;
    EXPECT_EQ(here, bars) << line;
  }
}

TEST(ReportJson, HasTheModelsNumbers) {
  const Json json = ReportJson(CompleteRun());
  EXPECT_EQ(json["verification"], "Result not verified by MLCommons Association.");
  EXPECT_EQ(json["run"]["complete"], true);
  EXPECT_EQ(json["tests"][0]["metrics"]["total_output_tokens"], 2967);
  EXPECT_EQ(json["tests"][0]["loadgen"]["validity"], "VALID");
  EXPECT_EQ(json["tests"][0]["engine"]["precision"], "F16 made from Q4_1");
  EXPECT_EQ(json["tests"][1]["score"]["rouge1"], "31.2345");
  EXPECT_TRUE(json["tests"][1]["score"]["limits"][0]["pass"].is_null());
  EXPECT_EQ(json["judgement"]["verdict"], "not_comparable");
  EXPECT_EQ(json["judgement"]["findings"][0]["fix"], "assay run --dataset cnn_eval.json");
  EXPECT_EQ(json["samples"][0]["gen_len"], 82);
  EXPECT_TRUE(ParseJson(ToPrettyJson(ReportJson(HostileRun())), "report.json").has_value());
}

TEST(ReportJson, WhatIsAbsentIsNull) {
  const Json json = ReportJson(KilledRun());
  EXPECT_EQ(json["run"]["complete"], false);
  EXPECT_TRUE(json["run"]["ended_utc"].is_null());
  EXPECT_TRUE(json["judgement"].is_null());
  EXPECT_EQ(json["tests"][0]["journal_cut_off"], true);
  EXPECT_TRUE(json["tests"][0]["score"].is_null());
  EXPECT_TRUE(json["tests"][1]["metrics"].is_null());
}

TEST(Reports, OfNothingAtAllHaveNoNumbers) {
  const ReportModel model;
  const std::string page = RenderTerminal(model);
  EXPECT_THAT(page, HasSubstr("Nothing was scored"));
  EXPECT_THAT(page, HasSubstr("No request completed"));
  EXPECT_THAT(LineOf(page, "CPU"), HasSubstr("n/a"));
  EXPECT_THAT(RenderMarkdown(model), HasSubstr("Nothing was scored"));
  EXPECT_TRUE(ReportJson(model)["tests"].empty());
}

TEST(Reports, SurviveAHostRecordOfAnotherShape) {
  ReportModel model = CompleteRun();
  for (const char* text : {"[]", "3", R"({"cpu":7,"memory":[],"load_average":["a",1,2],"os":"x"})",
                           R"({"cpu":{"caches":[1,{"level":"x"}],"sockets":-1}})"}) {
    model.run.host = *ParseJson(text, "host");
    EXPECT_THAT(LineOf(RenderTerminal(model), "Host"), HasSubstr("n/a")) << text;
  }
}

}  // namespace
}  // namespace assay
