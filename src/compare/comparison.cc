#include "compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <thread>
#include <utility>

#include "base/format.h"
#include "compare/statistics.h"

namespace assay {
namespace {

constexpr double kConfidence = 0.95;
constexpr std::uint32_t kResamples = 9999;
constexpr std::size_t kExamples = 3;
constexpr double kQueueShare = 2.0;

using SharesOf = std::function<std::vector<Share>(const std::vector<TimedRequest>&)>;

// A figure that is tested.
struct TestedFigure {
  const char* name;
  const char* unit;
  bool higher_is_better;
  bool is_queue;    // includes the time in the queue
  SharesOf shares;  // within one run
};

std::vector<Share> Means(const std::vector<TimedRequest>& requests,
                         const std::function<Share(const TimedRequest&)>& share) {
  std::vector<Share> shares;
  shares.reserve(requests.size());
  for (const TimedRequest& request : requests) shares.push_back(share(request));
  return shares;
}

// The k-th completion brings its tokens and takes the time since the one before.
std::vector<Share> CompletionShares(const std::vector<TimedRequest>& requests) {
  std::vector<TimedRequest> order = requests;
  std::stable_sort(order.begin(), order.end(), [](const TimedRequest& a, const TimedRequest& b) {
    return a.done_s < b.done_s;
  });
  std::vector<Share> shares;
  double before = 0.0;
  for (const TimedRequest& request : order) {
    shares.push_back({request.tokens, request.done_s - before});
    before = request.done_s;
  }
  return shares;
}

const std::vector<TestedFigure>& TestedFigures() {
  static const std::vector<TestedFigure> figures{
      {"output_throughput", "tokens/s", true, false, CompletionShares},
      {"mean_ttft_ms", "ms", false, true,
       [](const auto& requests) {
         return Means(requests, [](const TimedRequest& r) {
           return Share{r.first_token_s - r.scheduled_s, 1.0};
         });
       }},
      {"mean_tpot_ms", "ms", false, false,
       [](const auto& requests) {
         return Means(requests, [](const TimedRequest& r) {
           const bool many = r.tokens > 1.0;
           return many ? Share{(r.last_token_s - r.first_token_s) / (r.tokens - 1.0), 1.0}
                       : Share{0.0, 0.0};
         });
       }},
      {"mean_e2el_ms", "ms", false, true, [](const auto& requests) {
         return Means(requests, [](const TimedRequest& r) {
           return Share{r.done_s - r.scheduled_s, 1.0};
         });
       }}};
  return figures;
}

struct ShownFigure {
  const char* name;
  const char* unit;
  bool higher_is_better;
};
// Beside the tested ones; compared between repeated runs and shown, never tested.
constexpr std::array<ShownFigure, 13> kShown{{{"request_throughput", "1/s", true},
                                              {"median_ttft_ms", "ms", false},
                                              {"p99_ttft_ms", "ms", false},
                                              {"median_tpot_ms", "ms", false},
                                              {"p99_tpot_ms", "ms", false},
                                              {"p99_e2el_ms", "ms", false},
                                              {"duration", "s", false},
                                              {"cpu_seconds", "s", false},
                                              {"peak_rss_bytes", "bytes", false},
                                              {"model_size_bytes", "bytes", false},
                                              {"engine_rss_max_bytes", "bytes", false},
                                              {"joules_per_output_token", "J", false},
                                              {"joules_per_sample", "J", false}}};

std::vector<double> FiguresNamed(const Variant& variant, const std::string& name) {
  std::vector<double> values;
  for (const RunView& run : variant.runs) {
    if (const auto it = run.figures.find(name); it != run.figures.end()) {
      values.push_back(it->second);
    }
  }
  return values;
}

std::optional<double> GeometricMean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0.0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

bool SameRequests(const RunView& a, const RunView& b) {
  return std::equal(
      a.requests.begin(), a.requests.end(), b.requests.begin(), b.requests.end(),
      [](const TimedRequest& x, const TimedRequest& y) { return x.sample == y.sample; });
}

bool AllDueAtOnce(const RunView& run) {
  return std::all_of(run.requests.begin(), run.requests.end(), [&run](const TimedRequest& r) {
    return r.scheduled_s == run.requests.front().scheduled_s;
  });
}

// Do requests wait for one another? Then a run has few independent episodes, whatever its length.
bool QueueRules(const RunView& run) {
  std::vector<double> ttft;
  for (const TimedRequest& r : run.requests) ttft.push_back(r.first_token_s - r.scheduled_s);
  if (ttft.empty()) return false;
  std::sort(ttft.begin(), ttft.end());
  const double mean =
      std::accumulate(ttft.begin(), ttft.end(), 0.0) / static_cast<double>(ttft.size());
  return mean > kQueueShare * ttft[ttft.size() / 10];
}

class VariantComparer {
 public:
  VariantComparer(const Variant& base, const Variant& variant) : base_(base), variant_(variant) {
    out_.name = variant.name;
    out_.runs = variant.runs.size();
    for (const RunView& run : variant.runs) out_.verdicts.push_back(run.verdict);
    out_.repeated = base.runs.size() > 1 && variant.runs.size() > 1;
  }

  VariantComparison Compare() {
    CompareConfigurations();
    CompareSpeeds();
    CompareScores();
    CompareOutputs();
    return std::move(out_);
  }

 private:
  void CompareConfigurations() {
    const auto& a = base_.runs.front().facts;
    const auto& b = variant_.runs.front().facts;
    std::set<std::string> places;
    for (const auto& [place, value] : a) places.insert(place);
    for (const auto& [place, value] : b) places.insert(place);
    const auto value_of = [](const auto& facts, const std::string& place) {
      const auto it = facts.find(place);
      return it == facts.end() ? std::string("absent") : it->second;
    };
    for (const std::string& place : places) {
      ConfigurationChange change{place, value_of(a, place), value_of(b, place)};
      if (change.base == change.value) continue;
      static const std::set<std::string, std::less<>> question{
          "config/scenario",   "config/samples",    "config/max_tokens",
          "config/min_tokens", "config/target_qps", "config/benchmark",
          "dataset/sha256",    "config/rules",      "config/min_duration_s"};
      const bool of_tokenizer = place.starts_with("tokenizer/");
      if (question.contains(place) || of_tokenizer) out_.not_alike.push_back(place);
      out_.changes.push_back(std::move(change));
    }
    for (const Variant* variant : {&base_, &variant_}) {
      for (const RunView& run : variant->runs) {
        if (!run.incomplete.empty()) {
          out_.not_alike.push_back(
              fmt::format("{}: {}; no figure counts what is missing", run.name, run.incomplete));
          if (out_.incomplete.empty()) out_.incomplete = out_.not_alike.back();
        }
        if (run.failed > 0) {
          out_.not_alike.push_back(
              fmt::format("{}: {} requests failed; no figure counts them", run.name, run.failed));
        }
      }
    }
  }

  void CompareSpeeds() {
    for (const TestedFigure& tested : TestedFigures()) {
      ComparedFigure figure = Shown(tested.name, tested.unit, tested.higher_is_better);
      if (figure.base && figure.value) {
        Fill(figure, out_.repeated ? Repeated(figure) : Within(figure, tested));
      }
      out_.figures.push_back(std::move(figure));
    }
    for (const ShownFigure& shown : kShown) {
      ComparedFigure figure = Shown(shown.name, shown.unit, shown.higher_is_better);
      if (!figure.base || !figure.value) continue;
      if (out_.repeated) {
        if (const auto ratio = Repeated(figure)) FillInterval(figure, *ratio);
      }
      out_.figures.push_back(std::move(figure));
    }
  }

  ComparedFigure Shown(const char* name, const char* unit, bool higher_is_better) const {
    ComparedFigure figure;
    figure.name = name;
    figure.unit = unit;
    figure.higher_is_better = higher_is_better;
    figure.base = GeometricMean(FiguresNamed(base_, name));
    figure.value = GeometricMean(FiguresNamed(variant_, name));
    if (figure.base && figure.value) {
      figure.effect = *figure.value / *figure.base;
    } else {
      figure.untested = "a run has no such figure";
    }
    return figure;
  }

  std::optional<Estimate> Repeated(ComparedFigure& figure) const {
    figure.method = "repeated runs";
    return RepeatedRuns(FiguresNamed(base_, figure.name), FiguresNamed(variant_, figure.name),
                        figure.untested);
  }

  std::optional<Estimate> Within(ComparedFigure& figure, const TestedFigure& tested) const {
    figure.method = "batches within one run each";
    const RunView& a = base_.runs.front();
    const RunView& b = variant_.runs.front();
    if (base_.runs.size() != variant_.runs.size()) {
      figure.untested = "one side is repeated and the other is not";
      return std::nullopt;
    }
    if (!out_.incomplete.empty()) {
      figure.untested = "a run did not reach its end";
      return std::nullopt;
    }
    if (!SameRequests(a, b)) {
      figure.untested = "the runs did not ask the same samples in the same order";
      return std::nullopt;
    }
    if (tested.is_queue && AllDueAtOnce(a)) {
      figure.untested =
          "all requests are due at once: a latency is a place in the queue, as the throughput "
          "tells";
      return std::nullopt;
    }
    if (tested.is_queue && (QueueRules(a) || QueueRules(b))) {
      figure.untested =
          "requests wait for one another (the mean TTFT is over twice its tenth percentile); "
          "repeat "
          "the runs";
      return std::nullopt;
    }
    return PairedBatchMeans(tested.shares(a.requests), tested.shares(b.requests), figure.untested);
  }

  static void FillInterval(ComparedFigure& figure, const Estimate& ratio) {
    figure.effect = std::exp(ratio.value);
    const double half = HalfWidth(ratio, kConfidence);
    figure.interval = Interval{std::exp(ratio.value - half), std::exp(ratio.value + half)};
  }

  static void Fill(ComparedFigure& figure, const std::optional<Estimate>& ratio) {
    if (!ratio) return;
    FillInterval(figure, *ratio);
    figure.p_value = PValueOf(*ratio);
    figure.estimate = ratio;
  }

  // Each sample's score, averaged over the variant's runs.
  static std::map<std::uint64_t, double> Scores(const Variant& variant, std::size_t which) {
    std::map<std::uint64_t, std::pair<double, double>> sums;
    for (const RunView& run : variant.runs) {
      if (!run.not_scored.empty()) return {};
      for (const auto& [sample, output] : run.outputs) {
        sums[sample].first += output.scores[which];
        sums[sample].second += 1.0;
      }
    }
    std::map<std::uint64_t, double> scores;
    for (const auto& [sample, sum] : sums) scores[sample] = sum.first / sum.second;
    return scores;
  }

  void CompareScores() {
    for (std::size_t i = 0; i < kRougeNames.size(); ++i) {
      ComparedFigure figure;
      figure.name = kRougeNames[i];
      figure.unit = "points";
      figure.higher_is_better = true;
      figure.is_score = true;
      figure.method = "samples";
      FillScore(Scores(base_, i), Scores(variant_, i), figure);
      out_.figures.push_back(std::move(figure));
    }
  }

  static void FillScore(const std::map<std::uint64_t, double>& a,
                        const std::map<std::uint64_t, double>& b, ComparedFigure& figure) {
    std::vector<double> differences;
    double sum_a = 0.0;
    double sum_b = 0.0;
    for (const auto& [sample, score] : a) {
      const auto it = b.find(sample);
      if (it == b.end()) continue;
      sum_a += score;
      sum_b += it->second;
      differences.push_back(it->second - score);
    }
    if (differences.empty()) {
      figure.untested = "no sample has a score in both";
      return;
    }
    const auto n = static_cast<double>(differences.size());
    figure.base = sum_a / n;
    figure.value = sum_b / n;
    figure.effect = *figure.value - *figure.base;
    const Resampling resampling{
        .resamples = kResamples, .seed = 1, .threads = std::thread::hardware_concurrency()};
    figure.interval = BootstrapInterval(differences, kConfidence, resampling);
    figure.p_value = RandomizationPValue(differences, resampling);
    if (!figure.p_value) {
      figure.untested = "one sample says nothing of the spread";
      return;
    }
    double squares = 0.0;
    for (const double d : differences) squares += (d - *figure.effect) * (d - *figure.effect);
    figure.estimate = Estimate{*figure.effect, std::sqrt(squares / (n - 1.0) / n), n - 1.0};
  }

  void CompareOutputs() {
    OutputComparison& out = out_.outputs;
    const auto& a = base_.runs.front().outputs;
    const auto& b = variant_.runs.front().outputs;
    std::vector<OutputExample> differing;
    for (const auto& [sample, output] : a) {
      const auto it = b.find(sample);
      if (it == b.end()) continue;
      ++out.compared;
      const auto& x = output.tokens;
      const auto& y = it->second.tokens;
      if (x == y) continue;
      const auto [in_x, in_y] = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
      differing.push_back(
          {sample, static_cast<std::uint64_t>(in_x - x.begin()), output.text, it->second.text});
    }
    out.differing = differing.size();
    if (differing.empty()) return;
    std::stable_sort(differing.begin(), differing.end(),
                     [](const OutputExample& l, const OutputExample& r) {
                       return l.first_token < r.first_token;
                     });
    out.earliest_token = differing.front().first_token;
    out.median_token = differing[differing.size() / 2].first_token;
    differing.resize(std::min(differing.size(), kExamples));
    out.examples = std::move(differing);
  }

  const Variant& base_;
  const Variant& variant_;
  VariantComparison out_;
};

void AdjustForTheirNumber(Comparison& comparison) {
  std::vector<ComparedFigure*> tested;
  std::vector<double> p_values;
  for (VariantComparison& variant : comparison.variants) {
    for (ComparedFigure& figure : variant.figures) {
      if (!figure.p_value) continue;
      tested.push_back(&figure);
      p_values.push_back(*figure.p_value);
    }
  }
  comparison.tests = tested.size();
  const std::vector<double> adjusted = HolmAdjusted(p_values);
  const double strictest = kLevel / static_cast<double>(tested.size());
  for (std::size_t i = 0; i < tested.size(); ++i) {
    ComparedFigure& figure = *tested[i];
    figure.adjusted_p = adjusted[i];
    figure.differs = adjusted[i] < kLevel;
    const double detectable = SmallestDetectable(*figure.estimate, strictest);
    figure.smallest_detectable = figure.is_score ? detectable : std::expm1(detectable);
  }
}

}  // namespace

Comparison Compare(const Variant& base, const std::vector<Variant>& variants) {
  Comparison comparison;
  comparison.base = base.name;
  comparison.base_runs = base.runs.size();
  for (const RunView& run : base.runs) comparison.base_verdicts.push_back(run.verdict);
  for (const Variant& variant : variants) {
    comparison.variants.push_back(VariantComparer(base, variant).Compare());
  }
  AdjustForTheirNumber(comparison);
  return comparison;
}

const ComparedFigure* FindFigure(const VariantComparison& variant, std::string_view name) {
  const auto it = std::find_if(variant.figures.begin(), variant.figures.end(),
                               [name](const ComparedFigure& f) { return f.name == name; });
  return it == variant.figures.end() ? nullptr : &*it;
}

}  // namespace assay
