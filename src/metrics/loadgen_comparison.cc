#include "metrics/loadgen_comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <utility>

#include "assay/percentile.h"

#include "base/format.h"
#include "metrics/metrics.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

constexpr double kNanosPerSecond = 1e9;
// LoadGen prints floating-point numbers with six significant digits.
constexpr double kPrintedPrecision = 5e-6;

struct LoadgenPercentile {
  std::string_view name;
  double fraction;
};
constexpr std::array<LoadgenPercentile, 6> kLoadgenPercentiles{{{"50.00", 0.5},
                                                                {"90.00", 0.9},
                                                                {"95.00", 0.95},
                                                                {"97.00", 0.97},
                                                                {"99.00", 0.99},
                                                                {"99.90", 0.999}}};

// A figure that follows from the journal, and what LoadGen may have read instead.
struct Bounded {
  double value = 0.0;
  double lowest = 0.0;
  double highest = 0.0;
};

struct Expected {
  std::string key;
  Bounded bounded;
};

// How far LoadGen's reading of an interval can lie below and above ours.
struct Tolerance {
  double below_ns = 0.0;
  double above_ns = 0.0;
};

Bounded Around(double value_ns, const Tolerance& tolerance) {
  return {value_ns, value_ns - tolerance.below_ns, value_ns + tolerance.above_ns};
}

// `amount` per second of an interval; printed with six digits.
Bounded PerSecond(double amount, const Bounded& interval_ns) {
  const auto rate = [amount](double ns) {
    return ns > 0.0 ? amount / ns * kNanosPerSecond : std::numeric_limits<double>::infinity();
  };
  return {rate(interval_ns.value), rate(interval_ns.highest) * (1.0 - kPrintedPrecision),
          rate(interval_ns.lowest) * (1.0 + kPrintedPrecision)};
}

// What LoadGen knows of the samples of a test, by its definitions.
struct LoadgenView {
  std::vector<std::int64_t> latencies;  // ns, ascending; failed ones too
  std::vector<std::int64_t> ttft;
  std::vector<std::int64_t> tpot;
  double samples = 0.0;
  double tokens = 0.0;
  double last_scheduled_ns = 0.0;  // of the sample that was issued last, after the origin
  double last_issued_ns = 0.0;
  double last_done_ns = 0.0;
  std::size_t fewest_tokens = std::numeric_limits<std::size_t>::max();
};

LoadgenView ViewOf(std::span<const RequestRecord> requests, const Schedule& schedule) {
  LoadgenView view;
  std::optional<std::uint64_t> last_id;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& o = requests[i].outcome;
    const std::int64_t scheduled = schedule.scheduled_ns[i];
    const std::int64_t done = ToNanos(o.done);
    view.latencies.push_back(Elapsed(scheduled, done));
    view.tokens += static_cast<double>(o.token_ids.size());
    if (o.first_token && o.token_ids.size() > 1) {
      const std::int64_t first = ToNanos(*o.first_token);
      view.ttft.push_back(Elapsed(scheduled, first));
      view.tpot.push_back(Elapsed(first, done) / static_cast<std::int64_t>(o.token_ids.size() - 1));
      view.fewest_tokens = std::min(view.fewest_tokens, o.token_ids.size());
    }
    if (last_id && *last_id > o.id) continue;
    last_id = o.id;
    view.last_scheduled_ns = static_cast<double>(requests[i].offset_ns.value_or(0));
    view.last_issued_ns = static_cast<double>(Elapsed(*schedule.origin_ns, requests[i].issued_ns));
    view.last_done_ns = static_cast<double>(Elapsed(*schedule.origin_ns, done));
  }
  view.samples = static_cast<double>(requests.size());
  for (auto* values : {&view.latencies, &view.ttft, &view.tpot}) {
    std::sort(values->begin(), values->end());
  }
  return view;
}

double MeanOf(const std::vector<std::int64_t>& sorted) {
  double sum = 0.0;
  for (const std::int64_t value : sorted) sum += static_cast<double>(value);
  return std::floor(sum / static_cast<double>(sorted.size()));
}

// Names of a family of keys: "result_first_token_" + "50.00" + "_percentile_latency_ns".
struct Family {
  std::string_view prefix;
  std::string_view percentile_suffix;
  std::string_view min;
  std::string_view max;
  std::string_view mean;
};
constexpr Family kLatencies{"result_", "_percentile_latency_ns", "result_min_latency_ns",
                            "result_max_latency_ns", "result_mean_latency_ns"};
constexpr Family kFirstToken{
    "result_first_token_", "_percentile_latency_ns", "result_first_token_min_latency_ns",
    "result_first_token_max_latency_ns", "result_first_token_mean_latency_ns"};
constexpr Family kPerOutputToken{
    "result_time_per_output_token_", "_percentile_ns", "result_time_to_output_token_min",
    "result_time_to_output_token_max", "result_time_to_output_token_mean"};

void AddFamily(const Family& family, const std::vector<std::int64_t>& sorted,
               const Tolerance& tolerance, std::vector<Expected>& expected) {
  if (sorted.empty()) return;
  const auto add = [&](std::string key, double value) {
    expected.push_back({std::move(key), Around(value, tolerance)});
  };
  add(std::string(family.min), static_cast<double>(sorted.front()));
  add(std::string(family.max), static_cast<double>(sorted.back()));
  add(std::string(family.mean), MeanOf(sorted));
  for (const LoadgenPercentile& p : kLoadgenPercentiles) {
    add(fmt::format("{}{}{}", family.prefix, p.name, family.percentile_suffix),
        static_cast<double>(sorted[*PercentileRank(sorted.size(), p.fraction)]));
  }
}

void AddThroughput(const std::string& scenario, const LoadgenView& view, const Tolerance& t,
                   std::vector<Expected>& expected) {
  const Bounded last_done = Around(view.last_done_ns, t);
  // LoadGen reads its clock before it calls us: what it takes for the issue can be earlier.
  const Bounded last_issued =
      Around(view.last_issued_ns, {t.below_ns + static_cast<double>(kCallAllowanceNs), t.above_ns});
  if (scenario == "Offline") {
    const Bounded longest = Around(static_cast<double>(view.latencies.back()), t);
    expected.push_back({"result_samples_per_second", PerSecond(view.samples, longest)});
    expected.push_back({"result_tokens_per_second", PerSecond(view.tokens, longest)});
    return;
  }
  if (scenario == "Server") {
    // The schedule is LoadGen's own: no clock was read for it.
    const Bounded last_scheduled = Around(view.last_scheduled_ns, Tolerance{});
    expected.push_back(
        {"result_scheduled_samples_per_sec", PerSecond(view.samples - 1, last_scheduled)});
    expected.push_back(
        {"result_completed_samples_per_sec", PerSecond(view.samples - 1, last_done)});
  } else {
    expected.push_back(
        {"result_qps_with_loadgen_overhead", PerSecond(view.samples - 1, last_issued)});
    expected.push_back(
        {"result_qps_without_loadgen_overhead", PerSecond(1.0, Around(MeanOf(view.latencies), t))});
  }
  expected.push_back(
      {"result_token_throughput_with_loadgen_overhead", PerSecond(view.tokens, last_issued)});
  expected.push_back({"result_completed_tokens_per_second", PerSecond(view.tokens, last_done)});
}

std::vector<Expected> ExpectedFigures(const std::string& scenario, const LoadgenView& view,
                                      const Tolerance& t) {
  std::vector<Expected> expected;
  AddThroughput(scenario, view, t, expected);
  AddFamily(kLatencies, view.latencies, t, expected);
  if (scenario != "Offline") {
    AddFamily(kFirstToken, view.ttft, t, expected);
    if (!view.tpot.empty()) {
      // Both ends of the interval are told to LoadGen late; the difference is shared by the tokens.
      const double share = (t.below_ns + static_cast<double>(kCallAllowanceNs)) /
                               static_cast<double>(view.fewest_tokens - 1) +
                           1.0;
      AddFamily(kPerOutputToken, view.tpot, {share, share}, expected);
    }
  }
  return expected;
}

double ClockTolerance(const ClockPair& start, const ClockPair& end) {
  const std::int64_t drift =
      Elapsed(Elapsed(start.steady_ns, end.steady_ns), Elapsed(start.wall_ns, end.wall_ns));
  return std::abs(static_cast<double>(drift)) + static_cast<double>(start.width_ns) +
         static_cast<double>(end.width_ns);
}

std::string WhyTokenFiguresAreUnusable(std::span<const RequestRecord> requests) {
  std::uint64_t failed = 0;
  std::uint64_t single = 0;
  std::uint64_t untimed = 0;
  for (const RequestRecord& request : requests) {
    const RequestOutcome& o = request.outcome;
    if (!Completed(o)) {
      ++failed;
    } else if (o.token_ids.size() == 1) {
      ++single;
    } else if (!o.first_token) {
      ++untimed;
    }
  }
  if (failed + single + untimed == 0) return {};
  return fmt::format(
      "LoadGen counts no tokens of {} failed requests, {} answers of one token, {} answers without "
      "a first-token time",
      failed, single, untimed);
}

// The number of samples that LoadGen says it issued.
std::optional<LoadgenFigure> SampleCount(const LoadgenDetailLog& log, const std::string& scenario,
                                         std::size_t in_journal) {
  // An Offline test is one query of many samples.
  const std::string key =
      scenario == "Offline" ? "generated_samples_per_query" : "result_query_count";
  const LoadgenEntry* entry = log.Find(key);
  const std::optional<std::uint64_t> count = log.Unsigned(key);
  if (entry == nullptr || !count) return std::nullopt;
  const auto journal = static_cast<double>(in_journal);
  return LoadgenFigure{key,     static_cast<double>(*count), entry->line, journal, journal,
                       journal, *count != in_journal};
}

bool HasDuplicates(std::span<const RequestRecord> requests) {
  std::set<std::uint64_t> ids;
  for (const RequestRecord& request : requests) {
    if (!ids.insert(request.outcome.id).second) return true;
  }
  return false;
}

std::string WhyNotCompared(std::span<const RequestRecord> requests, const TestRecord& test,
                           const Schedule& schedule, const LoadgenComparison& c) {
  if (!c.validity) return "LoadGen's log has no performance result";
  if (!c.scenario) return "LoadGen's log does not name its scenario";
  if (!test.clocks_end) return "the test did not reach its end";
  if (requests.empty()) return "the journal is empty";
  if (HasDuplicates(requests)) return "the journal has a request twice";
  if (!c.figures.empty() && c.figures.front().disagrees) {
    return "the journal and LoadGen do not have the same number of samples";
  }
  if (!schedule.origin_width_ns) return "the start of LoadGen's schedule is not bounded";
  return {};
}

Json NumberOrNull(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

}  // namespace

bool IsTokenFigure(std::string_view key) {
  return key.find("token") != std::string_view::npos;
}

LoadgenComparison CompareWithLoadgen(std::span<const RequestRecord> requests,
                                     const TestRecord& test, const LoadgenDetailLog& log) {
  const Schedule schedule = RecoverSchedule(requests, test.origin_not_before_ns);
  LoadgenComparison c;
  c.scenario = log.Text("effective_scenario");
  c.validity = log.Text("result_validity");
  c.token_figures_unusable = WhyTokenFiguresAreUnusable(requests);
  if (test.clocks_end) c.clock_tolerance_ns = ClockTolerance(test.clocks_start, *test.clocks_end);
  if (c.validity && c.scenario) {
    auto count = SampleCount(log, *c.scenario, requests.size());
    if (count) c.figures.push_back(std::move(*count));
  }
  c.not_compared = WhyNotCompared(requests, test, schedule, c);
  if (!c.not_compared.empty()) return c;

  const double clocks = *c.clock_tolerance_ns;
  const Tolerance tolerance{clocks, clocks + static_cast<double>(*schedule.origin_width_ns) +
                                        static_cast<double>(kCallAllowanceNs)};
  for (auto& [key, bounded] : ExpectedFigures(*c.scenario, ViewOf(requests, schedule), tolerance)) {
    const std::optional<double> printed = log.Number(key);
    if (!printed) continue;
    LoadgenFigure figure{key, *printed, log.Find(key)->line, {}, 0.0, 0.0, false};
    if (c.token_figures_unusable.empty() || !IsTokenFigure(key)) {
      figure.journal = bounded.value;
      figure.lowest = bounded.lowest;
      figure.highest = bounded.highest;
      figure.disagrees = *printed < bounded.lowest || *printed > bounded.highest;
    }
    c.figures.push_back(std::move(figure));
  }
  return c;
}

std::vector<LoadgenFigure> Disagreements(const LoadgenComparison& comparison) {
  std::vector<LoadgenFigure> disagreements;
  for (const LoadgenFigure& figure : comparison.figures) {
    if (figure.disagrees) disagreements.push_back(figure);
  }
  return disagreements;
}

Json ToJson(const LoadgenComparison& c) {
  Json json;
  json["scenario"] = c.scenario ? Json(*c.scenario) : Json(nullptr);
  json["validity"] = c.validity ? Json(*c.validity) : Json(nullptr);
  json["not_compared"] = c.not_compared.empty() ? Json(nullptr) : Json(c.not_compared);
  json["token_figures_unusable"] =
      c.token_figures_unusable.empty() ? Json(nullptr) : Json(c.token_figures_unusable);
  json["clock_tolerance_ms"] =
      c.clock_tolerance_ns ? NumberOrNull(*c.clock_tolerance_ns / 1e6) : Json(nullptr);
  Json figures = Json::array();
  for (const LoadgenFigure& f : c.figures) {
    Json figure;
    figure["key"] = f.key;
    figure["loadgen"] = NumberOrNull(f.loadgen);
    figure["journal"] = f.journal ? NumberOrNull(*f.journal) : Json(nullptr);
    figure["lowest"] = f.journal ? NumberOrNull(f.lowest) : Json(nullptr);
    figure["highest"] = f.journal ? NumberOrNull(f.highest) : Json(nullptr);
    figure["disagrees"] = f.disagrees;
    figure["line"] = f.line;
    figures.push_back(std::move(figure));
  }
  json["figures"] = std::move(figures);
  return json;
}

}  // namespace assay
