#include "rules/check_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "rules/check_values.h"
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
         .fix = "copy the log again, or repeat the test",
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
         .fix = "remove what the first of them tells of, and repeat the test",
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
                                         .needed = evidence.SummaryFile(),
                                         .fix = "keep it beside the detail log"});
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
       .fix = "hand in both logs of one test",
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
    if (IsMistyped(log_, key)) return;
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

constexpr double kMinSeconds = static_cast<double>(kMinDurationMs) / 1000.0;

std::string DurationMessage(const LoadgenDetailLog& log) {
  const auto seconds = MeasuredSeconds(log);
  if (seconds && *seconds < kMinSeconds) {
    return fmt::format("The test took {:.1f} s of the {:.0f} s that a result needs.", *seconds,
                       kMinSeconds);
  }
  return fmt::format("The minimum duration is below {:.0f} seconds{}.", kMinSeconds,
                     seconds ? fmt::format(", though the test took {:.1f} s", *seconds) : "");
}

std::string DurationFix(const LoadgenDetailLog& log, const Scope& scope) {
  const auto seconds = MeasuredSeconds(log);
  std::string how = scope.own_run ? fmt::format("--rules {} or --min-duration {:.0f}",
                                                scope.round->name, kMinSeconds)
                                  : fmt::format("leave min_duration at {}", kMinDurationMs);
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
                 "LoadGen's target latency is above the checker's limit.",
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

}  // namespace

void CheckLogs(const LoadgenEvidence& evidence, Findings& findings) {
  for (const UnreadableFile& file : evidence.unreadable) {
    findings.Error(rule::kUnreadable, {.message = "A file of the result cannot be read.",
                                       .found = file.reason,
                                       .fix = "copy it again, or repeat the test",
                                       .file = file.file});
  }
  if (evidence.detail) {
    CheckDamage(evidence, findings);
    CheckValues(evidence, findings);
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
        scope.scenario == nullptr ? "run one of the benchmark's scenarios"
                                  : fmt::format("run {} as LoadGen's scenario {}",
                                                ScenarioTitle(scope.scenario->scenario),
                                                scope.scenario->loadgen_scenario));
  }
  // The official checkers look at the seeds of a submission's performance log only;
  // CheckTestsDiffer compares the other's with them.
  if (!scope.submitted || test == TestKind::kPerformance) CheckSeeds(check, *scope.round);
  CheckRelease(check, *scope.round);
  if (test == TestKind::kPerformance) CheckPerformanceSettings(check, scope);
}

}  // namespace assay
