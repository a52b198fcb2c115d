// What follows from a run's figures for the next run. Findings say what is wrong by a rule; a
// recommendation says what the figures suggest, and on which of them it rests.

#ifndef ASSAY_REPORT_RECOMMENDATIONS_H_
#define ASSAY_REPORT_RECOMMENDATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "report/report_model.h"

namespace assay {

// Value: in the order of docs/metrics.md, "Recommendations", which defines when each fires; empty
// where nothing follows. `model` has its tests, samples and round filled.
[[nodiscard]] std::vector<Recommendation> Recommend(const ReportModel& model);

}  // namespace assay

#endif  // ASSAY_REPORT_RECOMMENDATIONS_H_
