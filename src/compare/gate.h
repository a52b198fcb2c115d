// Does a comparison pass the thresholds and tests of a gate file? docs/formats.md, "Gates".

#ifndef ASSAY_COMPARE_GATE_H_
#define ASSAY_COMPARE_GATE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/result.h"

#include "compare/comparison.h"

namespace assay {

// One condition. Exactly one of the limits is given.
struct Gate {
  enum class Kind {
    kMinRatio,       // value / base is at least
    kMaxRatio,       // value / base is at most
    kMinDifference,  // value - base is at least (scores, points)
    kMin,            // the value itself is at least
    kMax,            // the value itself is at most
    kNotWorse,       // no worsening is significant
    kNotWorseBy,     // the whole interval lies above a worsening by so much (ratio: share; points)
    kMaxDiffering    // share of samples with other outputs is at most
  };
  std::string figure;  // empty for kMaxDiffering
  Kind kind = Kind::kMin;
  double limit = 0.0;
  std::string text;  // the condition in words
};

// Errors: kParse with `where` and the member that is wrong: an unknown one, none or two limits.
[[nodiscard]] Result<std::vector<Gate>> ParseGates(std::string_view json, const std::string& where);

struct GateResult {
  std::string variant;
  std::string gate;
  bool passed = false;
  std::string found;  // one line
};

// Value: each gate for each variant. A figure that is absent, or has no interval where one is
// needed, does not pass.
[[nodiscard]] std::vector<GateResult> Judge(const Comparison& comparison,
                                            const std::vector<Gate>& gates);

}  // namespace assay

#endif  // ASSAY_COMPARE_GATE_H_
