#include <string>

#include "report/number_format.h"
#include "report/sections.h"

namespace assay {
namespace {

Text MillisCell(const std::optional<double>& milliseconds) {
  if (!milliseconds) return {std::string(kNotAvailable), Tone::kQuiet};
  const double ms = *milliseconds;
  return {FormatFixed(ms, ms >= 10'000.0 ? 0 : (ms >= 1000.0 ? 1 : (ms >= 10.0 ? 2 : 3)))};
}

}  // namespace

std::optional<Section> ToolSection(const ReportModel& model) {
  const TestView* main = MainTest(model);
  if (main == nullptr || !main->series || main->series->e2el.total == 0) return std::nullopt;
  Section section{
      "Other tools' definitions", Text("the same requests, as each tool would print them"), {}};
  Table table{{{"ms", false}, {"", false}, {"mean"}, {"median"}, {"p99"}, {"counted", false}}, {}};
  std::string_view metric;
  for (const ToolFigure& figure : main->series->tools) {
    const bool again = figure.metric == metric;
    metric = figure.metric;
    table.rows.push_back({Text(again ? std::string() : std::string(metric), Tone::kStrong),
                          Text(std::string(figure.tool)), MillisCell(figure.mean_ms),
                          MillisCell(figure.median_ms), MillisCell(figure.p99_ms),
                          Text(std::string(figure.definition), Tone::kQuiet)});
  }
  section.blocks.emplace_back(std::move(table));
  return section;
}

}  // namespace assay
