// The highest rate at which a Server or Interactive run would have kept its latency limits, as far
// as its log lets one say.

#ifndef ASSAY_RULES_SUPPORTED_RATE_H_
#define ASSAY_RULES_SUPPORTED_RATE_H_

#include <optional>
#include <string>

#include "record/loadgen_log.h"
#include "rules/rounds.h"

namespace assay {

struct SupportedRate {
  double qps = 0.0;
  std::string method;  // how it was estimated: a clause for people
};

// An estimate from one run's figures, on the careful side; a run at that rate is the proof.
//
// Value: where answers were completed at less than 95 % of the scheduled rate, the queue grew as
// long as the test lasted: 90 % of the completed rate. Otherwise, for TTFT and TPOT each, the rate
// at which a straight line from the least value (as at no load) to the 99th percentile (as at this
// rate) crosses the limit, since latency rises faster than the rate; the smaller of the two.
// nullopt: the log lacks a figure, the limits are kept, or the least value is above its limit: no
// rate will do.
[[nodiscard]] std::optional<SupportedRate> HighestSupportedRate(const LoadgenDetailLog& log,
                                                                const ScenarioRules& scenario);

}  // namespace assay

#endif  // ASSAY_RULES_SUPPORTED_RATE_H_
