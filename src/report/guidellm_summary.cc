#include "report/guidellm_summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace assay {
namespace {

constexpr double kMergeSeconds = 1e-4;
constexpr double kEpsilon = 1e-6;

constexpr std::array<std::pair<const char*, double>, 11> kLevels{{{"p001", 0.001},
                                                                  {"p01", 0.01},
                                                                  {"p05", 0.05},
                                                                  {"p10", 0.1},
                                                                  {"p25", 0.25},
                                                                  {"p50", 0.5},
                                                                  {"p75", 0.75},
                                                                  {"p90", 0.9},
                                                                  {"p95", 0.95},
                                                                  {"p99", 0.99},
                                                                  {"p999", 0.999}}};

// Ascending, each value once, its weight a probability.
std::vector<WeightedValue> Probabilities(std::vector<WeightedValue> values) {
  std::sort(values.begin(), values.end(),
            [](const WeightedValue& a, const WeightedValue& b) { return a.value < b.value; });
  std::vector<WeightedValue> distinct;
  double total = 0.0;
  for (const WeightedValue& v : values) {
    if (v.weight <= 0.0) continue;
    total += v.weight;
    if (!distinct.empty() && distinct.back().value == v.value) {
      distinct.back().weight += v.weight;
    } else {
      distinct.push_back(v);
    }
  }
  for (WeightedValue& v : distinct) {
    v.weight = total > kEpsilon ? v.weight / total : 1.0 / static_cast<double>(distinct.size());
  }
  return distinct;
}

// The first value at which the cumulated probability reaches the level.
double At(const std::vector<WeightedValue>& pdf, double level) {
  double below = 0.0;
  for (const WeightedValue& v : pdf) {
    below += v.weight;
    if (below >= level) return v.value;
  }
  return pdf.back().value;
}

Json EmptySummary(std::uint64_t count) {
  Json percentiles = Json::object();
  for (const auto& [name, level] : kLevels) percentiles[name] = 0.0;
  return {{"mean", 0.0},      {"median", 0.0},
          {"mode", 0.0},      {"variance", 0.0},
          {"std_dev", 0.0},   {"min", 0.0},
          {"max", 0.0},       {"count", count},
          {"total_sum", 0.0}, {"percentiles", std::move(percentiles)}};
}

// Times within kMergeSeconds of the first of a group become that one.
std::vector<TimedWeight> Merged(std::vector<TimedWeight> times) {
  std::stable_sort(times.begin(), times.end(),
                   [](const TimedWeight& a, const TimedWeight& b) { return a.time < b.time; });
  std::vector<TimedWeight> merged;
  for (const TimedWeight& t : times) {
    if (!merged.empty() && t.time <= merged.back().time + kMergeSeconds) {
      merged.back().weight += t.weight;
    } else {
      merged.push_back(t);
    }
  }
  return merged;
}

}  // namespace

Json GuidellmSummary(std::vector<WeightedValue> values, std::optional<std::uint64_t> count) {
  double weights = 0.0;
  for (const WeightedValue& v : values) weights += v.weight;
  if (!count) count = static_cast<std::uint64_t>(std::llround(weights));
  const std::vector<WeightedValue> pdf = Probabilities(std::move(values));
  if (pdf.empty()) return EmptySummary(*count);
  double mean = 0.0;
  for (const WeightedValue& v : pdf) mean += v.value * v.weight;
  double variance = 0.0;
  for (const WeightedValue& v : pdf) variance += (v.value - mean) * (v.value - mean) * v.weight;
  const auto mode = std::max_element(
      pdf.begin(), pdf.end(),
      [](const WeightedValue& a, const WeightedValue& b) { return a.weight < b.weight; });
  Json percentiles = Json::object();
  for (const auto& [name, level] : kLevels) percentiles[name] = At(pdf, level);
  return {{"mean", mean},
          {"median", At(pdf, 0.5)},
          {"mode", mode->value},
          {"variance", variance},
          {"std_dev", std::sqrt(variance)},
          {"min", pdf.front().value},
          {"max", pdf.back().value},
          {"count", *count},
          {"total_sum", mean * static_cast<double>(*count)},
          {"percentiles", std::move(percentiles)}};
}

Json GuidellmRate(std::vector<TimedWeight> events, double start, double end) {
  std::erase_if(events, [&](const TimedWeight& e) { return e.time < start || e.time > end; });
  events.insert(events.begin(), {start, 0.0});
  events.push_back({end, 0.0});
  const std::vector<TimedWeight> times = Merged(std::move(events));
  if (times.size() <= 1) return GuidellmSummary({}, times.size());
  std::vector<WeightedValue> rates;
  double occurrences = 0.0;
  double from = times.front().time;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const bool last = i + 1 == times.size();
    const double until = last ? times[i].time : (times[i].time + times[i + 1].time) / 2.0;
    const double duration = last ? std::max(until - from, kEpsilon) : until - from;
    rates.push_back({times[i].weight / duration, duration});
    occurrences += times[i].weight;
    from = until;
  }
  return GuidellmSummary(std::move(rates), static_cast<std::uint64_t>(std::llround(occurrences)));
}

Json GuidellmConcurrency(const std::vector<TimedInterval>& intervals, double start, double end) {
  std::vector<TimedWeight> changes;
  for (const TimedInterval& interval : intervals) {
    if (interval.end < start || interval.start > end) continue;
    changes.push_back({interval.start, 1.0});
    changes.push_back({interval.end, -1.0});
  }
  const std::uint64_t count = changes.size() / 2;
  if (count == 0) return GuidellmSummary({}, count);
  std::vector<TimedWeight> times = Merged(std::move(changes));
  // What changed before the start is there at the start; nothing is looked at after the end.
  double prior = 0.0;
  for (const TimedWeight& t : times) prior += t.time < start ? t.weight : 0.0;
  std::erase_if(times, [&](const TimedWeight& t) { return t.time < start || t.time > end; });
  times.insert(times.begin(), {start, prior});
  times.push_back({end, 0.0});
  std::vector<WeightedValue> levels;
  double level = 0.0;
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    level += times[i].weight;
    const double duration = std::max(times[i + 1].time - times[i].time, 0.0);
    levels.push_back({std::max(level, 0.0), duration});
  }
  return GuidellmSummary(std::move(levels), count);
}

}  // namespace assay
