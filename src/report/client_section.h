// What the client of an endpoint added and could drive, on the page.

#ifndef ASSAY_REPORT_CLIENT_SECTION_H_
#define ASSAY_REPORT_CLIENT_SECTION_H_

#include <optional>

#include "report/document.h"
#include "report/report_model.h"

namespace assay {

// nullopt: the engine is embedded. Reads the calibration in the run's directory.
[[nodiscard]] std::optional<Section> ClientSection(const ReportModel& model);

}  // namespace assay

#endif  // ASSAY_REPORT_CLIENT_SECTION_H_
