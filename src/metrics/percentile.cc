#include "assay/percentile.h"

#include <cmath>

#include "base/format.h"

namespace assay {

Result<std::size_t> PercentileRank(std::size_t n, double fraction) {
  if (n == 0) return Error{ErrorCode::kInvalidArgument, "percentile of no samples"};
  // Written so that NaN fails too.
  if (!(fraction >= 0.0 && fraction < 1.0)) {
    return MakeError(ErrorCode::kInvalidArgument, "percentile fraction {} is not in [0, 1)",
                     fraction);
  }
  return static_cast<std::size_t>(std::floor(static_cast<double>(n) * fraction));
}

bool PercentileIsSupported(std::size_t n, double fraction) {
  if (!PercentileRank(n, fraction)) return false;
  // Not n * (1 - fraction) >= 1: 1 - 0.9 is a little less than 0.1, while 10 * 0.9 is exactly 9.
  return static_cast<double>(n) * fraction <= static_cast<double>(n - 1);
}

Result<Nanos> PercentileOf(std::span<const Nanos> sorted, double fraction) {
  ASSAY_ASSIGN_OR_RETURN(const std::size_t rank, PercentileRank(sorted.size(), fraction));
  return sorted[rank];
}

}  // namespace assay
