#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/format.h"
#include "report/html_blocks.h"
#include "report/html_plots.h"
#include "report/html_samples.h"
#include "report/html_scores.h"
#include "report/html_text.h"
#include "report/number_format.h"
#include "report/page_assets.h"
#include "report/report.h"
#include "report/sections.h"

namespace assay {
namespace {

constexpr double kNanosPerMilli = 1e6;
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

// One part of the page, and its line in the table of contents.
struct Part {
  std::string_view id;
  std::string title;
  std::string about;  // raw text below the title
  std::string html;
};

std::string Head(const std::string& title) {
  // Nothing is loaded, and nothing runs but the two scripts that belong to the page.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src '{}'; script-src '{}' '{}'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n",
      kPageStyleHash, kPlotLibraryHash, kPageScriptHash, HtmlText(title), kPageStyle);
}

std::string_view VerdictClass(Verdict verdict) {
  switch (verdict) {
    case Verdict::kValid:
      return "good";
    case Verdict::kNotComparable:
      return "caution";
    case Verdict::kInvalid:
      return "bad";
  }
  return "bad";
}

// "NOT COMPARABLE: the run ..." as a heading and a sentence.
void AppendVerdictWords(Verdict verdict, std::string& page) {
  const std::string words = VerdictText(verdict).text;
  const std::size_t colon = words.find(": ");
  std::string heading = words.substr(0, colon);
  for (std::size_t i = 1; i < heading.size(); ++i) {
    if (heading[i] >= 'A' && heading[i] <= 'Z') heading[i] += 'a' - 'A';
  }
  std::string sentence = words.substr(colon + 2);
  sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  page += "<h2 id=\"verdict-words\">" + heading + "</h2>\n<p>" + HtmlText(sentence) + "</p>\n";
}

std::string CountedFindings(const Judgement& judgement) {
  std::size_t errors = 0;
  std::size_t reasons = 0;
  std::size_t warnings = 0;
  for (const Finding& finding : judgement.findings) {
    if (finding.severity == Severity::kError) {
      ++errors;
    } else if (finding.comparability) {
      ++reasons;
    } else if (finding.severity == Severity::kWarning) {
      ++warnings;
    }
  }
  return fmt::format("{} error{}, {} reason{} of not being comparable, {} warning{}.", errors,
                     errors == 1 ? "" : "s", reasons, reasons == 1 ? "" : "s", warnings,
                     warnings == 1 ? "" : "s");
}

void AppendVerdict(const ReportModel& model, std::string& page) {
  page +=
      fmt::format("<div class=\"verdict {}\" role=\"region\" aria-labelledby=\"verdict-words\">\n",
                  model.judgement ? VerdictClass(model.judgement->verdict) : "bad");
  if (model.judgement) {
    AppendVerdictWords(model.judgement->verdict, page);
    page += "<p>" + CountedFindings(*model.judgement) + "</p>\n";
    for (const JudgedResult& result : model.judgement->results) {
      if (result.metric.empty()) continue;
      page += "<p>Metric of record: " + HtmlText(result.metric) + " <strong>" +
              FormatRate(result.value) + "</strong> (unverified).</p>\n";
    }
  } else {
    page += "<h2 id=\"verdict-words\">Not judged</h2>\n<p>" + HtmlText(model.not_judged) + "</p>\n";
  }
  page += "<p class=\"small\">" + HtmlText(UnverifiedText(model)) + "</p>\n</div>\n";
}

void AppendTile(std::string_view label, const std::string& value, const std::string& below,
                std::string& page) {
  page += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", label, value, below);
}

std::string MillisOf(const std::optional<double>& nanoseconds) {
  if (!nanoseconds) return std::string(kNotAvailable);
  const double ms = *nanoseconds / kNanosPerMilli;
  return FormatFixed(ms, ms >= 1000.0 ? 0 : (ms >= 10.0 ? 1 : 3)) + " ms";
}

// The figures that are asked for first.
void AppendTiles(const ReportModel& model, std::string& page) {
  page += "<dl class=\"tiles\" aria-label=\"Key figures\">\n";
  if (const TestView* main = MainTest(model)) {
    const Metrics& m = main->numbers->metrics;
    AppendTile("Output tokens/s", FormatRate(m.output_throughput), "unverified", page);
    AppendTile("Samples/s", FormatRate(m.request_throughput),
               fmt::format("{} completed, {} failed", FormatCount(m.counts.completed),
                           FormatCount(m.counts.failed)),
               page);
    AppendTile("TTFT, median", MillisOf(m.ttft.median), "p99 " + MillisOf(m.ttft.Percentile("p99")),
               page);
    AppendTile("TPOT, median", MillisOf(m.tpot.median), "p99 " + MillisOf(m.tpot.Percentile("p99")),
               page);
    AppendTile("Duration", FormatSeconds(m.duration_s),
               std::string(TestDirectoryName(main->test)) + " test", page);
  }
  const TestView* scored = ScoredTest(model);
  if (scored != nullptr && scored->score->gen_num > 0) {
    AppendTile("ROUGE-L", scored->score->rougeL,
               fmt::format("{} answers, unverified", FormatCount(scored->score->gen_num)), page);
  }
  page += "</dl>\n";
}

std::string BlocksOf(const Section& section, std::string_view caption) {
  std::string html;
  AppendBlocks(section.blocks, caption, html);
  return html;
}

Part Plain(std::string_view id, std::string_view title, const Section& section) {
  return {id, std::string(title), section.subtitle.text, BlocksOf(section, title)};
}

// All that LoadGen printed beside the same figure from our journal.
void AppendLoadgenFigures(const TestView& test, std::string& page) {
  if (!test.numbers || !test.numbers->loadgen || test.numbers->loadgen->figures.empty()) return;
  Table table{{{"figure", false}, {"LoadGen's"}, {"ours"}, {"at least"}, {"at most"}, {"", false}},
              {}};
  for (const LoadgenFigure& figure : test.numbers->loadgen->figures) {
    Text answer("not compared", Tone::kQuiet);
    if (figure.journal) {
      answer = figure.disagrees ? Text("disagrees", Tone::kBad) : Text("agrees", Tone::kGood);
    }
    const auto bound = [&](double value) {
      return figure.journal ? FormatRate(value) : std::string(kNotAvailable);
    };
    table.rows.push_back({Foreign(figure.key), Text(FormatRate(figure.loadgen)),
                          Text(FormatRate(figure.journal)), Text(bound(figure.lowest)),
                          Text(bound(figure.highest)), answer});
  }
  page += fmt::format(
      "<details class=\"more\"><summary>All {} figures that LoadGen printed, {} test"
      "</summary>\n",
      table.rows.size(), TestDirectoryName(test.test));
  AppendTable(table, "LoadGen's figures", page);
  page += "</details>\n";
}

Part FiguresPart(const ReportModel& model) {
  Part part = Plain("figures", "Throughput and LoadGen's figures", FigureSection(model));
  for (const TestView& test : model.tests) AppendLoadgenFigures(test, part.html);
  return part;
}

Part LatencyPart(const ReportModel& model) {
  Part part = Plain("latency", "Latency", LatencySection(model));
  const TestView* main = MainTest(model);
  if (main == nullptr || !main->series) return part;
  part.html += "<div class=\"plots\">\n";
  const auto add = [&](const Histogram& values, std::string_view title) {
    AppendHistogram(values, {title, "ms", "requests", kNanosPerMilli}, part.html);
  };
  add(main->series->ttft, "TTFT, from the scheduled time");
  add(main->series->tpot, "TPOT");
  add(main->series->e2el, "End-to-end latency, from the scheduled time");
  part.html += "</div>\n";
  return part;
}

Part TimePart(const ReportModel& model) {
  Part part{"time", "Over time", {}, {}};
  for (const TestView& test : model.tests) {
    if (!test.series || !test.series->timeline) continue;
    part.html +=
        fmt::format("<h3>{} test</h3>\n<div class=\"plots\">\n", TestDirectoryName(test.test));
    AppendTimeline(*test.series->timeline, part.html);
    AppendMachine(test.series->machine, part.html);
    part.html += "</div>\n";
  }
  if (part.html.empty()) part.html = "<p>No request ended: there is no course.</p>\n";
  part.about =
      "Seconds after the first request was due. Running: between sent and done; waiting: due and "
      "not yet sent; both as means over each step. Below them what telemetry sampled of the "
      "machine.";
  return part;
}

Part TokenPart(const ReportModel& model) {
  Part part = Plain("tokens", "Tokens and characters", TokenSection(model));
  const TestView* main = MainTest(model);
  if (main == nullptr || !main->series) return part;
  part.html += "<div class=\"plots\">\n";
  AppendHistogram(main->series->output_tokens, {"Output length", "tokens", "requests", 1.0},
                  part.html);
  part.html += "</div>\n";
  return part;
}

Part SamplesPart(const ReportModel& model) {
  Part part{"samples",
            "Samples",
            "Scores in percent, lengths of the scored answers; latencies of "
            "the sample's first request in the main test, from the scheduled time.",
            {}};
  AppendSamples(model, part.html);
  return part;
}

// Every member below `value`, as the path to it and what stands there.
void Flatten(const std::string& path, const Json& value, Table& table) {
  if (value.is_structured() && !value.empty()) {
    for (const auto& [name, member] : value.items()) {
      std::string below = path.empty() ? name : path;
      if (!path.empty()) below.append(".").append(name);
      Flatten(below, member, table);
    }
    return;
  }
  table.rows.push_back({Foreign(path), value.is_string() ? Foreign(value.get<std::string>())
                                                         : Foreign(value.dump())});
}

void AppendRecord(std::string_view title, const Json& record, std::string& page) {
  Table table{{{"member", false}, {"value", false}}, {}};
  Flatten("", record, table);
  page += fmt::format("<details class=\"more\"><summary>{}</summary>\n", HtmlText(title));
  AppendTable(table, title, page);
  page += "</details>\n";
}

Part ContextPart(const ReportModel& model) {
  Part part = Plain("context", "What ran, on what", ContextSection(model));
  const Json report = ReportJson(model)["run"];
  AppendRecord("Configuration", report["configuration"], part.html);
  AppendRecord("Data set", report["dataset"], part.html);
  AppendRecord("Tokenizer", report["tokenizer"], part.html);
  AppendRecord("Host", report["host"], part.html);
  for (const TestView& test : model.tests) {
    if (!test.record) continue;
    AppendRecord(fmt::format("LoadGen's settings, {} test", TestDirectoryName(test.test)),
                 test.record->loadgen_settings, part.html);
  }
  return part;
}

Part FindingPart(const ReportModel& model) {
  Part part{"findings", "Findings", "What was found, and what to change.", {}};
  if (model.judgement) AppendBlocks(FindingBlocks(*model.judgement, kAll), "Findings", part.html);
  if (part.html.empty()) part.html = "<p>Nothing was found.</p>\n";
  return part;
}

std::vector<Part> PartsOf(const ReportModel& model) {
  std::vector<Part> parts;
  if (const auto state = StateSection(model)) parts.push_back(Plain("state", state->title, *state));
  parts.push_back(FindingPart(model));
  if (const auto section = RecommendationSection(model)) {
    parts.push_back(Plain("recommendations", section->title, *section));
  }
  Part scores{"scores", "Scores", ScoreSection(model).subtitle.text, {}};
  AppendScores(model, scores.html);
  parts.push_back(std::move(scores));
  parts.push_back(FiguresPart(model));
  parts.push_back(LatencyPart(model));
  if (const auto section = ToolSection(model)) {
    parts.push_back(Plain("tools", section->title, *section));
  }
  parts.push_back(TimePart(model));
  if (const auto section = MachineSection(model)) {
    parts.push_back(Plain("machine", section->title, *section));
  }
  parts.push_back(TokenPart(model));
  parts.push_back(SamplesPart(model));
  parts.push_back(ContextPart(model));
  parts.push_back({"definitions",
                   "How each number is defined",
                   {},
                   "<details class=\"more\"><summary>Show the definitions</summary><div "
                   "class=\"defs\">" +
                       std::string(kDefinitions) + "</div></details>\n"});
  return parts;
}

void AppendContents(const std::vector<Part>& parts, std::string& page) {
  page += "<nav class=\"toc\" aria-labelledby=\"contents\"><h2 id=\"contents\">Contents</h2><ol>\n";
  for (const Part& part : parts) {
    page += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", part.id, HtmlText(part.title));
  }
  page += "</ol></nav>\n";
}

void AppendFooter(const ReportModel& model, std::string& page) {
  page += fmt::format(
      "<footer><p>Made by Assay {}. This page needs no network; beside it stand report.json and "
      "samples.jsonl with all figures as data.</p>\n<details><summary>Plots by uPlot: its "
      "licence</summary><pre>{}</pre></details></footer>\n",
      HtmlText(model.run.assay_version), HtmlText(kPlotLibraryLicence));
}

}  // namespace

std::string RenderHtml(const ReportModel& model) {
  const std::string title =
      fmt::format("Assay: {} run of {}", ScenarioTitle(model.run.config.scenario),
                  BenchmarkName(model.run.config.benchmark));
  const std::vector<Part> parts = PartsOf(model);
  std::string page = Head(title);
  page +=
      "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<div class=\"frame\">\n";
  page += fmt::format("<header class=\"top\"><h1>{}</h1><p>{} · {}</p></header>\n", HtmlText(title),
                      HtmlText(model.run_dir.string()), HtmlText(model.run.started_utc));
  AppendVerdict(model, page);
  AppendTiles(model, page);
  page += "<div class=\"columns\">\n";
  AppendContents(parts, page);
  page += "<main id=\"main\" tabindex=\"-1\">\n";
  for (const Part& part : parts) {
    page += fmt::format(
        "<section class=\"part\" id=\"{0}\" aria-labelledby=\"{0}-title\">\n"
        "<h2 id=\"{0}-title\">{1}</h2>\n",
        part.id, HtmlText(part.title));
    if (!part.about.empty()) page += "<p class=\"about\">" + HtmlText(part.about) + "</p>\n";
    page += part.html + "</section>\n";
  }
  page += "</main>\n</div>\n";
  AppendFooter(model, page);
  page += fmt::format("</div>\n<script>{}</script>\n<script>{}</script>\n</body>\n</html>\n",
                      kPlotLibrary, kPageScript);
  return page;
}

}  // namespace assay
