// A whole run for the tests of this module, made of a hand-made journal and LoadGen log.

#ifndef ASSAY_REPORT_TEST_MODEL_H_
#define ASSAY_REPORT_TEST_MODEL_H_

#include "report/report_model.h"

namespace assay {

// An Offline run of 24 samples, both tests complete, judged not comparable.
[[nodiscard]] ReportModel CompleteRun();
// The same run killed in the middle of the performance test.
[[nodiscard]] ReportModel KilledRun();

}  // namespace assay

#endif  // ASSAY_REPORT_TEST_MODEL_H_
