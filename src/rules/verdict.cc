#include <algorithm>

#include "assay/finding.h"

namespace assay {

Verdict VerdictOf(const std::vector<Finding>& findings) {
  const auto any = [&findings](auto is) {
    return std::any_of(findings.begin(), findings.end(), is);
  };
  if (any([](const Finding& f) { return f.severity == Severity::kError; })) {
    return Verdict::kInvalid;
  }
  if (any([](const Finding& f) { return f.comparability; })) return Verdict::kNotComparable;
  return Verdict::kValid;
}

}  // namespace assay
