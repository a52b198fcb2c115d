#include "report/html_plots.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/format.h"
#include "report/html_text.h"
#include "report/number_format.h"

namespace assay {
namespace {

constexpr double kNanosPerSecond = 1e9;

// Of telemetry, by unit.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kMachineFigures{
    {{"%", "Processors in use"},
     {"MiB", "Memory"},
     {"W", "Power"},
     {"requests", "Requests at the servers, by their own count"},
     {"% of the KV cache", "KV cache of the servers"}}};

constexpr std::string_view kEndOfFigure = "</tbody></table></div></details></figure>\n";

// `plot` is how page.js draws it; `head` the cells of the table's head.
std::string FigureStart(std::string_view title, std::string_view plot, std::string_view attributes,
                        std::string_view head) {
  return fmt::format(
      "<figure data-plot=\"{1}\" {2}><figcaption>{0}</figcaption>"
      "<div class=\"plot\" role=\"img\" aria-label=\"Plot of the numbers below: {0}\"></div>"
      "<details><summary>Numbers of this plot</summary>"
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><thead><tr>"
      "{3}</tr></thead><tbody>\n",
      title, plot, attributes, head);
}

std::string Head(std::string_view title, std::string_view unit = "") {
  return fmt::format("<th scope=\"col\" class=\"n\" data-unit=\"{}\">{}</th>", unit, title);
}

std::string Cell(const std::string& number) {
  return "<td class=\"n\">" + number + "</td>";
}

// As many decimals as the edges of bins of this width need.
int DecimalsFor(double width) {
  return width >= 1.0 ? 0 : static_cast<int>(std::ceil(-std::log10(width)));
}

}  // namespace

void AppendHistogram(const Histogram& histogram, const HistogramFigure& figure, std::string& page) {
  if (histogram.total == 0) return;
  const std::string unit(figure.unit);
  page += FigureStart(figure.title, "histogram",
                      fmt::format("data-unit=\"{}\" data-count=\"{}\"", unit, figure.counted),
                      Head("from, " + unit) + Head("to below, " + unit) + Head(figure.counted) +
                          Head("below the end, %"));
  const auto shown = [&](std::int64_t value) { return static_cast<double>(value) / figure.scale; };
  const int decimals = DecimalsFor(shown(histogram.width));
  const auto total = static_cast<double>(histogram.total);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    below += histogram.counts[i];
    page += "<tr>" + Cell(FormatFixed(shown(histogram.Edge(i)), decimals)) +
            Cell(FormatFixed(shown(histogram.Edge(i + 1)), decimals)) +
            Cell(FormatCount(histogram.counts[i])) +
            Cell(FormatFixed(100.0 * static_cast<double>(below) / total, 2)) + "</tr>\n";
  }
  if (histogram.above > 0) {
    page += "<tr data-apart=\"above\">" +
            Cell(FormatFixed(shown(histogram.Edge(histogram.counts.size())), decimals)) +
            Cell("and more, not in the plot") + Cell(FormatCount(histogram.above)) +
            Cell("100.00") + "</tr>\n";
  }
  page += kEndOfFigure;
}

void AppendTimeline(const Timeline& timeline, std::string& page) {
  const double width = static_cast<double>(timeline.bin_ns) / kNanosPerSecond;
  const int decimals = DecimalsFor(width);
  const auto from = [&](std::size_t i) {
    return "<tr>" + Cell(FormatFixed(static_cast<double>(i) * width, decimals));
  };
  page += FigureStart(
      "Output tokens and requests running", "lines", "class=\"wide\"",
      Head("from, s") + Head("output tokens/s", "tokens/s") + Head("requests running", "requests"));
  for (std::size_t i = 0; i < timeline.bins.size(); ++i) {
    page += from(i) + Cell(FormatRate(timeline.bins[i].output_tokens_per_s)) +
            Cell(FormatFixed(timeline.bins[i].running, 2)) + "</tr>\n";
  }
  page += kEndOfFigure;
  page += FigureStart("Requests waiting", "lines", "class=\"wide\" data-low=\"low\"",
                      Head("from, s") + Head("requests waiting", "requests"));
  for (std::size_t i = 0; i < timeline.bins.size(); ++i) {
    page += from(i) + Cell(FormatFixed(timeline.bins[i].waiting, 2)) + "</tr>\n";
  }
  page += kEndOfFigure;
}

void AppendMachine(const MachineSeries& series, std::string& page) {
  for (const auto& [unit, title] : kMachineFigures) {
    std::string head = Head("at, s");
    std::vector<const MachineSeries::Column*> columns;
    for (const MachineSeries::Column& column : series.columns) {
      if (column.unit != unit) continue;
      columns.push_back(&column);
      head += Head(HtmlText(column.name), unit);
    }
    if (columns.empty()) continue;
    page += FigureStart(title, "lines", "class=\"wide\" data-low=\"low\"", head);
    for (std::size_t i = 0; i < series.seconds.size(); ++i) {
      page += "<tr>" + Cell(FormatFixed(series.seconds[i], 3));
      for (const MachineSeries::Column* column : columns) {
        page += Cell(FormatFixed(column->values[i], unit == "%" ? 1 : 2));
      }
      page += "</tr>\n";
    }
    page += kEndOfFigure;
  }
}

}  // namespace assay
