// Figures of a page: a plot that the page's script draws of the table of numbers below it.

#ifndef ASSAY_REPORT_HTML_PLOTS_H_
#define ASSAY_REPORT_HTML_PLOTS_H_

#include <string>
#include <string_view>

#include "metrics/histogram.h"
#include "metrics/machine_series.h"
#include "metrics/timeline.h"

namespace assay {

struct HistogramFigure {
  std::string_view title;
  std::string_view unit;     // of the values as shown: "ms", "tokens"
  std::string_view counted;  // "requests"
  double scale = 1.0;        // one shown unit in units of the values
};

// Bars, the share at or below, and the table of both. Nothing for a histogram without values.
void AppendHistogram(const Histogram& histogram, const HistogramFigure& figure, std::string& page);

// Output tokens per second and requests running, and below it requests waiting: they are often far
// more.
void AppendTimeline(const Timeline& timeline, std::string& page);

// What telemetry sampled: a figure for each unit, with the columns that have it.
void AppendMachine(const MachineSeries& series, std::string& page);

}  // namespace assay

#endif  // ASSAY_REPORT_HTML_PLOTS_H_
