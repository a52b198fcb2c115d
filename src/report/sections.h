// The parts of a report's document, from its model.

#ifndef ASSAY_REPORT_SECTIONS_H_
#define ASSAY_REPORT_SECTIONS_H_

#include <optional>

#include "report/document.h"
#include "report/report_model.h"

namespace assay {

// What ran, on what, with what.
[[nodiscard]] Section ContextSection(const ReportModel& model);
// What is missing of a run that did not reach its end, and how to look at the rest; nullopt:
// nothing is.
[[nodiscard]] std::optional<Section> StateSection(const ReportModel& model);
[[nodiscard]] Section ScoreSection(const ReportModel& model);
[[nodiscard]] Section FigureSection(const ReportModel& model);
[[nodiscard]] Section LatencySection(const ReportModel& model);
[[nodiscard]] Section TokenSection(const ReportModel& model);
// nullopt: the model has no excerpts.
[[nodiscard]] std::optional<Section> SampleSection(const ReportModel& model);
[[nodiscard]] Section VerdictSection(const ReportModel& model);

// All of them, in the order of the page.
[[nodiscard]] Document BuildDocument(const ReportModel& model);

}  // namespace assay

#endif  // ASSAY_REPORT_SECTIONS_H_
