#include "compare/gate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

constexpr std::array<std::pair<std::string_view, Gate::Kind>, 8> kLimits{
    {{"min_ratio", Gate::Kind::kMinRatio},
     {"max_ratio", Gate::Kind::kMaxRatio},
     {"min_difference", Gate::Kind::kMinDifference},
     {"min", Gate::Kind::kMin},
     {"max", Gate::Kind::kMax},
     {"not_worse", Gate::Kind::kNotWorse},
     {"not_worse_by", Gate::Kind::kNotWorseBy},
     {"max_differing", Gate::Kind::kMaxDiffering}}};

// A gate that nothing can fail is no gate.
Status CheckLimit(const Gate& gate, const std::string& limit, const std::string& where) {
  const bool is_share = gate.kind == Gate::Kind::kMaxDiffering;
  if (is_share ? gate.limit >= 0.0 && gate.limit < 1.0
               : gate.kind != Gate::Kind::kNotWorseBy || gate.limit >= 0.0) {
    return Ok{};
  }
  return MakeError(ErrorCode::kParse, "{}: \"{}\" must be {}, found {}", where, limit,
                   is_share ? "a share from 0 to below 1" : "at least 0", gate.limit);
}

Result<Gate> ParseGate(const Json& json, const std::string& where) {
  if (!json.is_object()) return MakeError(ErrorCode::kParse, "{}: expected an object", where);
  Gate gate;
  std::string limit;
  for (const auto& [key, value] : json.items()) {
    if (key == "figure" && value.is_string()) {
      gate.figure = value.get<std::string>();
      continue;
    }
    const auto it = std::find_if(kLimits.begin(), kLimits.end(),
                                 [&key = key](const auto& entry) { return entry.first == key; });
    if (it == kLimits.end()) {
      return MakeError(ErrorCode::kParse,
                       "{}: \"{}\" is not known; accepted: figure, min_ratio, max_ratio, "
                       "min_difference, min, max, not_worse, not_worse_by, max_differing",
                       where, key);
    }
    if (!limit.empty()) {
      return MakeError(ErrorCode::kParse, "{}: \"{}\" and \"{}\"; a gate has one limit", where,
                       limit, key);
    }
    limit = key;
    gate.kind = it->second;
    const bool flag = gate.kind == Gate::Kind::kNotWorse;
    if (flag ? value != Json(true) : !value.is_number()) {
      return MakeError(ErrorCode::kParse, "{}: \"{}\" must be {}, found {}", where, key,
                       flag ? "true" : "a number", ToJsonLine(value));
    }
    if (!flag) gate.limit = value.get<double>();
  }
  if (limit.empty()) return MakeError(ErrorCode::kParse, "{}: has no limit", where);
  ASSAY_RETURN_IF_ERROR(CheckLimit(gate, limit, where));
  if (gate.figure.empty() != (gate.kind == Gate::Kind::kMaxDiffering)) {
    return MakeError(ErrorCode::kParse, "{}: {}", where,
                     gate.figure.empty() ? "\"figure\" is missing"
                                         : "max_differing is about outputs, not a figure");
  }
  gate.text = gate.figure.empty() ? fmt::format("{} {}", limit, gate.limit)
              : gate.kind == Gate::Kind::kNotWorse
                  ? fmt::format("{} {}", gate.figure, limit)
                  : fmt::format("{} {} {}", gate.figure, limit, gate.limit);
  return gate;
}

std::string Shown(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "n/a";
}

// How much worse at least and at most, as the limits count it; absent without an interval.
bool WithinMargin(const ComparedFigure& figure, double margin) {
  if (!figure.interval) return false;
  const Interval& i = *figure.interval;
  if (figure.is_score) return i.low >= -margin;
  return figure.higher_is_better ? i.low >= 1.0 - margin : i.high <= 1.0 + margin;
}

bool Worsened(const ComparedFigure& figure) {
  if (!figure.differs) return false;
  const double neutral = figure.is_score ? 0.0 : 1.0;
  return figure.higher_is_better ? *figure.effect < neutral : *figure.effect > neutral;
}

bool Passes(const Gate& gate, const ComparedFigure& figure) {
  const bool ratio = figure.effect && !figure.is_score;
  switch (gate.kind) {
    case Gate::Kind::kMinRatio:
      return figure.base && figure.value && *figure.value / *figure.base >= gate.limit;
    case Gate::Kind::kMaxRatio:
      return figure.base && figure.value && *figure.value / *figure.base <= gate.limit;
    case Gate::Kind::kMinDifference:
      return figure.base && figure.value && !ratio && *figure.effect >= gate.limit;
    case Gate::Kind::kMin:
      return figure.value && *figure.value >= gate.limit;
    case Gate::Kind::kMax:
      return figure.value && *figure.value <= gate.limit;
    case Gate::Kind::kNotWorse:
      return figure.adjusted_p && !Worsened(figure);
    case Gate::Kind::kNotWorseBy:
      return WithinMargin(figure, gate.limit);
    case Gate::Kind::kMaxDiffering:
      break;
  }
  return false;
}

GateResult JudgeOne(const Gate& gate, const VariantComparison& variant) {
  GateResult result{variant.name, gate.text, false, variant.incomplete};
  if (!variant.incomplete.empty()) return result;
  if (gate.kind == Gate::Kind::kMaxDiffering) {
    const OutputComparison& o = variant.outputs;
    const double share =
        o.compared == 0 ? 1.0 : static_cast<double>(o.differing) / static_cast<double>(o.compared);
    result.passed = o.compared > 0 && share <= gate.limit;
    result.found = fmt::format("{} of {} outputs differ", o.differing, o.compared);
    return result;
  }
  const ComparedFigure* figure = FindFigure(variant, gate.figure);
  if (figure == nullptr) {
    result.found = "the runs have no such figure";
    return result;
  }
  result.passed = Passes(gate, *figure);
  result.found = fmt::format("{} -> {} ({} {}", Shown(figure->base), Shown(figure->value),
                             figure->is_score ? "difference" : "ratio", Shown(figure->effect));
  if (figure->interval) {
    result.found +=
        fmt::format(", 95 % {:.6g} to {:.6g}", figure->interval->low, figure->interval->high);
  }
  result.found += ")";
  if (!figure->untested.empty()) result.found += "; not tested: " + figure->untested;
  return result;
}

}  // namespace

Result<std::vector<Gate>> ParseGates(std::string_view json, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const Json document, ParseJson(json, where));
  const auto list = document.is_object() ? document.find("gates") : document.end();
  if (!document.is_object() || document.size() != 1 || list == document.end() ||
      !list->is_array() || list->empty()) {
    return MakeError(ErrorCode::kParse, "{}: expected {{\"gates\": [...]}} with at least one gate",
                     where);
  }
  std::vector<Gate> gates;
  for (const Json& entry : *list) {
    ASSAY_ASSIGN_OR_RETURN(Gate gate,
                           ParseGate(entry, fmt::format("{}: gates[{}]", where, gates.size())));
    gates.push_back(std::move(gate));
  }
  return gates;
}

std::vector<GateResult> Judge(const Comparison& comparison, const std::vector<Gate>& gates) {
  std::vector<GateResult> results;
  for (const VariantComparison& variant : comparison.variants) {
    for (const Gate& gate : gates) results.push_back(JudgeOne(gate, variant));
  }
  return results;
}

}  // namespace assay
