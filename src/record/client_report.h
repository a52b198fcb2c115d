// The client's report of itself as it stands in test.json.

#ifndef ASSAY_RECORD_CLIENT_REPORT_H_
#define ASSAY_RECORD_CLIENT_REPORT_H_

#include <string>

#include "assay/client_report.h"
#include "assay/result.h"

#include "base/json.h"

namespace assay {

[[nodiscard]] Json ToJson(const ClientReport& report);
// `where` names the place in errors. Errors: kParse.
[[nodiscard]] Result<ClientReport> ClientReportFromJson(const Json& json, const std::string& where);

}  // namespace assay

#endif  // ASSAY_RECORD_CLIENT_REPORT_H_
