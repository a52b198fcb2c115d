#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "report/html_text.h"
#include "report/page_assets.h"
#include "report/report.h"
#include "report/test_model.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kEvil =
    "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 1'> \" "
    "onmouseover=\"x "
    "<!-- <script> & \u2028 \u2029 \u202E \x01 \xFF {{7*7}} javascript:x";

std::size_t CountOf(const std::string& page, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) {
    ++count;
  }
  return count;
}

ReportModel HostilePage() {
  const std::string evil(kEvil);
  ReportModel model = CompleteRun();
  model.run_dir = evil;
  model.run.assay_version = evil;
  model.run.started_utc = evil;
  model.run.command = {evil};
  model.run.host = {{evil, evil}};
  model.tests[0].record->engine->model_name = evil;
  model.tests[0].record->loadgen_settings = {{evil, evil}};
  model.tests[0].numbers->loadgen->validity = evil;
  model.tests[0].numbers->metrics.ledger.sources = {{evil, 1, 2, 3, {7}}};
  for (Finding& finding : model.judgement->findings) {
    for (std::string* text : {&finding.rule, &finding.message, &finding.found, &finding.needed,
                              &finding.file, &finding.source, &finding.fix}) {
      *text = evil;
    }
  }
  model.judgement->results[0].metric = evil;
  for (SampleRow& row : model.samples) row.id = row.remark = evil;
  for (SampleText& text : model.texts) text.article = text.reference = text.output = evil;
  return model;
}

// The page without what stands in its own <style> and <script> elements.
std::string Outside(std::string page) {
  for (const std::string_view own : {kPageStyle, kPlotLibrary, kPageScript}) {
    const std::size_t at = page.find(own);
    EXPECT_NE(at, std::string::npos);
    page.erase(at, own.size());
  }
  return page;
}

TEST(HtmlText, IsNoMarkup) {
  EXPECT_EQ(HtmlText("<b>&\"'"), "&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(HtmlText("a\n\tb\x1b\u202E\xFF"), "a\n\tb\\x1b\\u202e\uFFFD");
  EXPECT_EQ(HtmlText(""), "");
}

TEST(ScriptJson, CannotEndItsElementAndReadsBack) {
  const Json data{{std::string(kEvil), std::string(kEvil)}, {"n", 1.5}};
  const std::string json = ScriptJson(data);
  EXPECT_EQ(json.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(json.find("\u2028"), std::string::npos);
  EXPECT_EQ(json.find("\u2029"), std::string::npos);
  EXPECT_EQ(*ParseJson(json, "page"), *ParseJson(ToJsonLine(data), "line"));
}

TEST(Html, NothingForeignIsMarkup) {
  const std::string page = RenderHtml(HostilePage());
  EXPECT_EQ(FirstInvalidUtf8(page), std::nullopt);
  const std::string outside = Outside(page);
  EXPECT_EQ(CountOf(outside, "<script"), 3U);  // two that run and the samples' data
  EXPECT_EQ(CountOf(outside, "</script"), 3U);
  EXPECT_EQ(CountOf(outside, "<img"), 0U);
  EXPECT_EQ(CountOf(outside, "<!--"), 0U);
  EXPECT_THAT(outside, Not(HasSubstr("\" onmouseover=\"")));
  EXPECT_EQ(outside.find_first_of("\x01\x1b"), std::string::npos);
  EXPECT_THAT(outside, HasSubstr("&lt;/script&gt;&lt;script&gt;window.ran = 1"));
}

// What a browser enforces: the hashes are of the very bytes that stand in the page.
TEST(Html, ThePolicyAllowsItsOwnTwoScriptsAndNothingElse) {
  const std::string page = RenderHtml(CompleteRun());
  EXPECT_THAT(page, HasSubstr("default-src 'none'; style-src '" + std::string(kPageStyleHash) +
                              "'; script-src '" + std::string(kPlotLibraryHash) + "' '" +
                              std::string(kPageScriptHash) + "'"));
  EXPECT_EQ(CountOf(page, "<script>" + std::string(kPlotLibrary) + "</script>"), 1U);
  EXPECT_EQ(CountOf(page, "<script>" + std::string(kPageScript) + "</script>"), 1U);
  EXPECT_EQ(CountOf(page, "<style>" + std::string(kPageStyle) + "</style>"), 1U);
  EXPECT_EQ(CountOf(Outside(page), " style=\""), 0U);  // the policy forbids them
  for (const char* loads : {"src=", "<link", "@import", "url("}) {
    EXPECT_EQ(CountOf(Outside(page), loads), 0U) << loads;
  }
}

TEST(Html, TheVerdictComesFirstAndInWords) {
  const std::string page = RenderHtml(CompleteRun());
  EXPECT_LT(page.find("Not comparable"), page.find("id=\"findings\""));
  EXPECT_THAT(page, HasSubstr("The run stands for itself"));
  EXPECT_THAT(page, HasSubstr("0 errors, 2 reasons of not being comparable, 0 warnings."));
  EXPECT_THAT(page, HasSubstr("Result not verified by MLCommons Association."));
  EXPECT_THAT(RenderHtml(KilledRun()), HasSubstr("<h2 id=\"verdict-words\">Not judged</h2>"));
}

TEST(Html, HasEveryFigureWithoutItsScript) {
  const std::string outside = Outside(RenderHtml(CompleteRun()));
  EXPECT_THAT(outside, HasSubstr("31.2345"));
  EXPECT_THAT(outside, HasSubstr("2,967 tokens"));
  EXPECT_THAT(outside, HasSubstr("assay run --dataset cnn_eval.json"));
  EXPECT_THAT(outside, HasSubstr("AMD EPYC 7763"));
  EXPECT_THAT(outside, HasSubstr("Three bridges were closed."));
  EXPECT_THAT(outside, HasSubstr("sorted[floor(n·p)]"));  // the definitions
}

TEST(Html, EveryLinkOfTheContentsHasItsPart) {
  const std::string page = RenderHtml(KilledRun());
  std::size_t links = 0;
  for (std::size_t at = page.find("<a href=\"#"); at != std::string::npos;
       at = page.find("<a href=\"#", at + 1)) {
    const std::size_t begin = at + 10;
    const std::string id = page.substr(begin, page.find('"', begin) - begin);
    EXPECT_THAT(page, HasSubstr("id=\"" + id + "\"")) << id;
    ++links;
  }
  EXPECT_GE(links, 9U);
}

TEST(Html, IsTheSameForTheSameModel) {
  EXPECT_TRUE(RenderHtml(CompleteRun()) == RenderHtml(CompleteRun()));
  EXPECT_FALSE(RenderHtml(ReportModel{}).empty());
}

}  // namespace
}  // namespace assay
