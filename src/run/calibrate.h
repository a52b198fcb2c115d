// Calibrates a run's client before the run.

#ifndef ASSAY_RUN_CALIBRATE_H_
#define ASSAY_RUN_CALIBRATE_H_

#include <string>

#include "assay/result.h"

#include "base/file.h"
#include "record/run_directory.h"

namespace assay {

// Runs both phases (calibration/calibration_plan.h) of the run in `run_dir` and leaves them in
// <run_dir>/calibration: each a child process under LoadGen, and the null server another.
// A phase that fails says so in its record, and a finding will; it is no error here.
//
// `record`     the run's, of an endpoint.
// `test_verb`  by which this program runs a test.
// Value: false if a signal came; it then ends at once.
// Errors: kIo if a process cannot be started or a file not be written.
// REQUIRES: as SuperviseTest.
[[nodiscard]] Result<bool> Calibrate(const fs::path& run_dir, const RunRecord& record,
                                     const std::string& test_verb);

}  // namespace assay

#endif  // ASSAY_RUN_CALIBRATE_H_
