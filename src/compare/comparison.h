// Two or more variants side by side: what changed, by how much, and how sure that is.

#ifndef ASSAY_COMPARE_COMPARISON_H_
#define ASSAY_COMPARE_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/uncertainty.h"

#include "compare/run_view.h"
#include "compare/statistics.h"

namespace assay {

// One configuration; several runs of it are repetitions.
struct Variant {
  std::string name;
  std::vector<RunView> runs;  // at least one
};

// The probability that any difference at all is reported where there is none.
inline constexpr double kLevel = 0.05;

// One figure of base and variant.
struct ComparedFigure {
  std::string name;  // as in metrics.json, or a score's
  std::string unit;
  bool higher_is_better = false;
  bool is_score = false;       // compared by difference in points, others by ratio
  std::optional<double> base;  // of several runs: geometric mean (scores: mean)
  std::optional<double> value;
  std::optional<double> effect;      // ratio value / base, or difference value - base
  std::optional<Interval> interval;  // of the effect, 95 %, for this figure alone
  std::optional<double> p_value;     // of "no difference"
  std::optional<double> adjusted_p;  // Holm, over all tested figures of all variants
  bool differs = false;              // adjusted_p < kLevel
  std::optional<Estimate> estimate;  // that the test rests on
  // The smallest effect that is called different with probability 0.8 whatever the other tests
  // find: relative (0.05: five percent), of scores in points.
  std::optional<double> smallest_detectable;
  std::string method;  // "batches within one run each", "repeated runs", "samples"
  std::string
      untested;  // why there is no test; empty: there is one, or none is made of this figure
};

struct ConfigurationChange {
  std::string place;
  std::string base;
  std::string value;  // "absent" where it does not stand
};

struct OutputExample {
  std::uint64_t sample = 0;
  std::uint64_t first_token = 0;  // position of the first that differs
  std::string base;
  std::string value;
};

struct OutputComparison {
  std::uint64_t compared = 0;  // samples that both answered
  std::uint64_t differing = 0;
  std::optional<std::uint64_t> earliest_token;  // position of the first differing token
  std::optional<std::uint64_t> median_token;
  std::vector<OutputExample> examples;  // the earliest, at most three
};

struct VariantComparison {
  std::string name;
  std::size_t runs = 0;
  std::vector<std::string> verdicts;
  std::vector<ConfigurationChange> changes;
  std::vector<std::string> not_alike;  // what makes the comparison one of different questions
  std::string incomplete;  // a run that did not reach its end, of either side; empty: none
  std::vector<ComparedFigure> figures;
  OutputComparison outputs;
  // By which requests were paired is a matter of the method: within one run each.
  bool repeated = false;
};

struct Comparison {
  std::string base;
  std::size_t base_runs = 0;
  std::vector<std::string> base_verdicts;
  std::vector<VariantComparison> variants;
  std::uint64_t tests = 0;  // that Holm's adjustment counts
};

// `base` and `variants`: each with at least one run.
// Value: a function of the runs alone. docs/metrics.md, "Comparison", defines every number.
[[nodiscard]] Comparison Compare(const Variant& base, const std::vector<Variant>& variants);

// nullptr: there is no such figure.
[[nodiscard]] const ComparedFigure* FindFigure(const VariantComparison& variant,
                                               std::string_view name);

}  // namespace assay

#endif  // ASSAY_COMPARE_COMPARISON_H_
