// The plan of an experiment: which variants, how often, and in which order.

#ifndef ASSAY_COMPARE_EXPERIMENT_PLAN_H_
#define ASSAY_COMPARE_EXPERIMENT_PLAN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "assay/result.h"

#include "base/json.h"

namespace assay {

struct ExperimentVariant {
  std::string name;                  // of its folder: "model=F16" or "model=F16,slots=4"
  std::vector<std::string> options;  // of `assay run`: {"--model", "F16"}
};

struct PlannedRun {
  std::size_t round = 0;    // from 0
  std::size_t variant = 0;  // index
  std::string directory;    // relative to the experiment's: "model=F16/01"
};

struct ExperimentPlan {
  std::vector<std::string> vary;  // as given: "model=A,B"
  std::size_t repeat = 0;
  std::vector<std::string> options;  // of `assay run`, the same in every run
  std::vector<ExperimentVariant> variants;
  std::vector<PlannedRun> runs;  // in the order in which they are made
};

// `vary`: "NAME=VALUE,VALUE,...", NAME an option of `assay run` without its dashes; several of them
// are crossed. `repeat`: at least 1.
// Value: every variant once in each round. Round r begins with variant r (cyclically), so that in
// as many rounds as there are variants each stands once at each place; every other such set of
// rounds runs backwards, so that no variant always follows the same one. Errors: kInvalidArgument:
// not NAME=VALUE,..., a value twice, fewer than two variants.
[[nodiscard]] Result<ExperimentPlan> MakePlan(const std::vector<std::string>& vary,
                                              std::size_t repeat,
                                              const std::vector<std::string>& options);

// experiment.json.
[[nodiscard]] Json ToJson(const ExperimentPlan& plan);

}  // namespace assay

#endif  // ASSAY_COMPARE_EXPERIMENT_PLAN_H_
