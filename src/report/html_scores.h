// The scores of a page: limits, intervals and a drawing of both.

#ifndef ASSAY_REPORT_HTML_SCORES_H_
#define ASSAY_REPORT_HTML_SCORES_H_

#include <string>

#include "report/report_model.h"

namespace assay {

// Nothing where no test was scored.
void AppendScores(const ReportModel& model, std::string& page);

}  // namespace assay

#endif  // ASSAY_REPORT_HTML_SCORES_H_
