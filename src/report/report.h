// A report of a run: for a terminal, as Markdown, as HTML, as JSON.

#ifndef ASSAY_REPORT_REPORT_H_
#define ASSAY_REPORT_REPORT_H_

#include <cstddef>
#include <string>

#include "base/json.h"
#include "report/report_model.h"

namespace assay {

inline constexpr std::size_t kTerminalWidth = 100;
inline constexpr std::size_t kLeastTerminalWidth = 60;

// Value: a page of lines of at most `width` columns (of kLeastTerminalWidth, where it is less).
// `colour`: with ANSI colours, which take no columns.
[[nodiscard]] std::string RenderTerminal(const ReportModel& model,
                                         std::size_t width = kTerminalWidth, bool colour = false);

// report.md: GitHub-flavoured Markdown. Nothing that comes from outside can act as markup.
[[nodiscard]] std::string RenderMarkdown(const ReportModel& model);

// report.html: one file that loads nothing. Nothing that comes from outside can act as markup or as
// a script; a content security policy allows the page's own two scripts alone. Everything but the
// plots and the sortable table of samples is there without them.
[[nodiscard]] std::string RenderHtml(const ReportModel& model);

// report.json. docs/formats.md lists its members.
[[nodiscard]] Json ReportJson(const ReportModel& model);

}  // namespace assay

#endif  // ASSAY_REPORT_REPORT_H_
