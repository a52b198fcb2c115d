// What a page shows beyond the figures: distributions, courses, intervals, samples.

#ifndef ASSAY_REPORT_DETAILS_H_
#define ASSAY_REPORT_DETAILS_H_

#include <cstddef>

#include "report/report_model.h"
#include "rules/run_evidence.h"

namespace assay {

// Fills series, intervals, samples and texts of a model whose tests are filled, from the record.
// `most_texts`  samples to show with their texts.
void FillDetails(const RunEvidence& run, std::size_t most_texts, ReportModel& model);

}  // namespace assay

#endif  // ASSAY_REPORT_DETAILS_H_
