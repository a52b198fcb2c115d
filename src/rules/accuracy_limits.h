// The five accuracy limits of the benchmark.

#ifndef ASSAY_RULES_ACCURACY_LIMITS_H_
#define ASSAY_RULES_ACCURACY_LIMITS_H_

#include <array>
#include <optional>
#include <string_view>

#include "assay/scoring.h"

#include "rules/rounds.h"

namespace assay {

// The figures as they are printed, since the checker reads them from accuracy.txt: ROUGE in
// percent, rounded to four decimals; gen_len in characters.
struct AccuracyFigures {
  double rouge1 = 0.0;
  double rouge2 = 0.0;
  double rougeL = 0.0;     // NOLINT(readability-identifier-naming): the field's name
  double rougeLsum = 0.0;  // NOLINT(readability-identifier-naming)
  double gen_len = 0.0;
};
// REQUIRES: score.gen_num > 0.
[[nodiscard]] AccuracyFigures FiguresOf(const CorpusScore& score);

struct AccuracyLimit {
  std::string_view metric;  // "rouge1", ..., "gen_len"
  double value = 0.0;
  double reference = 0.0;       // what the reference reaches
  double lower = 0.0;           // the least that passes
  std::optional<double> upper;  // the most that passes; gen_len only
  // value - lower or, where it is smaller, upper - value: negative if a limit is broken.
  double difference = 0.0;
  bool pass = false;
};

// Value: in the order rouge1, rouge2, rougeL, rougeLsum, gen_len. A limit is kept by the value that
// equals it.
// Source: constants.py accuracy-target and accuracy-upper-limit, accuracy_check.py.
[[nodiscard]] std::array<AccuracyLimit, 5> AccuracyLimits(const AccuracyFigures& figures,
                                                          const BenchmarkRules& benchmark);

}  // namespace assay

#endif  // ASSAY_RULES_ACCURACY_LIMITS_H_
