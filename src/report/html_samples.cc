#include "report/html_samples.h"

#include <array>
#include <cmath>
#include <string_view>

#include "base/format.h"
#include "report/html_text.h"
#include "report/number_format.h"
#include "report/safe_text.h"

namespace assay {
namespace {

constexpr double kNanosPerMilli = 1e6;
constexpr double kPercent = 100.0;

struct SampleColumn {
  std::string_view title;
  int decimals = 0;
  bool text = false;
};
constexpr std::array<SampleColumn, 12> kColumns{{{"sample"},
                                                 {"rouge1", 2},
                                                 {"rouge2", 2},
                                                 {"rougeL", 2},
                                                 {"rougeLsum", 2},
                                                 {"characters"},
                                                 {"output tokens"},
                                                 {"TTFT ms", 1},
                                                 {"TPOT ms", 2},
                                                 {"E2EL ms", 1},
                                                 {"id", 0, true},
                                                 {"remark", 0, true}}};

// A number with no more digits than the table shows.
Json Rounded(double value, int decimals) {
  const double scale = decimals == 2 ? 100.0 : (decimals == 1 ? 10.0 : 1.0);
  return std::round(value * scale) / scale;
}

Json Millis(const std::optional<std::int64_t>& nanoseconds, int decimals) {
  if (!nanoseconds) return nullptr;
  return Rounded(static_cast<double>(*nanoseconds) / kNanosPerMilli, decimals);
}

Json RowJson(const SampleRow& row) {
  const auto score = [&](RougeScore SampleScore::*member) {
    return row.score ? Rounded(((*row.score).*member).fmeasure * kPercent, 2) : Json(nullptr);
  };
  return Json::array({row.index, score(&SampleScore::rouge1), score(&SampleScore::rouge2),
                      score(&SampleScore::rougeL), score(&SampleScore::rougeLsum),
                      row.score ? Json(row.score->gen_len) : Json(nullptr),
                      row.output_tokens ? Json(*row.output_tokens) : Json(nullptr),
                      Millis(row.ttft_ns, 1), Millis(row.tpot_ns, 2), Millis(row.e2el_ns, 1),
                      Printable(row.id), Printable(row.remark)});
}

Json TableJson(const ReportModel& model) {
  Json columns = Json::array();
  for (const SampleColumn& column : kColumns) {
    columns.push_back({{"text", column.text}, {"decimals", column.decimals}});
  }
  Json rows = Json::array();
  for (const SampleRow& row : model.samples) rows.push_back(RowJson(row));
  Json texts = Json::array();
  for (const SampleText& text : model.texts) texts.push_back(model.samples[text.row].index);
  return {{"columns", std::move(columns)}, {"rows", std::move(rows)}, {"texts", std::move(texts)}};
}

// Filled by the page's script; without it the texts below tell their figures.
void AppendFigures(const ReportModel& model, std::string& page) {
  page +=
      "<div id=\"sample-table\" hidden>\n<div class=\"tools\"><label for=\"sample-find\">Find an "
      "index, an id or a remark</label><input type=\"search\" id=\"sample-find\">"
      "<span id=\"sample-count\" role=\"status\"></span>"
      "<span id=\"sample-pages\"><button type=\"button\">Previous</button> "
      "<button type=\"button\">Next</button></span></div>\n"
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figures of every sample\">"
      "<table><thead><tr>";
  for (const SampleColumn& column : kColumns) {
    page += fmt::format("<th scope=\"col\"{}><button type=\"button\">{}</button></th>",
                        column.text ? "" : " class=\"n\"", column.title);
  }
  page +=
      "</tr></thead><tbody></tbody></table></div></div>\n<noscript><p>The sortable table of all "
      "samples needs the page's script. samples.jsonl beside this page has every sample's "
      "figures.</p></noscript>\n<script type=\"application/json\" id=\"sample-data\">";
  page += ScriptJson(TableJson(model));
  page += "</script>\n";
}

void AppendPart(std::string_view title, const std::optional<std::string>& text,
                std::string_view absent, std::string& page) {
  page += fmt::format("<div><h4>{}</h4>", title);
  if (text) {
    page += "<p dir=\"auto\">" + HtmlText(*text) + "</p>";
  } else {
    page += fmt::format("<p class=\"quiet\">{}</p>", absent);
  }
  page += "</div>\n";
}

void AppendText(const SampleRow& row, const SampleText& text, std::string& page) {
  page += fmt::format("<details class=\"sample\" id=\"sample-{0}\"><summary><b>Sample {0}</b>",
                      row.index);
  const auto add = [&page](const std::string& word) { page += " <span>" + word + "</span>"; };
  if (!text.why.empty()) add("<span class=\"strong\">" + HtmlText(text.why) + "</span>");
  if (row.score) {
    add("rougeL " + FormatFixed(row.score->rougeL.fmeasure * kPercent, 2));
    add("rouge1 " + FormatFixed(row.score->rouge1.fmeasure * kPercent, 2));
    add("rouge2 " + FormatFixed(row.score->rouge2.fmeasure * kPercent, 2));
    add("rougeLsum " + FormatFixed(row.score->rougeLsum.fmeasure * kPercent, 2));
    add(FormatCount(row.score->gen_len) + " characters");
  }
  if (row.output_tokens) add(FormatCount(*row.output_tokens) + " tokens");
  if (!row.remark.empty()) add("<span class=\"caution\">" + HtmlText(row.remark) + "</span>");
  page += "</summary>\n";
  if (!row.id.empty()) page += "<p class=\"quiet\">id " + HtmlText(row.id) + "</p>\n";
  page += "<div class=\"texts\">\n";
  AppendPart("Article", text.article, "not kept in this run", page);
  AppendPart("Reference", text.reference, "not kept in this run", page);
  AppendPart("Output", text.output, "no decoded answer", page);
  page += "</div></details>\n";
}

}  // namespace

void AppendSamples(const ReportModel& model, std::string& page) {
  if (model.samples.empty()) {
    page += "<p>No sample was asked.</p>\n";
    return;
  }
  AppendFigures(model, page);
  page += "<h3>Texts side by side</h3>\n<p class=\"quiet\">";
  if (model.texts.size() == model.samples.size()) {
    page += fmt::format("All {} samples.", FormatCount(model.texts.size()));
  } else {
    page += fmt::format(
        "{} Shown: {} of {}. The other outputs are in samples.jsonl, articles and references in "
        "inputs/samples.jsonl; <code>assay report --samples-in-html N</code> takes more.",
        ChoiceRule(model.most_texts), FormatCount(model.texts.size()),
        FormatCount(model.samples.size()));
  }
  page +=
      "</p>\n<div class=\"tools\"><label for=\"text-find\">Search these texts</label><input "
      "type=\"search\" id=\"text-find\"><span id=\"text-count\" role=\"status\"></span></div>\n";
  for (const SampleText& text : model.texts) AppendText(model.samples[text.row], text, page);
}

}  // namespace assay
