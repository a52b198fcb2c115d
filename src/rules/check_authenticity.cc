#include "rules/check_authenticity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/format.h"
#include "rules/loadgen_queries.h"

namespace assay {
namespace {

constexpr std::string_view kLibrary = "what LoadGen generates where it is built with libstdc++";
// LoadGen prints a rate with six digits.
constexpr std::size_t kPrintedDigits = 6;
constexpr double kPrintedPrecision = 1e-5;

std::optional<std::vector<std::uint64_t>> LoadedSetOf(const LoadgenEntry& entry) {
  if (!entry.value.is_array()) return std::nullopt;
  std::vector<std::uint64_t> set;
  set.reserve(entry.value.size());
  for (const Json& index : entry.value) {
    if (!index.is_number_unsigned()) return std::nullopt;
    set.push_back(index.get<std::uint64_t>());
  }
  return set;
}

std::size_t FirstDifference(const std::vector<std::uint64_t>& a,
                            const std::vector<std::uint64_t>& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(in_a - a.begin());
}

// As many indices as there must be, each of them a sample, none twice.
bool IsPossible(std::vector<std::uint64_t> set, const QuerySettings& settings,
                std::size_t expected_size) {
  std::sort(set.begin(), set.end());
  return set.size() == expected_size && !set.empty() && set.back() < settings.total_samples &&
         std::adjacent_find(set.begin(), set.end()) == set.end();
}

class AuthenticityCheck {
 public:
  AuthenticityCheck(const LoadgenEvidence& evidence, QuerySettings settings,
                    GeneratedQueries queries, Findings& findings)
      : evidence_(evidence),
        log_(*evidence.detail),
        settings_(settings),
        queries_(std::move(queries)),
        findings_(findings) {}

  void Run() {
    CheckLoadedSet();
    CheckCounts();
    if (loaded_set_agrees_) CheckOrder();
  }

 private:
  void Report(bool impossible, const Rule& rule, FindingText text) {
    text.needed = impossible ? "what the settings in the log give" : std::string(kLibrary);
    if (impossible) {
      findings_.Error(rule, std::move(text));
    } else {
      findings_.Warning(rule, std::move(text));
    }
  }

  void CheckLoadedSet() {
    const LoadgenEntry* entry = log_.Find("loaded_qsl_set");
    if (entry == nullptr) {
      findings_.NotRun(evidence_.DetailFile() + ": the loaded samples",
                       "the log does not tell them");
      return;
    }
    const auto set = LoadedSetOf(*entry);
    loaded_set_agrees_ = set == queries_.loaded_set;
    if (loaded_set_agrees_) return;
    const bool possible = set && IsPossible(*set, settings_, queries_.loaded_set.size());
    Report(!possible, rule::kLoadedSet,
           {.message = possible ? "The loaded samples stand in another order than the seed gives."
                                : "LoadGen cannot have loaded these samples.",
            .found = set ? fmt::format("{} samples, other from place {} on", Grouped(set->size()),
                                       FirstDifference(*set, queries_.loaded_set))
                         : "no list of samples",
            .fix = "hand in the log as LoadGen wrote it, of one test",
            .file = evidence_.DetailFile(),
            .line = entry->line});
  }

  // May the logged rate have lost digits that decide the schedule?
  [[nodiscard]] bool RateIsRounded() const {
    if (settings_.kind == QuerySettings::Kind::kSingleStream) return false;
    std::string digits = fmt::format("{}", settings_.target_qps);
    std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
    const std::size_t first = digits.find_first_not_of('0');
    return first != std::string::npos && digits.size() - first >= kPrintedDigits;
  }

  void CheckCounts() {
    const bool server = settings_.kind == QuerySettings::Kind::kServer;
    if (server && RateIsRounded()) {
      findings_.NotRun(evidence_.DetailFile() + ": the generated queries",
                       "the log prints their rate with six digits only");
      return;
    }
    const std::array<std::pair<std::string_view, std::uint64_t>, 3> expected{
        {{"generated_query_count", queries_.query_count},
         {"generated_samples_per_query", queries_.samples_per_query},
         {"generated_query_duration", static_cast<std::uint64_t>(queries_.duration_ns)}}};
    for (const auto& [key, value] : expected) {
      const LoadgenEntry* entry = log_.Find(key);
      const auto found = log_.Unsigned(key);
      const bool is_duration = key == "generated_query_duration";
      if (found == value) continue;
      if (is_duration && found && RateIsRounded() && IsWithinRounding(*found, value)) continue;
      // A Server schedule is drawn; everything else is arithmetic.
      const bool drawn = server && found && (is_duration || IsWholeSets(key, *found));
      Report(!drawn, rule::kGenerated,
             {.message = fmt::format("{} does not follow from the logged settings.", key),
              .found = fmt::format("{}, reproduced: {}",
                                   found ? fmt::format("{}", *found) : "absent", value),
              .fix = "hand in the log as LoadGen wrote it, of one test",
              .file = evidence_.DetailFile(),
              .line = entry == nullptr ? std::nullopt : std::optional<std::uint64_t>(entry->line)});
    }
  }

  static bool IsWithinRounding(std::uint64_t found, std::uint64_t expected) {
    const auto difference = std::abs(static_cast<double>(found) - static_cast<double>(expected));
    return difference <= kPrintedPrecision * static_cast<double>(expected);
  }

  [[nodiscard]] bool IsWholeSets(std::string_view key, std::uint64_t count) const {
    return key == "generated_query_count" &&
           (!settings_.equal_issue || count % queries_.loaded_set.size() == 0);
  }

  void CheckOrder() {
    if (!evidence_.accuracy || evidence_.accuracy->records.empty()) return;
    const std::vector<AccuracyRecord>& records = evidence_.accuracy->records;
    constexpr std::size_t kMostSamples = 1'000'000;
    const std::vector<std::uint64_t> order = IssueOrder(settings_, queries_, kMostSamples);
    std::uint64_t differing = 0;
    const AccuracyRecord* first = nullptr;
    for (const AccuracyRecord& record : records) {
      if (record.seq_id < order.size() && order[record.seq_id] == record.qsl_idx) continue;
      if (differing++ == 0) first = &record;
    }
    if (first == nullptr) return;
    Report(false, rule::kIssueOrder,
           {.message = fmt::format("{} of {} records name another sample than the seeds give.",
                                   Grouped(differing), Grouped(records.size())),
            .found = fmt::format("seq_id {}: sample {}{}", first->seq_id, first->qsl_idx,
                                 first->seq_id < order.size()
                                     ? fmt::format(", reproduced: {}", order[first->seq_id])
                                     : ", beyond the last query"),
            .fix = "hand in the accuracy log that belongs to this detail log",
            .file = evidence_.AccuracyFile(),
            .line = first->line});
  }

  const LoadgenEvidence& evidence_;
  const LoadgenDetailLog& log_;
  QuerySettings settings_;
  GeneratedQueries queries_;
  Findings& findings_;
  bool loaded_set_agrees_ = false;
};

}  // namespace

void CheckAuthenticity(const LoadgenEvidence& evidence, Findings& findings) {
  if (!evidence.detail) return;
  const auto settings = QuerySettingsOf(*evidence.detail);
  if (!settings) {
    findings.NotRun(evidence.DetailFile() + ": that LoadGen generated these queries",
                    "the log lacks a setting that decides them");
    return;
  }
  auto queries = Reproduce(*settings);
  if (!queries) {
    findings.NotRun(evidence.DetailFile() + ": that LoadGen generated these queries",
                    "there are more than can be reproduced");
    return;
  }
  AuthenticityCheck(evidence, *settings, std::move(*queries), findings).Run();
}

}  // namespace assay
