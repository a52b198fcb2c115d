#include "rules/lint_user_conf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/format.h"
#include "rules/submission_rules.h"

namespace assay {
namespace {

bool IsForScenario(const UserConfEntry& entry, const ScenarioRules& scenario) {
  return (entry.model == "*" || entry.model == scenario.loadgen_model) &&
         (entry.scenario == "*" || entry.scenario == scenario.loadgen_scenario);
}

int Rank(const UserConfEntry& entry) {
  return (entry.scenario == "*" ? 0 : 2) + (entry.model == "*" ? 0 : 1);
}

double NumberOf(const UserConfEntry& entry) {
  double value = 0.0;  // ParseUserConf has looked at its form
  std::from_chars(entry.value.data(), entry.value.data() + entry.value.size(), value);
  return value;
}

std::string Shown(const UserConfEntry& e) {
  return fmt::format("{}.{}.{} = {}", e.model, e.scenario, e.key, e.value);
}

// What the round's own configuration has for a key that user.conf may only raise, or must leave.
std::optional<double> RoundValue(std::string_view key, const Scope& scope) {
  const ScenarioRules& scenario = *scope.scenario;
  const auto ms = [](const std::optional<std::uint64_t>& ns) {
    return ns ? std::optional(static_cast<double>(*ns) / 1e6) : std::nullopt;
  };
  if (key == "min_duration") return static_cast<double>(kMinDurationMs);
  if (key == "performance_sample_count_override") {
    return static_cast<double>(scope.benchmark->sample_count);
  }
  if (key == "min_query_count" && scenario.scenario == Scenario::kOffline) {
    return static_cast<double>(scope.benchmark->sample_count);
  }
  if (key == "ttft_latency") return ms(scenario.ttft_limit_ns);
  if (key == "tpot_latency") return ms(scenario.tpot_limit_ns);
  if (key == "use_token_latencies" || key == "sample_concatenate_permutation") return 1.0;
  if (key == "target_latency_percentile" && scenario.early_stopping_percentile) {
    return 100.0 * *scenario.early_stopping_percentile;
  }
  return std::nullopt;
}

class Linter {
 public:
  Linter(const std::vector<UserConfEntry>& entries, const RunConfig& config, const Scope& scope,
         Findings& findings)
      : entries_(entries), config_(config), scope_(scope), findings_(findings) {}

  void Lint() {
    for (const UserConfEntry& entry : entries_) {
      CheckModel(entry);
      CheckRepeated(entry);
      if (!IsForScenario(entry, *scope_.scenario) ||
          Effective(entries_, *scope_.scenario, entry.key) != &entry) {
        continue;
      }
      CheckChange(entry);
    }
    CheckOption("target_qps", config_.target_qps, 1.0, "--target-qps");
    CheckOption("target_latency", config_.expected_latency_ms, 1.0, "--expected-latency");
    CheckOption("min_duration", config_.min_duration_s, 1e-3, "--min-duration");
  }

 private:
  [[nodiscard]] FindingText At(const UserConfEntry& entry, std::string message, std::string needed,
                               std::string fix) const {
    return {.message = std::move(message),
            .found = Shown(entry),
            .needed = std::move(needed),
            .fix = std::move(fix),
            .file = config_.user_conf,
            .line = entry.line};
  }

  // A line for a model that no test of the round runs under.
  void CheckModel(const UserConfEntry& entry) {
    if (entry.model == "*") return;
    for (const BenchmarkRules& benchmark : scope_.round->benchmarks) {
      for (const ScenarioRules& scenario : benchmark.scenarios) {
        if (scenario.loadgen_model == entry.model) return;
      }
    }
    findings_.Warning(
        rule::kUserConfEffect,
        At(entry,
           fmt::format("This line of user.conf never acts: no test runs as \"{}\".", entry.model),
           fmt::format("\"{}\", as LoadGen's mlperf.conf spells it, or \"*\"",
                       scope_.scenario->loadgen_model),
           fmt::format("write {}.{}.{}", scope_.scenario->loadgen_model, entry.scenario,
                       entry.key)));
  }

  void CheckRepeated(const UserConfEntry& entry) {
    const auto same = [&](const UserConfEntry& other) {
      return other.model == entry.model && other.scenario == entry.scenario &&
             other.key == entry.key && other.line < entry.line;
    };
    const auto first = std::find_if(entries_.begin(), entries_.end(), same);
    if (first == entries_.end() || first->value == entry.value) return;
    findings_.Breach(
        rule::kUserConfEffect,
        At(entry, fmt::format("user.conf says twice what {} is, and not the same.", entry.key),
           fmt::format("one value; line {} says {}", first->line, first->value),
           "remove one of the lines"));
  }

  void CheckChange(const UserConfEntry& entry) {
    if (entry.key == "mode") {
      findings_.Warning(rule::kUserConfEffect,
                        At(entry, "user.conf sets LoadGen's mode: Assay sets it for each test.",
                           "no such line", "remove it; --mode says which tests run"));
      return;
    }
    const double value = NumberOf(entry);
    const auto known = std::find_if(kClosedUserConf.begin(), kClosedUserConf.end(),
                                    [&](const UserConfRule& r) { return r.key == entry.key; });
    const auto round_value = RoundValue(entry.key, scope_);
    if (known == kClosedUserConf.end()) {
      // The round's own value, said again, changes nothing.
      if (round_value == value) return;
      findings_.Breach(
          rule::kUserConfClosed,
          At(entry, fmt::format("user.conf sets {}, which only the open division may.", entry.key),
             round_value ? fmt::format("{} = {}, or no such line", entry.key, *round_value)
                         : "no such line",
             "remove it"));
    } else if (known->change == UserConfChange::kUpward && round_value && value < *round_value) {
      findings_.Breach(rule::kUserConfClosed,
                       At(entry, fmt::format("user.conf sets {} below the round's.", entry.key),
                          fmt::format("at least {}", *round_value),
                          fmt::format("set it to {}, or remove the line", *round_value)));
    }
  }

  // An option of the command line beats the file.
  void CheckOption(std::string_view key, const std::optional<double>& given, double scale,
                   std::string_view option) {
    const UserConfEntry* entry = Effective(entries_, *scope_.scenario, key);
    if (!given || entry == nullptr || config_.estimate) return;
    const double in_file = NumberOf(*entry) * scale;
    if (in_file == *given) return;
    findings_.Warning(
        rule::kUserConfEffect,
        At(*entry, fmt::format("user.conf and {} say different things; the option acts.", option),
           fmt::format("{} {}", option, in_file),
           fmt::format("leave {} out, or the line", option)));
  }

  const std::vector<UserConfEntry>& entries_;
  const RunConfig& config_;
  const Scope& scope_;
  Findings& findings_;
};

}  // namespace

const UserConfEntry* Effective(const std::vector<UserConfEntry>& entries,
                               const ScenarioRules& scenario, std::string_view key) {
  const UserConfEntry* best = nullptr;
  for (const UserConfEntry& entry : entries) {
    if (entry.key != key || !IsForScenario(entry, scenario)) continue;
    if (best == nullptr || Rank(entry) >= Rank(*best)) best = &entry;
  }
  return best;
}

void LintUserConf(const std::vector<UserConfEntry>& entries, const RunConfig& config,
                  const Scope& scope, Findings& findings) {
  Linter(entries, config, scope, findings).Lint();
}

}  // namespace assay
