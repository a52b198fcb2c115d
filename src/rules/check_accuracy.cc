#include "rules/check_accuracy.h"

#include <algorithm>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::array<const Rule*, 5> kLimitRules{&rule::kAccuracyRouge1, &rule::kAccuracyRouge2,
                                                 &rule::kAccuracyRougeL, &rule::kAccuracyRougeLsum,
                                                 &rule::kAccuracyGenLen};

std::string NeededOf(const AccuracyLimit& limit) {
  if (!limit.upper) {
    return fmt::format("at least {:.8g} (99 % of {})", limit.lower, limit.reference);
  }
  return fmt::format("from {:.8g} to {:.8g} characters (within 10 % of {})", limit.lower,
                     *limit.upper, Grouped(static_cast<std::uint64_t>(limit.reference)));
}

std::string FoundOf(const AccuracyLimit& limit) {
  return limit.upper
             ? fmt::format("{} characters", Grouped(static_cast<std::uint64_t>(limit.value)))
             : fmt::format("{}", limit.value);
}

void CheckCharacters(const AccuracyEvidence& evidence, Findings& findings) {
  if (!evidence.tokens) return;
  findings.Note(rule::kCharacters,
                {.message = fmt::format(
                     "gen_len {} is characters, not tokens: the {} answers hold {} tokens.",
                     Grouped(static_cast<std::uint64_t>(evidence.figures.gen_len)),
                     Grouped(evidence.samples), Grouped(*evidence.tokens)),
                 .found = fmt::format("{} characters, {} tokens",
                                      Grouped(static_cast<std::uint64_t>(evidence.figures.gen_len)),
                                      Grouped(*evidence.tokens)),
                 .needed = "both numbers under their own names",
                 .file = evidence.file});
}

}  // namespace

void CheckDataset(const DatasetFacts& dataset, const Scope& scope, Findings& findings) {
  const BenchmarkRules& benchmark = *scope.benchmark;
  if (dataset.identity == benchmark.dataset_identity) return;
  findings.Breach(
      rule::kDatasetIdentity,
      {.message = fmt::format("The data set is not {}{}.", benchmark.dataset,
                              dataset.bundled_sample ? ": it is the bundled sample" : ""),
       .found = fmt::format("{} record(s), SHA-256 {}", Grouped(dataset.count), dataset.sha256),
       .needed =
           fmt::format("{}, {} samples", benchmark.dataset_file, Grouped(benchmark.sample_count)),
       .fix = fmt::format("use {}; the README says where it comes from", benchmark.dataset_file),
       .file = dataset.file});
  if (dataset.near_duplicates == 0) return;
  findings.Breach(
      rule::kNearDuplicates,
      {.message = fmt::format(
           "{} of {} articles are near-copies of one another, as a template with "
           "a counter in it makes them: they measure {} text(s).",
           Grouped(dataset.near_duplicates), Grouped(dataset.articles),
           Grouped(dataset.near_duplicate_clusters + dataset.articles - dataset.near_duplicates)),
       .found = fmt::format("{} group(s) of near-copies", Grouped(dataset.near_duplicate_clusters)),
       .needed = "articles that are texts of their own",
       .fix = fmt::format("use {}", benchmark.dataset_file),
       .file = dataset.file});
}

void CheckCoverage(std::uint64_t asked, TestKind test, const std::string& file, const Scope& scope,
                   Findings& findings) {
  const std::uint64_t needed = scope.benchmark->sample_count;
  if (asked == needed) return;
  findings.Breach(
      rule::kCoverage,
      {.message = fmt::format("The {} test covers {} of the data set's {} samples ({:.2g} %).",
                              TestDirectoryName(test), Grouped(asked), Grouped(needed),
                              100.0 * static_cast<double>(asked) / static_cast<double>(needed)),
       .found = fmt::format("{} samples", Grouped(asked)),
       .needed = fmt::format("{} samples", Grouped(needed)),
       .fix = "run the whole data set",
       .file = file});
}

void CheckAccuracy(const AccuracyEvidence& evidence, const Scope& scope, Findings& findings) {
  const auto limits = AccuracyLimits(evidence.figures, *scope.benchmark);
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const AccuracyLimit& limit = limits.at(i);
    if (limit.pass) continue;
    FindingText text{.message = fmt::format("{} is {} its limit{}.", limit.metric,
                                            limit.value < limit.lower ? "below" : "above",
                                            evidence.judged ? "" : " (shown, not judged)"),
                     .found = FoundOf(limit),
                     .needed = NeededOf(limit),
                     .file = evidence.file};
    if (evidence.judged) {
      findings.Error(*kLimitRules.at(i), std::move(text));
    } else {
      findings.Note(*kLimitRules.at(i), std::move(text));
    }
  }
  CheckCharacters(evidence, findings);
  const auto kept = static_cast<std::size_t>(
      std::count_if(limits.begin(), limits.end(), [](const AccuracyLimit& l) { return l.pass; }));
  if (evidence.judged && kept == limits.size()) return;
  findings.Note(
      rule::kAllLimits,
      {.message = evidence.judged
                      ? fmt::format("{} of {} limits are kept: a share of passed limits is "
                                    "not a pass, there is no percentage of compliance.",
                                    kept, limits.size())
                      : fmt::format("{} of {} limits are reached, which says nothing here: "
                                    "{}. A share of passed limits is not a pass, there is "
                                    "no percentage of compliance.",
                                    kept, limits.size(), evidence.why_not_judged),
       .found = fmt::format("{} of {}", kept, limits.size()),
       .needed =
           fmt::format("{} of {} on the whole official data set", limits.size(), limits.size()),
       .file = evidence.file});
}

}  // namespace assay
