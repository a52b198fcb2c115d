// The samples on a page: every one's figures, and texts side by side.

#ifndef ASSAY_REPORT_HTML_SAMPLES_H_
#define ASSAY_REPORT_HTML_SAMPLES_H_

#include <string>

#include "report/report_model.h"

namespace assay {

void AppendSamples(const ReportModel& model, std::string& page);

}  // namespace assay

#endif  // ASSAY_REPORT_HTML_SAMPLES_H_
