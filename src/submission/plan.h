// Which run gives which part of a package, and whether they fit together.

#ifndef ASSAY_SUBMISSION_PLAN_H_
#define ASSAY_SUBMISSION_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "assay/finding.h"

#include "submission/descriptions.h"
#include "submission/packed_run.h"

namespace assay {

// One scenario's result. The runs are the caller's.
struct PlannedResult {
  BenchmarkId benchmark = BenchmarkId::kLlama31_8b;
  Scenario scenario = Scenario::kOffline;
  const PackedRun* performance = nullptr;
  const PackedRun* accuracy = nullptr;
  const PackedRun* test06 = nullptr;  // null: there is none, and it is not needed
  std::vector<Finding> accepted;      // breaches that were let pass
};

struct Plan {
  Round round = Round::kV61;
  std::vector<PlannedResult> results;  // by benchmark and scenario
  // Why nothing is packed, a line each; empty: it can be. The first are of what is missing or does
  // not fit together, the others breaches of the rules.
  std::vector<std::string> problems;
  bool unofficial = false;  // among the problems are some that --accept-unofficial would let pass
};

// `asked`              the round that the caller names; absent: the runs'.
// `accept_unofficial`  data set, model and LoadGen release that are not the benchmark's or the
//                      round's stop nothing and are kept in `accepted`.
//
// Runs of one scenario share one result; each of its tests comes from one run, and all of them must
// agree in model, engine, data, tokenizer, prompt, lengths and LoadGen. Runs of different scenarios
// must agree in the model's name and precision.
[[nodiscard]] Plan MakePlan(const std::vector<PackedRun>& runs, const Descriptions& descriptions,
                            std::optional<Round> asked, bool accept_unofficial);

}  // namespace assay

#endif  // ASSAY_SUBMISSION_PLAN_H_
