// The calibration that a run directory holds, read and measured.

#ifndef ASSAY_CALIBRATION_CALIBRATION_H_
#define ASSAY_CALIBRATION_CALIBRATION_H_

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "calibration/client_cost.h"

namespace assay {

struct Calibration {
  std::optional<ClientCost> cost;          // absent: the paced phase did not come to its end
  std::optional<ClientCapacity> capacity;  // absent: the burst did not
  std::vector<std::string> problems;       // why something is absent, one line each
};

// nullopt: the run has none. What cannot be read is in `problems`.
[[nodiscard]] std::optional<Calibration> ReadCalibration(const fs::path& run_dir);

// `tokens_per_s`: the most output tokens that the run itself took in a second.
// Value: that, as a share of what the client can drive; absent where either is not known.
[[nodiscard]] std::optional<double> CapacityUsed(const Calibration& calibration,
                                                 std::optional<double> tokens_per_s);

// docs/formats.md, metrics.json: `calibration`.
[[nodiscard]] Json ToJson(const Calibration& calibration, std::optional<double> tokens_per_s);

}  // namespace assay

#endif  // ASSAY_CALIBRATION_CALIBRATION_H_
