#include "rules/scope.h"

#include <cmath>

#include "base/format.h"

namespace assay {

RoundChoice ChooseRound(std::optional<Round> asked, const LoadgenDetailLog* log) {
  if (asked) return {*asked, true, "as asked"};
  const auto seeds = log == nullptr ? std::nullopt : SeedsOf(*log);
  if (seeds) {
    if (const auto round = RoundOfSeeds(*seeds)) return {*round, false, "as LoadGen's seeds tell"};
    return {AllRounds().back().round, false, "the newest, as LoadGen's seeds are of no round"};
  }
  return {AllRounds().back().round, false, "the newest, as no log tells seeds"};
}

void NoteRound(const RoundChoice& choice, const Scope& scope, Findings& findings) {
  findings.Note(
      rule::kRound,
      {.message = fmt::format("Judged by the rules of {} for {}{} ({}).", scope.round->name,
                              BenchmarkName(scope.benchmark->benchmark),
                              scope.scenario == nullptr
                                  ? ""
                                  : fmt::format(", {}", ScenarioTitle(scope.scenario->scenario)),
                              choice.why),
       .fix = choice.asked ? "" : "--rules asks for another round"});
  findings.Note(rule::kUnverified, {.message = std::string(kUnverified)});
}

OfficialMetric MetricOf(const LoadgenDetailLog* log, const Scope& scope) {
  if (scope.scenario == nullptr) return {};
  OfficialMetric metric;
  metric.name = fmt::format("{} ({})", scope.scenario->metric_name, scope.scenario->metric_unit);
  if (log == nullptr) return metric;
  if (const auto value = log->Number(scope.scenario->metric_key)) {
    // Divided where the unit is larger: 1e-6 is no binary fraction, 1e6 is a whole number.
    const double scale = scope.scenario->metric_scale;
    metric.value = scale < 1.0 ? *value / std::round(1.0 / scale) : *value * scale;
  }
  return metric;
}

}  // namespace assay
