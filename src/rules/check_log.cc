#include "rules/check_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "base/format.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

constexpr std::size_t kListed = 3;

std::optional<std::uint64_t> LineOf(const LoadgenDetailLog& log, std::string_view key) {
  const LoadgenEntry* entry = log.Find(key);
  return entry == nullptr ? std::nullopt : std::optional<std::uint64_t>(entry->line);
}

// The value as the log has it; "absent".
std::string Shown(const LoadgenDetailLog& log, std::string_view key) {
  const LoadgenEntry* entry = log.Find(key);
  if (entry == nullptr) return "absent";
  return entry->value.is_string() ? entry->value.get<std::string>() : ToJsonLine(entry->value);
}

std::string Milliseconds(std::uint64_t ns) {
  return fmt::format("{} ms", static_cast<double>(ns) / 1e6);
}

void CheckDamage(const LoadgenEvidence& evidence, Findings& findings) {
  const auto& bad = evidence.detail->bad_lines();
  for (std::size_t i = 0; i < std::min(bad.size(), kListed); ++i) {
    findings.Error(
        rule::kDamagedLog,
        {.message = i + 1 == kListed && bad.size() > kListed
                        ? fmt::format("A line of LoadGen's detail log is damaged, and so "
                                      "are {} more.",
                                      Grouped(bad.size() - kListed))
                        : "A line of LoadGen's detail log is damaged.",
         .found = bad[i].reason,
         .file = evidence.DetailFile(),
         .line = bad[i].line});
  }
}

void CheckErrors(const LoadgenEvidence& evidence, Findings& findings) {
  const LoadgenDetailLog& log = *evidence.detail;
  std::vector<const LoadgenEntry*> errors;
  std::vector<const LoadgenEntry*> warnings;
  for (const LoadgenEntry& entry : log.entries()) {
    if (entry.is_error) errors.push_back(&entry);
    if (entry.is_warning) warnings.push_back(&entry);
  }
  const auto listed = [](const std::vector<const LoadgenEntry*>& entries) {
    std::string text;
    for (std::size_t i = 0; i < std::min(entries.size(), kListed); ++i) {
      const Json& value = entries[i]->value;
      text += fmt::format("{}{}: {}", i == 0 ? "" : "; ", entries[i]->key,
                          value.is_string() ? value.get<std::string>() : ToJsonLine(value));
    }
    return text;
  };
  const auto counted = log.Unsigned("num_errors").value_or(0);
  if (!errors.empty() || counted > 0) {
    findings.Error(
        rule::kLoadgenErrors,
        {.message = fmt::format("LoadGen logged {} error(s).",
                                Grouped(std::max<std::uint64_t>(errors.size(), counted))),
         .found = errors.empty() ? fmt::format("num_errors: {}", counted) : listed(errors),
         .needed = "no error",
         .file = evidence.DetailFile(),
         .line = errors.empty() ? LineOf(log, "num_errors") : errors.front()->line});
  }
  if (!warnings.empty()) {
    findings.Note(rule::kLoadgenWarnings, {.message = fmt::format("LoadGen logged {} warning(s).",
                                                                  Grouped(warnings.size())),
                                           .found = listed(warnings),
                                           .file = evidence.DetailFile(),
                                           .line = warnings.front()->line});
  }
}

void CheckEnd(const LoadgenEvidence& evidence, Findings& findings) {
  const LoadgenDetailLog& log = *evidence.detail;
  const bool performance = log.Text("effective_test_mode") == "PerformanceOnly";
  const std::string_view last = performance ? "result_validity" : "power_end";
  if (log.Find(last) != nullptr) return;
  findings.Error(
      rule::kLoadgenIncomplete,
      {.message = "LoadGen's detail log has no end: the test was cut off.",
       .found = fmt::format("{} messages, no \"{}\"", Grouped(log.entries().size()), last),
       .needed = fmt::format("a message \"{}\"", last),
       .fix = "repeat the test",
       .file = evidence.DetailFile()});
}

void CheckSummary(const LoadgenEvidence& evidence, Findings& findings) {
  if (!evidence.summary) {
    findings.Warning(rule::kLogsDiffer, {.message = "LoadGen's summary log is missing.",
                                         .needed = evidence.SummaryFile()});
    return;
  }
  if (!evidence.detail) return;
  const LoadgenSummaryField* summary = evidence.summary->Find("Result is");
  const auto detail = evidence.detail->Text("result_validity");
  const std::optional<std::string> told =
      summary == nullptr ? std::nullopt : std::optional<std::string>(summary->value);
  if (told == detail) return;
  findings.Error(
      rule::kLogsDiffer,
      {.message = "LoadGen's summary and detail log tell different results.",
       .found =
           fmt::format("summary: {}, detail: {}", told.value_or("none"), detail.value_or("none")),
       .file = evidence.SummaryFile(),
       .line = summary == nullptr ? std::nullopt : std::optional<std::uint64_t>(summary->line)});
}

// One setting of the detail log against what the round asks for.
class SettingsCheck {
 public:
  SettingsCheck(const LoadgenEvidence& evidence, Findings& findings)
      : file_(evidence.DetailFile()), log_(*evidence.detail), findings_(findings) {}

  [[nodiscard]] const LoadgenDetailLog& log() const { return log_; }

  void Breach(const Rule& rule, std::string_view key, std::string message, std::string needed,
              std::string fix) {
    findings_.Breach(rule, {.message = std::move(message),
                            .found = fmt::format("{}: {}", key, Shown(log_, key)),
                            .needed = std::move(needed),
                            .fix = std::move(fix),
                            .file = file_,
                            .line = LineOf(log_, key)});
  }
  void AtLeast(const Rule& rule, std::string_view key, std::uint64_t least, std::string message,
               std::string fix) {
    const auto value = log_.Unsigned(key);
    if (value && *value >= least) return;
    Breach(rule, key, std::move(message), fmt::format("at least {}", Grouped(least)),
           std::move(fix));
  }
  void True(const Rule& rule, std::string_view key, std::string message, std::string fix) {
    if (log_.Flag(key) != true) {
      Breach(rule, key, std::move(message), "true", std::move(fix));
    }
  }

 private:
  std::string file_;
  const LoadgenDetailLog& log_;
  Findings& findings_;
};

void CheckSeeds(SettingsCheck& check, const RoundRules& round) {
  const auto seeds = SeedsOf(check.log());
  if (seeds == round.seeds) return;
  const auto other = seeds ? RoundOfSeeds(*seeds) : std::nullopt;
  const std::string whose =
      other ? fmt::format("those of {}", RulesOf(*other).name) : "those of no round";
  check.Breach(rule::kSeeds, "effective_schedule_rng_seed",
               fmt::format("LoadGen's seeds are {}, not those of {}.", whose, round.name),
               fmt::format("qsl {}, sample_index {}, schedule {}", round.seeds.qsl,
                           round.seeds.sample_index, round.seeds.schedule),
               fmt::format("run with the settings of {} (--rules {})", round.name, round.name));
}

void CheckRelease(SettingsCheck& check, const RoundRules& round) {
  const auto version = check.log().Text("loadgen_version");
  const auto release = version ? ParseLoadgenRelease(*version) : std::nullopt;
  if (release && IsOfRound(*release, round)) return;
  const LoadgenRelease& first = round.first_loadgen;
  check.Breach(rule::kLoadgenRelease, "loadgen_version",
               fmt::format("This LoadGen is not a release of round {}.", round.name),
               fmt::format("{}.{}.{} or a later release of that round", first.major, first.minor,
                           first.patch),
               "build LoadGen from that round's tag");
}

std::string DurationMessage(const LoadgenDetailLog& log) {
  const auto seconds = MeasuredSeconds(log);
  constexpr double kMinSeconds = static_cast<double>(kMinDurationMs) / 1000.0;
  if (!seconds) return "The minimum duration is below 600 seconds.";
  if (*seconds >= kMinSeconds) {
    return fmt::format("The minimum duration is below 600 seconds, though the test took {:.1f} s.",
                       *seconds);
  }
  return fmt::format("The test took {:.1f} s of the 600 s that a result needs.", *seconds);
}

std::string DurationFix(const LoadgenDetailLog& log, const Scope& scope) {
  const auto seconds = MeasuredSeconds(log);
  constexpr double kMinSeconds = static_cast<double>(kMinDurationMs) / 1000.0;
  const std::string how = scope.own_run
                              ? fmt::format("--rules {} or --min-duration 600", scope.round->name)
                              : "leave min_duration at 600000";
  if (!seconds || *seconds >= kMinSeconds) return how;
  return fmt::format("run {:.1f} minutes longer: {}", (kMinSeconds - *seconds) / 60.0, how);
}

void CheckLatencyLimits(SettingsCheck& check, const ScenarioRules& scenario) {
  const std::array<std::pair<std::string_view, std::optional<std::uint64_t>>, 2> limits{
      {{"requested_server_ttft_latency", scenario.ttft_limit_ns},
       {"requested_server_tpot_latency", scenario.tpot_limit_ns}}};
  for (const auto& [key, limit] : limits) {
    if (!limit) continue;
    const auto value = check.log().Unsigned(key);
    if (value && *value <= *limit) continue;
    check.Breach(rule::kLatencyLimits, key,
                 fmt::format("LoadGen did not hold the run to the limits of {}.",
                             ScenarioTitle(scenario.scenario)),
                 fmt::format("at most {} ns ({})", *limit, Milliseconds(*limit)),
                 fmt::format("run with the model name {} in LoadGen's configuration",
                             scenario.loadgen_model));
  }
}

void CheckPerformanceSettings(SettingsCheck& check, const Scope& scope) {
  const std::uint64_t samples = scope.benchmark->sample_count;
  check.AtLeast(rule::kPerformanceSamples, "effective_performance_sample_count", samples,
                "The performance sample set is smaller than the data set.",
                fmt::format("set performance_sample_count_override to {}", samples));
  const std::string_view conf_key = "the model's name as in mlperf.conf";
  check.True(rule::kEqualIssue, "effective_sample_concatenate_permutation",
             "Samples are not issued equally often.", fmt::format("run with {}", conf_key));
  check.True(rule::kTokenLatencies, "requested_use_token_latencies",
             "LoadGen does not measure token latencies.", fmt::format("run with {}", conf_key));
  if (const auto least = check.log().Unsigned("effective_min_duration_ms");
      !least || *least < kMinDurationMs) {
    check.Breach(rule::kMinDuration, "effective_min_duration_ms", DurationMessage(check.log()),
                 fmt::format("at least {}", kMinDurationMs), DurationFix(check.log(), scope));
  }
  if (const auto latency = check.log().Unsigned("effective_target_latency_ns");
      latency && *latency > kMaxTargetLatencyNs) {
    check.Breach(rule::kTargetLatency, "effective_target_latency_ns",
                 "LoadGen's target latency is above 20 seconds.",
                 fmt::format("at most {}", kMaxTargetLatencyNs), "set no target_latency");
  }
  if (scope.scenario == nullptr) return;
  if (scope.scenario->scenario == Scenario::kOffline) {
    check.AtLeast(rule::kOfflineSamples, "effective_samples_per_query", samples,
                  "The Offline query is smaller than the data set.",
                  fmt::format("set Offline.min_query_count to {}", samples));
  }
  CheckLatencyLimits(check, *scope.scenario);
}

// The N of "at least N more queries" or of "at least N queries for early stopping".
std::optional<std::uint64_t> QueriesAsked(const std::string& text) {
  constexpr std::string_view kBefore = "at least ";
  const std::size_t at = text.rfind(kBefore);
  if (at == std::string::npos) return std::nullopt;
  std::uint64_t n = 0;
  const char* const begin = text.data() + at + kBefore.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), n);
  if (error != std::errc()) return std::nullopt;
  return n;
}

void CheckEarlyStopping(const LoadgenEvidence& evidence, const Scope& scope,
                        std::vector<std::pair<const Rule*, FindingText>>& causes) {
  const LoadgenDetailLog& log = *evidence.detail;
  if (log.Flag("early_stopping_met") != false) return;
  const std::size_t causes_before = causes.size();
  for (const std::string_view key : {"early_stopping_tpot_result", "early_stopping_ttft_result"}) {
    const auto text = log.Text(key);
    // LoadGen looks at TTFT only when TPOT passes, and leaves its text empty otherwise.
    if (!text || (text->find("Run unsuccessful") == std::string::npos &&
                  text->find("Only processed") == std::string::npos)) {
      continue;
    }
    const auto issued = log.Unsigned("result_query_count");
    std::optional<std::uint64_t> more = QueriesAsked(*text);
    if (more && text->find("more queries") == std::string::npos) {
      more = issued && *issued < *more ? std::optional(*more - *issued) : std::nullopt;
    }
    std::string fix = "issue more queries, or lower the rate so that fewer are late";
    const auto qps = log.Number("effective_target_qps");
    if (more && scope.scenario != nullptr && scope.scenario->loadgen_scenario == "Server" && qps &&
        *qps > 0) {
      fix = fmt::format(
          "issue at least {} more queries, all in time: {:.1f} minutes longer at {} "
          "queries/s",
          Grouped(*more), static_cast<double>(*more) / *qps / 60.0, *qps);
    } else if (more) {
      fix = fmt::format("issue at least {} more queries", Grouped(*more));
    }
    causes.push_back(
        {&rule::kEarlyStopping,
         {.message = fmt::format("Too few queries for the confidence that {} needs.",
                                 key == "early_stopping_ttft_result" ? "TTFT" : "TPOT"),
          .found = fmt::format("{} queries", issued ? Grouped(*issued) : "?"),
          .needed =
              fmt::format("early stopping at {} % confidence", kEarlyStoppingConfidence * 100),
          .fix = fix,
          .file = evidence.DetailFile(),
          .line = LineOf(log, key)}});
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

std::string MoreQueriesFix(const LoadgenDetailLog& log, const Scope& scope) {
  if (scope.scenario == nullptr) return "";
  switch (scope.scenario->scenario) {
    case Scenario::kOffline:
      if (const auto rate = log.Number("result_samples_per_second")) {
        return fmt::format(
            "set Offline.target_qps to {:.4g} samples/s or more, the rate that was "
            "reached: LoadGen issues 1.1 times as many samples as it needs at that "
            "rate",
            *rate);
      }
      break;
    case Scenario::kSingleStream:
      if (const auto mean = log.Number("result_mean_latency_ns")) {
        return fmt::format(
            "set SingleStream.target_latency to {:.4g} ms or less, the mean latency "
            "that was measured",
            *mean / 1e6);
      }
      break;
    case Scenario::kServer:
    case Scenario::kInteractive:
      break;
  }
  return "raise Server.target_qps or min_query_count";
}

void CheckDurationAndQueries(const LoadgenEvidence& evidence, const Scope& scope,
                             std::vector<std::pair<const Rule*, FindingText>>& causes) {
  const LoadgenDetailLog& log = *evidence.detail;
  if (log.Flag("result_min_duration_met") == false) {
    const auto seconds = MeasuredSeconds(log);
    const auto least_ms = log.Number("effective_min_duration_ms");
    causes.push_back({&rule::kLoadgenDuration,
                      {.message = "The test ended before its minimum duration.",
                       .found = seconds ? fmt::format("{:.1f} s", *seconds) : "not known",
                       .needed = least_ms ? fmt::format("{:.1f} s", *least_ms / 1000.0) : "",
                       .fix = MoreQueriesFix(log, scope),
                       .file = evidence.DetailFile(),
                       .line = LineOf(log, "result_min_duration_met")}});
  }
  if (log.Flag("result_min_queries_met") == false) {
    causes.push_back(
        {&rule::kLoadgenQueries,
         {.message = "The test ended before the minimum number of queries.",
          .found = fmt::format("{} queries", Shown(log, "result_query_count")),
          .needed = fmt::format("at least {}", Shown(log, "effective_min_query_count")),
          .fix = "see LoadGen's errors for why it stopped",
          .file = evidence.DetailFile(),
          .line = LineOf(log, "result_min_queries_met")}});
  }
}

// The 99th percentile below the scenario's limit; LoadGen allows the limit itself, the checker does
// not.
void CheckLatency(const LoadgenEvidence& evidence, const Rule& rule, std::string_view key,
                  std::optional<std::uint64_t> limit_ns,
                  std::vector<std::pair<const Rule*, FindingText>>& causes) {
  const LoadgenDetailLog& log = *evidence.detail;
  const auto value = log.Unsigned(key);
  if (!limit_ns || (value && *value < *limit_ns)) return;
  const auto rate = log.Number("result_completed_samples_per_sec");
  std::string fix = "lower Server.target_qps";
  if (const auto target = log.Number("effective_target_qps"); rate && target) {
    fix +=
        *rate < 0.98 * *target
            ? fmt::format(" below {:.4g}: at {:.4g} queries/s only {:.4g} samples/s were completed",
                          *rate, *target, *rate)
            : fmt::format(" below {:.4g}, or make the answers faster: the rate itself was kept",
                          *target);
  }
  causes.push_back({&rule,
                    {.message = fmt::format("{} at the 99th percentile is not below its limit.",
                                            rule.id == rule::kTtft.id ? "TTFT" : "TPOT"),
                     .found = value ? Milliseconds(*value) : "absent",
                     .needed = fmt::format("less than {}", Milliseconds(*limit_ns)),
                     .fix = fix,
                     .file = evidence.DetailFile(),
                     .line = LineOf(log, key)}});
}

}  // namespace

void CheckLogs(const LoadgenEvidence& evidence, Findings& findings) {
  for (const UnreadableFile& file : evidence.unreadable) {
    findings.Error(rule::kUnreadable, {.message = "A file of the result cannot be read.",
                                       .found = file.reason,
                                       .file = file.file});
  }
  if (evidence.detail) {
    CheckDamage(evidence, findings);
    CheckErrors(evidence, findings);
    CheckEnd(evidence, findings);
  }
  CheckSummary(evidence, findings);
}

void CheckSettings(const LoadgenEvidence& evidence, TestKind test, const Scope& scope,
                   Findings& findings) {
  if (!evidence.detail) return;
  SettingsCheck check(evidence, findings);
  const auto found = TestOf(*evidence.detail);
  if (found == TestKind::kCompliance && test == TestKind::kPerformance) {
    check.Breach(rule::kAuditSettings, "effective_accuracy_log_rng_seed",
                 "The performance test ran under TEST06's settings.",
                 "none of the compliance test's settings",
                 "remove audit.config from the working directory and repeat the test");
  } else if (found != test) {
    check.Breach(rule::kTestMode, "effective_test_mode",
                 fmt::format("The {} test ran in another mode.", TestDirectoryName(test)),
                 test == TestKind::kAccuracy ? "AccuracyOnly" : "PerformanceOnly",
                 "repeat the test");
  }
  if (scope.scenario == nullptr ||
      check.log().Text("effective_scenario") != scope.scenario->loadgen_scenario) {
    check.Breach(
        rule::kScenario, "effective_scenario",
        fmt::format("{} has no such scenario here.", BenchmarkName(scope.benchmark->benchmark)),
        scope.scenario == nullptr ? "a scenario of the benchmark"
                                  : std::string(scope.scenario->loadgen_scenario),
        "");
  }
  // The official checkers look at the seeds of a submission's performance log only;
  // CheckTestsDiffer compares the other's with them.
  if (!scope.submitted || test == TestKind::kPerformance) CheckSeeds(check, *scope.round);
  CheckRelease(check, *scope.round);
  if (test == TestKind::kPerformance) CheckPerformanceSettings(check, scope);
}

void CheckLoadgenResult(const LoadgenEvidence& evidence, const Scope& scope, Findings& findings) {
  if (!evidence.detail) return;
  const LoadgenDetailLog& log = *evidence.detail;
  std::vector<std::pair<const Rule*, FindingText>> causes;
  CheckDurationAndQueries(evidence, scope, causes);
  if (scope.scenario != nullptr) {
    CheckLatency(evidence, rule::kTtft, "result_first_token_99.00_percentile_latency_ns",
                 scope.scenario->ttft_limit_ns, causes);
    CheckLatency(evidence, rule::kTpot, "result_time_per_output_token_99.00_percentile_ns",
                 scope.scenario->tpot_limit_ns, causes);
  }
  CheckEarlyStopping(evidence, scope, causes);
  const bool invalid = log.Text("result_validity") == "INVALID";
  if (invalid) {
    std::string reasons;
    for (const auto& [rule, text] : causes) {
      reasons += fmt::format("{}{}", reasons.empty() ? "" : ", ", rule->id);
    }
    causes.insert(causes.begin(),
                  {&rule::kLoadgenInvalid,
                   {.message = "LoadGen calls this result INVALID.",
                    .found = reasons.empty() ? "INVALID, and none of its reasons in the log"
                                             : fmt::format("INVALID: {}", reasons),
                    .needed = "VALID",
                    .file = evidence.DetailFile(),
                    .line = LineOf(log, "result_validity")}});
  }
  for (auto& [rule, text] : causes) {
    // A run of ours without --rules was never meant to keep them.
    if (invalid && !scope.own_run) {
      findings.Error(*rule, std::move(text));
    } else {
      findings.Breach(*rule, std::move(text));
    }
  }
}

}  // namespace assay
