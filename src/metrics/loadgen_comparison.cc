#include "metrics/loadgen_comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <set>
#include <unordered_map>
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

// `amount` per second of an interval; printed with six digits.
Bounded PerSecond(double amount, const Bounded& interval_ns) {
  const auto rate = [amount](double ns) {
    return ns > 0.0 ? amount / ns * kNanosPerSecond : std::numeric_limits<double>::infinity();
  };
  return {rate(interval_ns.value), rate(interval_ns.highest) * (1.0 - kPrintedPrecision),
          rate(interval_ns.lowest) * (1.0 + kPrintedPrecision)};
}

// One reading for each sample, ns. The order of the bounds is that of what lies between them: the
// k-th of LoadGen's values in order lies between the k-th of each.
struct Readings {
  std::vector<double> journal;
  std::vector<double> lowest;
  std::vector<double> highest;

  void Add(const Bounded& reading) {
    journal.push_back(reading.value);
    lowest.push_back(reading.lowest);
    highest.push_back(reading.highest);
  }
  void Sort() {
    for (auto* values : {&journal, &lowest, &highest}) std::sort(values->begin(), values->end());
  }
  [[nodiscard]] Bounded At(std::size_t rank) const {
    return {journal[rank], lowest[rank], highest[rank]};
  }
  // LoadGen adds integers and divides: rounded down.
  [[nodiscard]] Bounded Mean() const {
    const auto mean = [](const std::vector<double>& values) {
      const double sum = std::accumulate(values.begin(), values.end(), 0.0);
      return std::floor(sum / static_cast<double>(values.size()));
    };
    return {mean(journal), mean(lowest), mean(highest)};
  }
};

// What LoadGen knows of the samples of a test, by its definitions.
struct LoadgenView {
  Readings latencies;  // failed ones too
  Readings ttft;
  Readings tpot;
  double samples = 0.0;
  double tokens = 0.0;
  // Of the sample that was issued last, after the origin.
  double last_scheduled_ns = 0.0;
  Bounded last_issued;
  Bounded last_done;
};

// Reads a journal as LoadGen would have read its clock.
class LoadgenReader {
 public:
  LoadgenReader(std::span<const RequestRecord> requests, const Schedule& schedule,
                double clock_tolerance_ns)
      : requests_(requests), schedule_(schedule), clocks_ns_(clock_tolerance_ns) {
    for (const RequestRecord& r : requests) told_done_[r.outcome.id] = r.told_done->before_ns;
  }

  [[nodiscard]] LoadgenView Read() const {
    LoadgenView view;
    const RequestRecord* last = nullptr;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      AddRequest(i, view);
      if (last == nullptr || last->outcome.id <= requests_[i].outcome.id) last = &requests_[i];
    }
    view.samples = static_cast<double>(requests_.size());
    for (auto* readings : {&view.latencies, &view.ttft, &view.tpot}) readings->Sort();
    AddLast(*last, view);
    return view;
  }

 private:
  [[nodiscard]] static double Between(std::int64_t earlier_ns, std::int64_t later_ns) {
    return static_cast<double>(Elapsed(earlier_ns, later_ns));
  }
  [[nodiscard]] std::int64_t EarliestOrigin() const {
    return *schedule_.origin_ns - *schedule_.origin_width_ns;
  }

  // A scheduled query is due at the origin and its offset. An unscheduled one is due when LoadGen
  // takes it up: after it was told of the answer before.
  [[nodiscard]] std::int64_t EarliestDue(const RequestRecord& r) const {
    if (r.offset_ns) return EarliestOrigin() + *r.offset_ns;
    const auto before = told_done_.find(r.outcome.id - 1);
    return before == told_done_.end() ? EarliestOrigin() : before->second;
  }

  void AddRequest(std::size_t i, LoadgenView& view) const {
    const RequestRecord& r = requests_[i];
    const RequestOutcome& o = r.outcome;
    const std::int64_t due = schedule_.scheduled_ns[i];
    const std::int64_t earliest_due = EarliestDue(r);
    view.latencies.Add({Between(due, ToNanos(o.done)),
                        Between(due, r.told_done->before_ns) - clocks_ns_,
                        Between(earliest_due, r.told_done->after_ns) + clocks_ns_});
    view.tokens += static_cast<double>(o.token_ids.size());
    if (!o.first_token || o.token_ids.size() < 2) return;
    view.ttft.Add({Between(due, ToNanos(*o.first_token)),
                   Between(due, r.told_first->before_ns) - clocks_ns_,
                   Between(earliest_due, r.told_first->after_ns) + clocks_ns_});
    const auto gaps = static_cast<double>(o.token_ids.size() - 1);
    const auto per_gap = [gaps](double ns) { return std::floor(ns / gaps); };
    view.tpot.Add({per_gap(Between(ToNanos(*o.first_token), ToNanos(o.done))),
                   per_gap(Between(r.told_first->after_ns, r.told_done->before_ns) - clocks_ns_),
                   per_gap(Between(r.told_first->before_ns, r.told_done->after_ns) + clocks_ns_)});
  }

  void AddLast(const RequestRecord& last, LoadgenView& view) const {
    const std::int64_t origin = *schedule_.origin_ns;
    view.last_scheduled_ns = static_cast<double>(last.offset_ns.value_or(0));
    const double earliest =
        last.offset_ns ? view.last_scheduled_ns : Between(origin, EarliestDue(last));
    view.last_issued = {Between(origin, last.issued_ns), earliest - clocks_ns_,
                        Between(EarliestOrigin(), last.issued_ns) + clocks_ns_};
    view.last_done = {Between(origin, ToNanos(last.outcome.done)),
                      Between(origin, last.told_done->before_ns) - clocks_ns_,
                      Between(EarliestOrigin(), last.told_done->after_ns) + clocks_ns_};
  }

  std::span<const RequestRecord> requests_;
  const Schedule& schedule_;
  double clocks_ns_;
  std::unordered_map<std::uint64_t, std::int64_t> told_done_;  // by request id
};

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

void AddFamily(const Family& family, const Readings& readings, std::vector<Expected>& expected) {
  const std::size_t count = readings.journal.size();
  if (count == 0) return;
  expected.push_back({std::string(family.min), readings.At(0)});
  expected.push_back({std::string(family.max), readings.At(count - 1)});
  expected.push_back({std::string(family.mean), readings.Mean()});
  for (const LoadgenPercentile& p : kLoadgenPercentiles) {
    expected.push_back({fmt::format("{}{}{}", family.prefix, p.name, family.percentile_suffix),
                        readings.At(*PercentileRank(count, p.fraction))});
  }
}

void AddThroughput(const std::string& scenario, const LoadgenView& view,
                   std::vector<Expected>& expected) {
  const auto add = [&expected](const char* key, double amount, const Bounded& interval_ns) {
    expected.push_back({key, PerSecond(amount, interval_ns)});
  };
  if (scenario == "Offline") {
    const Bounded longest = view.latencies.At(view.latencies.journal.size() - 1);
    add("result_samples_per_second", view.samples, longest);
    add("result_tokens_per_second", view.tokens, longest);
    return;
  }
  if (scenario == "Server") {
    // The schedule is LoadGen's own: no clock was read for it.
    const double due = view.last_scheduled_ns;
    add("result_scheduled_samples_per_sec", view.samples - 1, {due, due, due});
    add("result_completed_samples_per_sec", view.samples - 1, view.last_done);
  } else {
    add("result_qps_with_loadgen_overhead", view.samples - 1, view.last_issued);
    add("result_qps_without_loadgen_overhead", 1.0, view.latencies.Mean());
  }
  add("result_token_throughput_with_loadgen_overhead", view.tokens, view.last_issued);
  add("result_completed_tokens_per_second", view.tokens, view.last_done);
}

std::vector<Expected> ExpectedFigures(const std::string& scenario, const LoadgenView& view) {
  std::vector<Expected> expected;
  AddThroughput(scenario, view, expected);
  AddFamily(kLatencies, view.latencies, expected);
  if (scenario != "Offline") {
    AddFamily(kFirstToken, view.ttft, expected);
    AddFamily(kPerOutputToken, view.tpot, expected);
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

bool WasTold(const RequestRecord& request) {
  return request.told_first && request.told_done;
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
  if (!std::all_of(requests.begin(), requests.end(), WasTold)) {
    return "the journal does not say of every request when LoadGen was told";
  }
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

  const LoadgenView view = LoadgenReader(requests, schedule, *c.clock_tolerance_ns).Read();
  for (auto& [key, bounded] : ExpectedFigures(*c.scenario, view)) {
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
