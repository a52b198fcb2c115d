#include "rules/accuracy_limits.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include "base/check.h"

namespace assay {
namespace {

double PrintedValue(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  ASSAY_CHECK(error == std::errc() && end == text.data() + text.size());
  return value;
}

AccuracyLimit Judge(std::string_view metric, double value, double reference, double lower,
                    std::optional<double> upper) {
  const double above = value - lower;
  return {.metric = metric,
          .value = value,
          .reference = reference,
          .lower = lower,
          .upper = upper,
          .difference = upper ? std::min(above, *upper - value) : above,
          .pass = value >= lower && (!upper || value <= *upper)};
}

}  // namespace

AccuracyFigures FiguresOf(const CorpusScore& score) {
  ASSAY_CHECK(score.gen_num > 0);
  return {PrintedValue(score.rouge1), PrintedValue(score.rouge2), PrintedValue(score.rougeL),
          PrintedValue(score.rougeLsum), static_cast<double>(score.gen_len)};
}

std::array<AccuracyLimit, 5> AccuracyLimits(const AccuracyFigures& figures,
                                            const BenchmarkRules& benchmark) {
  const auto rouge = [](std::string_view metric, double value, double reference) {
    return Judge(metric, value, reference, reference * kRougeShare, std::nullopt);
  };
  const AccuracyReference& reference = benchmark.accuracy;
  return {rouge("rouge1", figures.rouge1, reference.rouge1),
          rouge("rouge2", figures.rouge2, reference.rouge2),
          rouge("rougeL", figures.rougeL, reference.rougeL),
          rouge("rougeLsum", figures.rougeLsum, reference.rougeLsum),
          Judge("gen_len", figures.gen_len, reference.gen_len, reference.gen_len * kGenLenLowShare,
                reference.gen_len * kGenLenHighShare)};
}

}  // namespace assay
