// The parts of a report's document, from its model.

#ifndef ASSAY_REPORT_SECTIONS_H_
#define ASSAY_REPORT_SECTIONS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "report/document.h"
#include "report/report_model.h"

namespace assay {

// What ran, on what, with what.
[[nodiscard]] Section ContextSection(const ReportModel& model);
// What is missing of a run that did not reach its end, and how to look at the rest; nullopt:
// nothing is.
[[nodiscard]] std::optional<Section> StateSection(const ReportModel& model);
[[nodiscard]] Section ScoreSection(const ReportModel& model);
// Its parts: a line for each limit, and what stands below. `scored` has a score.
[[nodiscard]] Table LimitTable(const ReportModel& model, const CorpusScore& score);
[[nodiscard]] std::vector<Block> ScoreNotes(const ReportModel& model, const TestView& scored);
// "17.12 to 18.40".
[[nodiscard]] std::string IntervalText(const ScoreInterval& score);
[[nodiscard]] Section FigureSection(const ReportModel& model);
[[nodiscard]] Section LatencySection(const ReportModel& model);
// nullopt: no request completed.
[[nodiscard]] std::optional<Section> ToolSection(const ReportModel& model);
// nullopt: the run has no telemetry and looked at no machine.
[[nodiscard]] std::optional<Section> MachineSection(const ReportModel& model);
[[nodiscard]] Section TokenSection(const ReportModel& model);
// nullopt: the model has no excerpts.
[[nodiscard]] std::optional<Section> SampleSection(const ReportModel& model);
// nullopt: nothing follows from the figures.
[[nodiscard]] std::optional<Section> RecommendationSection(const ReportModel& model);
[[nodiscard]] Section VerdictSection(const ReportModel& model);
// Its parts: the verdict in words, the findings by weight (at most `most` of each), and what must
// be said of every unreviewed result.
[[nodiscard]] Text VerdictText(Verdict verdict);
[[nodiscard]] std::vector<Block> FindingBlocks(const Judgement& judgement, std::size_t most);
[[nodiscard]] std::string UnverifiedText(const ReportModel& model);

// All of them, in the order of the page.
[[nodiscard]] Document BuildDocument(const ReportModel& model);

}  // namespace assay

#endif  // ASSAY_REPORT_SECTIONS_H_
