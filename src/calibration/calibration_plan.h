// How a run's client is calibrated: two short runs of the same client against the null server.

#ifndef ASSAY_CALIBRATION_CALIBRATION_PLAN_H_
#define ASSAY_CALIBRATION_CALIBRATION_PLAN_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "null_server/answer_plan.h"
#include "record/run_config.h"

namespace assay {

enum class CalibrationPhase {
  kPaced,  // at the run's rate: what the client adds
  kBurst,  // without pauses: what it can drive
};
inline constexpr std::array kCalibrationPhases{CalibrationPhase::kPaced, CalibrationPhase::kBurst};

// <run_dir>/calibration/paced, <run_dir>/calibration/burst: run directories of their own, with the
// null server's log in server.jsonl.
[[nodiscard]] fs::path PhaseDirectory(const fs::path& run_dir, CalibrationPhase phase);
[[nodiscard]] fs::path ServerLogPath(const fs::path& phase_dir);

struct CalibrationPlan {
  RunConfig config;     // without the null server's URL
  AnswerScript script;  // of the null server
};

// `run`  of an endpoint. `rate`: requests per second that it schedules; absent where it schedules
// none ahead.
//
// Value: the run's client, prompts, longest answers, streaming and concurrency, and
//   paced   at the run's rate, but at least 40 per second, so that three seconds tell a 99th
//           percentile (Offline, which has no rate: 40; SingleStream: one after the other);
//           TTFT uniform from 10 to 30 ms, TPOT 5 ms or less, so that an answer takes a second at
//           most (SingleStream: 5 ms and 0.1 ms)
//   burst   Offline, no pauses, about 250,000 tokens, or 20,000 answers where they come whole.
[[nodiscard]] CalibrationPlan PlanCalibration(CalibrationPhase phase, const RunConfig& run,
                                              std::optional<double> rate);

}  // namespace assay

#endif  // ASSAY_CALIBRATION_CALIBRATION_PLAN_H_
