#include "compare/experiment_plan.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

struct Axis {
  std::string name;
  std::vector<std::string> values;
};

Result<Axis> ParseAxis(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || text.starts_with("-")) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "--vary \"{}\": expected OPTION=VALUE,VALUE,..., the option without dashes",
                     text);
  }
  Axis axis{text.substr(0, equals), {}};
  if (axis.name == "output" || axis.name == "format") {
    return MakeError(ErrorCode::kInvalidArgument, "--vary \"{}\": each run's own is chosen here",
                     text);
  }
  std::string_view rest = std::string_view(text).substr(equals + 1);
  while (true) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string value(rest.substr(0, comma));
    if (value.empty() ||
        std::find(axis.values.begin(), axis.values.end(), value) != axis.values.end()) {
      return MakeError(ErrorCode::kInvalidArgument, "--vary \"{}\": value \"{}\" is {}", text,
                       value, value.empty() ? "empty" : "there twice");
    }
    axis.values.push_back(std::move(value));
    if (comma == rest.size()) return axis;
    rest.remove_prefix(comma + 1);
  }
}

// A value as a part of a folder's name: the last part of a path or URL, odd characters replaced.
std::string FolderPart(const std::string& value) {
  std::string part = value;
  while (part.size() > 1 && part.back() == '/') part.pop_back();
  part = part.substr(part.rfind('/') + 1);
  if (part.ends_with(".gguf")) part.resize(part.size() - 5);
  for (char& c : part) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return part.empty() || part.front() == '.' ? "_" + part : part;
}

std::vector<ExperimentVariant> Crossed(const std::vector<Axis>& axes) {
  std::vector<ExperimentVariant> variants{{"", {}}};
  for (const Axis& axis : axes) {
    std::vector<ExperimentVariant> next;
    for (const ExperimentVariant& before : variants) {
      for (const std::string& value : axis.values) {
        ExperimentVariant variant = before;
        variant.name +=
            fmt::format("{}{}={}", before.name.empty() ? "" : ",", axis.name, FolderPart(value));
        variant.options.push_back("--" + axis.name);
        variant.options.push_back(value);
        next.push_back(std::move(variant));
      }
    }
    variants = std::move(next);
  }
  return variants;
}

void MakeNamesUnique(std::vector<ExperimentVariant>& variants) {
  std::set<std::string> names;
  for (ExperimentVariant& variant : variants) {
    const std::string name = variant.name;
    for (int n = 2; !names.insert(variant.name).second; ++n) {
      variant.name = fmt::format("{}_{}", name, n);
    }
  }
}

}  // namespace

Result<ExperimentPlan> MakePlan(const std::vector<std::string>& vary, std::size_t repeat,
                                const std::vector<std::string>& options) {
  ExperimentPlan plan{vary, repeat, options, {}, {}};
  std::vector<Axis> axes;
  for (const std::string& text : vary) {
    ASSAY_ASSIGN_OR_RETURN(Axis axis, ParseAxis(text));
    axes.push_back(std::move(axis));
  }
  plan.variants = Crossed(axes);
  MakeNamesUnique(plan.variants);
  const std::size_t k = plan.variants.size();
  if (k < 2) {
    return MakeError(ErrorCode::kInvalidArgument, "--vary gives one variant; at least two");
  }
  for (std::size_t round = 0; round < repeat; ++round) {
    for (std::size_t place = 0; place < k; ++place) {
      const bool backwards = round / k % 2 == 1;
      const std::size_t variant = ((backwards ? k - 1 - place : place) + round) % k;
      plan.runs.push_back(
          {round, variant, fmt::format("{}/{:02}", plan.variants[variant].name, round + 1)});
    }
  }
  return plan;
}

Json ToJson(const ExperimentPlan& plan) {
  Json variants = Json::array();
  for (const ExperimentVariant& variant : plan.variants) {
    variants.push_back(Json{{"name", variant.name}, {"options", variant.options}});
  }
  Json runs = Json::array();
  for (const PlannedRun& run : plan.runs) {
    runs.push_back(Json{{"round", run.round + 1},
                        {"variant", plan.variants[run.variant].name},
                        {"directory", run.directory}});
  }
  return Json{{"format", "assay-experiment"},
              {"version", 1},
              {"vary", plan.vary},
              {"repeat", plan.repeat},
              {"options", plan.options},
              {"variants", variants},
              {"runs", runs}};
}

}  // namespace assay
