// What the official verifier would leave of a run's compliance test.

#ifndef ASSAY_RUN_COMPLIANCE_H_
#define ASSAY_RUN_COMPLIANCE_H_

#include "assay/result.h"

#include "base/file.h"
#include "record/run_config.h"

namespace assay {

// Writes <run_dir>/TEST06/verify_accuracy.txt as the official verifier writes it, from the accuracy
// log beside it. Writes nothing where that verifier would end without a result (no log, no JSON,
// data that are no tokens): the verdict has a finding then. Errors: kIo.
[[nodiscard]] Status WriteTest06Text(const fs::path& run_dir, Scenario scenario);

}  // namespace assay

#endif  // ASSAY_RUN_COMPLIANCE_H_
