#include "report/html_scores.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "report/html_blocks.h"
#include "report/html_text.h"
#include "report/sections.h"
#include "rules/accuracy_limits.h"

namespace assay {
namespace {

constexpr double kDrawingWidth = 240.0;

// Where values lie between the least and the largest of them, with a margin.
class Scale {
 public:
  explicit Scale(const std::vector<double>& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const double margin = std::max((*most - *least) * 0.08, 1e-9);
    least_ = *least - margin;
    span_ = *most - *least + 2.0 * margin;
  }
  [[nodiscard]] double At(double value) const {
    return std::clamp((value - least_) / span_, 0.0, 1.0) * kDrawingWidth;
  }

 private:
  double least_ = 0.0;
  double span_ = 1.0;
};

// What passes as a band, the interval as a bar, the score as a dot.
std::string Drawing(const AccuracyLimit& limit, const ScoreInterval* interval) {
  std::vector<double> values{limit.value, limit.lower};
  if (limit.upper) values.push_back(*limit.upper);
  if (interval != nullptr) {
    values.push_back(interval->interval.low);
    values.push_back(interval->interval.high);
  }
  const Scale scale(values);
  const double from = scale.At(limit.lower);
  const double to = limit.upper ? scale.At(*limit.upper) : kDrawingWidth;
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} 20\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<line class=\"rule\" x1=\"0\" y1=\"10\" x2=\"{0:.0f}\" y2=\"10\"/>"
      "<rect class=\"passes\" x=\"{1:.1f}\" y=\"2\" width=\"{2:.1f}\" height=\"16\"/>",
      kDrawingWidth, from, to - from);
  if (interval != nullptr) {
    const double low = scale.At(interval->interval.low);
    const double width = std::max(scale.At(interval->interval.high) - low, 1.0);
    svg +=
        fmt::format("<rect class=\"interval\" x=\"{:.1f}\" y=\"7\" width=\"{:.1f}\" height=\"6\"/>",
                    low, width);
  }
  return svg + fmt::format(
                   "<rect class=\"score\" x=\"{:.1f}\" y=\"3\" width=\"2.5\" height=\"14\"/></svg>",
                   scale.At(limit.value) - 1.25);
}

const ScoreInterval* IntervalOf(const ReportModel& model, std::string_view metric) {
  for (const ScoreInterval& score : model.intervals) {
    if (score.metric == metric) return &score;
  }
  return nullptr;
}

void AppendRow(const std::vector<Text>& cells, const AccuracyLimit& limit,
               const ScoreInterval* interval, std::string& page) {
  page += "<tr><th scope=\"row\">" + HtmlSpan(cells[0]) + "</th><td class=\"n\">" +
          HtmlSpan(cells[1]) + "</td><td class=\"n\">" +
          (interval != nullptr ? IntervalText(*interval) : std::string("n/a")) + "</td><td>" +
          Drawing(limit, interval) + "</td>";
  for (std::size_t i = 2; i < cells.size(); ++i) {
    page += (i + 1 < cells.size() ? "<td class=\"n\">" : "<td class=\"words\">") +
            HtmlSpan(cells[i]) + "</td>";
  }
  page += "</tr>\n";
}

}  // namespace

void AppendScores(const ReportModel& model, std::string& page) {
  const TestView* scored = ScoredTest(model);
  if (scored == nullptr || scored->score->gen_num == 0) {
    AppendBlocks(ScoreSection(model).blocks, "Scores", page);
    return;
  }
  const Table table = LimitTable(model, *scored->score);
  const auto limits = AccuracyLimits(FiguresOf(*scored->score),
                                     RulesOf(RoundOf(model), model.run.config.benchmark));
  page +=
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Scores and limits\">"
      "<table><caption>The interval is the 95 % bootstrap interval over the answers. In the "
      "drawing: what passes (band), the interval (bar), the score (mark).</caption><thead><tr>"
      "<th scope=\"col\">metric</th><th scope=\"col\" class=\"n\">score (unverified)</th>"
      "<th scope=\"col\" class=\"n\">95 % interval</th><th scope=\"col\">score and limit</th>"
      "<th scope=\"col\" class=\"n\">limit</th><th scope=\"col\" class=\"n\">difference</th>"
      "<th scope=\"col\">judged</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < limits.size(); ++i) {
    AppendRow(table.rows[i], limits[i], IntervalOf(model, limits[i].metric), page);
  }
  page += "</tbody></table></div>\n";
  AppendBlocks(ScoreNotes(model, *scored), "Scores of other tests", page);
}

}  // namespace assay
