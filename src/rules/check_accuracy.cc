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
    return fmt::format("at least {:.8g} ({:.0f} % of {})", limit.lower, 100 * kRougeShare,
                       limit.reference);
  }
  return fmt::format("from {:.8g} to {:.8g} characters ({:.0f} to {:.0f} % of {})", limit.lower,
                     *limit.upper, 100 * kGenLenLowShare, 100 * kGenLenHighShare,
                     Grouped(static_cast<std::uint64_t>(limit.reference)));
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

// Real collections hold near-copies: 0.4 % of an encyclopedia's articles, 3 % of web pages, 14 % of
// news wires (Lee et al., "Deduplicating Training Data Makes Language Models Better", ACL 2022,
// table 2). More than this share is a template's doing.
constexpr double kTemplateShare = 0.2;

void CheckNearDuplicates(const DatasetFacts& dataset, const BenchmarkRules& benchmark,
                         Findings& findings) {
  if (dataset.near_duplicates == 0) return;
  const double share = static_cast<double>(dataset.near_duplicates) /
                       static_cast<double>(std::max<std::uint64_t>(dataset.articles, 1));
  const bool is_template = share > kTemplateShare;
  FindingText text{
      .message = fmt::format(
          "{} of {} articles are near-copies of one another{}: they measure {} text(s).",
          Grouped(dataset.near_duplicates), Grouped(dataset.articles),
          is_template ? ", as a template with a counter in it makes them" : "",
          Grouped(dataset.near_duplicate_clusters + dataset.articles - dataset.near_duplicates)),
      .found = fmt::format("{} group(s) of near-copies", Grouped(dataset.near_duplicate_clusters)),
      .needed = "articles that are texts of their own",
      .fix = fmt::format("use {}", benchmark.dataset_file),
      .file = dataset.file};
  if (is_template) {
    findings.Breach(rule::kNearDuplicates, std::move(text));
  } else {
    findings.Note(rule::kNearDuplicates, std::move(text));
  }
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
  CheckNearDuplicates(dataset, benchmark, findings);
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
                     .fix = evidence.judged ? "the answers must be the reference's in quality: "
                                              "check precision, prompt, tokenizer and length limits"
                                            : "",
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
