#include "run/compliance.h"

#include <string>

#include "record/run_directory.h"
#include "rules/test06_verifier.h"

namespace assay {

Status WriteTest06Text(const fs::path& run_dir, Scenario scenario) {
  const fs::path dir = TestDirectory(run_dir, TestKind::kCompliance);
  const fs::path log = dir / "mlperf_log_accuracy.json";
  const Result<std::string> bytes = ReadFile(log);
  if (!bytes) return Ok{};
  const Result<Test06Result> verified = VerifyTest06(*bytes, log.string(), scenario);
  if (!verified) return Ok{};
  return WriteFileAtomically(dir / kTest06TextFile, Test06Text(*verified));
}

}  // namespace assay
