#include "rules/check_validity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "rules/check_values.h"
#include "rules/early_stopping.h"
#include "rules/supported_rate.h"

namespace assay {
namespace {

// A rule that is not kept. Collected first: LoadGen's verdict lists them, and decides how severe
// they are.
struct Cause {
  const Rule* rule;
  FindingText text;
};

std::optional<std::uint64_t> LineOf(const LoadgenDetailLog& log, std::string_view key) {
  const LoadgenEntry* entry = log.Find(key);
  return entry == nullptr ? std::nullopt : std::optional<std::uint64_t>(entry->line);
}

std::string Milliseconds(double ns) {
  return fmt::format("{:.6g} ms", ns / 1e6);
}

double MinSeconds(const LoadgenDetailLog& log) {
  return log.Number("effective_min_duration_ms").value_or(static_cast<double>(kMinDurationMs)) /
         1e3;
}

// A setting as whoever ran the test sets it: by Assay's option, or in user.conf.
std::string Setting(const Scope& scope, std::string_view key) {
  if (scope.own_run) return key == "target_latency" ? "--expected-latency" : "--target-qps";
  return fmt::format("{}.{}", scope.scenario == nullptr ? "*" : scope.scenario->loadgen_scenario,
                     key);
}

// LoadGen issues 1.1 times what the expected rate gives in the minimum duration, in whole sets.
std::string OfflineDurationFix(const LoadgenDetailLog& log, const Scope& scope) {
  const auto rate = log.Number("result_samples_per_second");
  if (!rate || *rate <= 0) return "raise " + Setting(scope, "target_qps");
  const auto set = static_cast<double>(std::max<std::uint64_t>(
      log.Unsigned("effective_performance_sample_count").value_or(scope.benchmark->sample_count),
      1));
  const double samples = std::ceil(std::max(1.1 * MinSeconds(log) * *rate, set) / set) * set;
  return fmt::format(
      "set {} to {:.4g} samples/s, the rate that was reached: LoadGen then issues {} samples, "
      "which "
      "take {:.1f} minutes at that rate",
      Setting(scope, "target_qps"), *rate, Grouped(static_cast<std::uint64_t>(samples)),
      samples / *rate / 60);
}

std::string SingleStreamDurationFix(const LoadgenDetailLog& log, const Scope& scope) {
  const auto mean_ns = log.Number("result_mean_latency_ns");
  if (!mean_ns || *mean_ns <= 0) return "lower " + Setting(scope, "target_latency");
  return fmt::format(
      "set {} to {:.4g} ms, the mean latency that was measured: LoadGen then issues at least {} "
      "queries, twice what {:.0f} s take",
      Setting(scope, "target_latency"), *mean_ns / 1e6,
      Grouped(static_cast<std::uint64_t>(std::ceil(2 * MinSeconds(log) / (*mean_ns / 1e9)))),
      MinSeconds(log));
}

// What ended a test before it was done; "" where the settings do not.
std::string CappedBy(const LoadgenDetailLog& log) {
  for (const std::string_view cap : {"max_duration", "max_query_count"}) {
    const std::string key = fmt::format("effective_{}{}", cap, cap == "max_duration" ? "_ms" : "");
    const auto value = log.Unsigned(key);
    if (value && *value > 0) return fmt::format("take {} out of user.conf: it is {}", cap, *value);
  }
  return "";
}

std::string DurationFix(const LoadgenDetailLog& log, const Scope& scope) {
  if (std::string capped = CappedBy(log); !capped.empty()) return capped;
  if (scope.scenario == nullptr) return "run longer";
  switch (scope.scenario->scenario) {
    case Scenario::kOffline:
      return OfflineDurationFix(log, scope);
    case Scenario::kSingleStream:
      return SingleStreamDurationFix(log, scope);
    case Scenario::kServer:
    case Scenario::kInteractive:
      break;
  }
  return "LoadGen schedules Server queries for the whole duration: see its errors for why it "
         "stopped";
}

void CheckDuration(const LoadgenEvidence& evidence, const Scope& scope,
                   std::vector<Cause>& causes) {
  const LoadgenDetailLog& log = *evidence.detail;
  if (log.Flag("result_min_duration_met") != false) return;
  const auto seconds = MeasuredSeconds(log);
  const double needed = MinSeconds(log);
  std::string message = "The test ended before its minimum duration.";
  if (seconds && *seconds < needed) {
    message = fmt::format("The test ended {:.1f} minutes before its minimum duration.",
                          (needed - *seconds) / 60);
  }
  causes.push_back({&rule::kLoadgenDuration,
                    {.message = std::move(message),
                     .found = seconds ? fmt::format("{:.1f} s", *seconds) : "not known",
                     .needed = fmt::format("{:.1f} s", needed),
                     .fix = DurationFix(log, scope),
                     .file = evidence.DetailFile(),
                     .line = LineOf(log, "result_min_duration_met")}});
}

void CheckQueries(const LoadgenEvidence& evidence, std::vector<Cause>& causes) {
  const LoadgenDetailLog& log = *evidence.detail;
  if (log.Flag("result_min_queries_met") != false) return;
  const auto issued = log.Unsigned("result_query_count");
  const auto needed = log.Unsigned("effective_min_query_count");
  std::string fix = CappedBy(log);
  if (fix.empty()) fix = "see LoadGen's errors for why it stopped";
  if (issued && needed && *issued < *needed) {
    fix += fmt::format("; {} more queries are needed", Grouped(*needed - *issued));
  }
  causes.push_back({&rule::kLoadgenQueries,
                    {.message = "The test ended before the minimum number of queries.",
                     .found = fmt::format("{} queries", issued ? Grouped(*issued) : "?"),
                     .needed = fmt::format("at least {}", needed ? Grouped(*needed) : "?"),
                     .fix = std::move(fix),
                     .file = evidence.DetailFile(),
                     .line = LineOf(log, "result_min_queries_met")}});
}

// The number behind "at least " in what LoadGen says of early stopping.
std::optional<std::uint64_t> NumberAfterAtLeast(std::string_view text) {
  constexpr std::string_view kBefore = "at least ";
  const std::size_t at = text.rfind(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t n = 0;
  const char* const begin = text.data() + at + kBefore.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), n);
  return error == std::errc() ? std::optional(n) : std::nullopt;
}

// One of the two quantities that early stopping looks at.
struct StoppedFigure {
  std::string_view name;
  std::string_view key;
};
constexpr std::array<StoppedFigure, 2> kStoppedFigures{
    {{"TPOT", "early_stopping_tpot_result"}, {"TTFT", "early_stopping_ttft_result"}}};

std::string LowerRate(const LoadgenDetailLog& log, const Scope& scope) {
  const auto rate = HighestSupportedRate(log, *scope.scenario);
  if (!rate) return "lower " + Setting(scope, "target_qps");
  return fmt::format("lower {} to about {:.4g} (an estimate: {})", Setting(scope, "target_qps"),
                     rate->qps, rate->method);
}

// How many more queries would do if as many of them are late as were.
std::string QueriesAtThisShareFix(const LoadgenDetailLog& log, const Scope& scope,
                                  std::uint64_t late, std::uint64_t issued, double percentile) {
  const double share = static_cast<double>(late) / static_cast<double>(issued);
  const auto needed = QueriesNeededAtShare(share, percentile);
  if (!needed) {
    return fmt::format("; with {:.2f} % of them late as now, no number of queries is enough: {}",
                       100 * share, LowerRate(log, scope));
  }
  const std::uint64_t set =
      std::max<std::uint64_t>(log.Unsigned("effective_performance_sample_count").value_or(1), 1);
  const std::uint64_t whole = (*needed + set - 1) / set * set;
  if (late == 0) return fmt::format("; min_query_count {} does", whole);
  return fmt::format("; with {:.2f} % of them late as now, {} queries: set min_query_count to {}",
                     100 * share, Grouped(*needed), whole);
}

// `more` queries, and what the log says of how many were late.
void FillServerText(const LoadgenDetailLog& log, const Scope& scope, std::uint64_t more,
                    FindingText& text) {
  const double percentile = *scope.scenario->early_stopping_percentile;
  const auto issued = log.Unsigned("result_query_count");
  const auto qps = log.Number("effective_target_qps");
  text.fix = fmt::format("issue at least {} more queries, all in time", Grouped(more));
  if (qps && *qps > 0) {
    text.fix += fmt::format(": {:.1f} minutes longer at {} queries/s",
                            static_cast<double>(more) / *qps / 60, *qps);
  }
  // LoadGen asks for exactly what so many late ones need: it tells how many there were.
  const auto late =
      issued && more < *issued + more ? MostLate(*issued + more, percentile) : std::nullopt;
  if (!late) return;
  text.found = fmt::format("{} of {} queries late", Grouped(*late), Grouped(*issued));
  const auto allowed = MostLate(*issued, percentile);
  text.needed =
      allowed ? fmt::format("at most {} late ones of so many queries", Grouped(*allowed))
              : fmt::format("at least {} queries, none of them late", QueriesNeeded(0, percentile));
  text.needed += fmt::format(" ({:.0f} % confidence)", 100 * kEarlyStoppingConfidence);
  text.fix += QueriesAtThisShareFix(log, scope, *late, *issued, percentile);
}

void FillSingleStreamText(const LoadgenDetailLog& log, std::uint64_t needed, FindingText& text) {
  const auto issued = log.Unsigned("result_query_count").value_or(0);
  const std::uint64_t more = needed > issued ? needed - issued : 0;
  text.needed = fmt::format("at least {} queries ({:.0f} % confidence)", Grouped(needed),
                            100 * kEarlyStoppingConfidence);
  text.fix = fmt::format("issue at least {} more queries", Grouped(more));
  if (const auto mean_ns = log.Number("result_mean_latency_ns"); mean_ns && *mean_ns > 0) {
    text.fix += fmt::format(": {:.1f} minutes longer at {:.4g} ms each",
                            static_cast<double>(more) * *mean_ns / 6e10, *mean_ns / 1e6);
  }
}

void CheckEarlyStopping(const LoadgenEvidence& evidence, const Scope& scope,
                        std::vector<Cause>& causes) {
  const LoadgenDetailLog& log = *evidence.detail;
  if (log.Flag("early_stopping_met") != false) return;
  const std::size_t causes_before = causes.size();
  const auto issued = log.Unsigned("result_query_count");
  for (const StoppedFigure& figure : kStoppedFigures) {
    const auto told = log.Text(figure.key);
    // LoadGen looks at TTFT only when TPOT passes, and leaves its text empty otherwise.
    if (!told || (told->find("Run unsuccessful") == std::string::npos &&
                  told->find("Only processed") == std::string::npos)) {
      continue;
    }
    FindingText text{
        .message = fmt::format("Too few queries for the confidence that {} needs.", figure.name),
        .found = fmt::format("{} queries", issued ? Grouped(*issued) : "?"),
        .needed =
            fmt::format("early stopping at {:.0f} % confidence", 100 * kEarlyStoppingConfidence),
        .fix = "issue more queries, or lower the rate so that fewer are late",
        .file = evidence.DetailFile(),
        .line = LineOf(log, figure.key)};
    const auto number = NumberAfterAtLeast(*told);
    if (number && told->find("more queries") == std::string::npos) {
      FillSingleStreamText(log, *number, text);
    } else if (number && scope.scenario != nullptr && scope.scenario->early_stopping_percentile) {
      FillServerText(log, scope, *number, text);
    }
    causes.push_back({&rule::kEarlyStopping, std::move(text)});
  }
  if (causes.size() > causes_before) return;
  causes.push_back({&rule::kEarlyStopping,
                    {.message = "Early stopping was not met, and the log does not say by what.",
                     .found = "early_stopping_met: false",
                     .needed = "early_stopping_met: true",
                     .fix = "issue more queries, or lower the rate so that fewer are late",
                     .file = evidence.DetailFile(),
                     .line = LineOf(log, "early_stopping_met")}});
}

// The 99th percentile below the scenario's limit; LoadGen allows the limit itself, the checker does
// not.
void CheckLatency(const LoadgenEvidence& evidence, const Scope& scope, const Rule& rule,
                  std::string_view key, std::optional<std::uint64_t> limit_ns,
                  std::vector<Cause>& causes) {
  const LoadgenDetailLog& log = *evidence.detail;
  const auto value = log.Unsigned(key);
  if (!limit_ns || (value && *value < *limit_ns) || IsMistyped(log, key)) return;
  causes.push_back(
      {&rule,
       {.message = fmt::format("{} at the 99th percentile is not below its limit.",
                               rule.id == rule::kTtft.id ? "TTFT" : "TPOT"),
        .found = value ? Milliseconds(static_cast<double>(*value)) : "absent",
        .needed = fmt::format("less than {}", Milliseconds(static_cast<double>(*limit_ns))),
        .fix = value ? LowerRate(log, scope) + ", or make the answers faster"
                     : "run with token latencies on",
        .file = evidence.DetailFile(),
        .line = LineOf(log, key)}});
}

// LoadGen's verdict before its reasons.
Cause InvalidCause(const LoadgenEvidence& evidence, const std::vector<Cause>& causes) {
  std::string reasons;
  std::string fix = "the summary log may tell why; repeat the test";
  for (const Cause& cause : causes) {
    reasons += fmt::format("{}{}", reasons.empty() ? "" : ", ", cause.rule->id);
  }
  if (!causes.empty()) {
    fix = causes.size() == 1 ? "what the next finding says" : "what the next findings say";
  }
  return {&rule::kLoadgenInvalid,
          {.message = "LoadGen calls this result INVALID.",
           .found = reasons.empty() ? "INVALID, and none of its reasons in the log"
                                    : fmt::format("INVALID: {}", reasons),
           .needed = "VALID",
           .fix = std::move(fix),
           .file = evidence.DetailFile(),
           .line = LineOf(*evidence.detail, "result_validity")}};
}

}  // namespace

void CheckLoadgenResult(const LoadgenEvidence& evidence, const Scope& scope, Findings& findings) {
  if (!evidence.detail) return;
  std::vector<Cause> causes;
  CheckDuration(evidence, scope, causes);
  CheckQueries(evidence, causes);
  if (scope.scenario != nullptr) {
    CheckLatency(evidence, scope, rule::kTtft, "result_first_token_99.00_percentile_latency_ns",
                 scope.scenario->ttft_limit_ns, causes);
    CheckLatency(evidence, scope, rule::kTpot, "result_time_per_output_token_99.00_percentile_ns",
                 scope.scenario->tpot_limit_ns, causes);
  }
  CheckEarlyStopping(evidence, scope, causes);
  const bool invalid = evidence.detail->Text("result_validity") == "INVALID";
  if (invalid) causes.insert(causes.begin(), InvalidCause(evidence, causes));
  for (Cause& cause : causes) {
    // A run of ours without --rules was never meant to keep them.
    if (invalid && !scope.own_run) {
      findings.Error(*cause.rule, std::move(cause.text));
    } else {
      findings.Breach(*cause.rule, std::move(cause.text));
    }
  }
}

}  // namespace assay
