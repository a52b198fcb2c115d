#include "report/recommendations.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "assay/uncertainty.h"

#include "base/format.h"
#include "report/number_format.h"
#include "rules/accuracy_limits.h"

namespace assay {
namespace {

constexpr double kNanosPerMilli = 1e6;
constexpr double kPercent = 100.0;

// When each fires; docs/metrics.md gives the reasons.
constexpr double kQueueingShare = 0.5;
constexpr std::uint64_t kEnoughRequests = 16;
constexpr double kClientShare = 0.05;
constexpr double kClientLeastNanos = 1e6;
constexpr double kTailShare = 0.2;
constexpr double kHalf = 0.5;
constexpr double kRoomShare = 0.5;
constexpr double kMergedShare = 0.1;
constexpr double kReachedShare = 0.6;
constexpr double kBusyArithmetic = 0.5;
constexpr double kDecided = 0.95;
constexpr std::uint64_t kP99Requests = 100;

using Recommended = std::optional<Recommendation>;

std::optional<double> Millis(const std::optional<double>& nanoseconds) {
  return nanoseconds ? std::optional(*nanoseconds / kNanosPerMilli) : std::nullopt;
}

bool IsServer(Scenario scenario) {
  return scenario == Scenario::kServer || scenario == Scenario::kInteractive;
}

// Offline everything is due at once: waiting is the scenario, not a fault.
Recommended Queueing(const ReportModel& model, const TestView& test) {
  const Metrics& m = test.numbers->metrics;
  if (!IsServer(model.run.config.scenario) || m.counts.completed < kEnoughRequests) return {};
  if (!m.ttft.mean || !m.ttft_from_send.mean || *m.ttft.mean <= 0.0) return {};
  const double share = 1.0 - *m.ttft_from_send.mean / *m.ttft.mean;
  if (share < kQueueingShare) return {};
  return Recommendation{
      "latency.queueing",
      fmt::format(
          "{:.0f} % of the mean TTFT is waiting before the request was sent: the engine was "
          "asked for more than it had places for.",
          share * kPercent),
      "lower --target-qps, or give the engine more slots, replicas or endpoints",
      {{"mean_ttft_ms", *Millis(m.ttft.mean)},
       {"mean_ttft_ms_from_send", *Millis(m.ttft_from_send.mean)}}};
}

Recommended ClientLimited(const ReportModel& /*model*/, const TestView& test) {
  const Metrics& m = test.numbers->metrics;
  if (!m.issue_delay.mean || !m.ttft.mean || *m.ttft.mean <= 0.0) return {};
  const double delay = *m.issue_delay.mean;
  if (delay < kClientLeastNanos || delay < kClientShare * *m.ttft.mean) return {};
  return Recommendation{
      "client.limited",
      fmt::format("{:.0f} % of the mean TTFT is this client's own lateness: the figures say less "
                  "about the engine than they seem to.",
                  delay / *m.ttft.mean * kPercent),
      "run the client on processors of its own, or lower the rate",
      {{"mean_issue_delay_ms", *Millis(delay)}, {"mean_ttft_ms", *Millis(m.ttft.mean)}}};
}

// The part of the test in which fewer than half as many requests ran as at most.
Recommended OfflineTail(const ReportModel& model, const TestView& test) {
  if (model.run.config.scenario != Scenario::kOffline) return {};
  if (!test.series || !test.series->timeline) return {};
  const Timeline& timeline = *test.series->timeline;
  const auto most = static_cast<double>(test.numbers->metrics.max_concurrent_requests.value_or(0));
  if (most < 2.0 || !test.numbers->metrics.duration_s) return {};
  const auto thin = std::count_if(
      timeline.bins.begin(), timeline.bins.end(),
      [&](const TimelineBin& bin) { return bin.waiting < 1.0 && bin.running < kHalf * most; });
  const double share = static_cast<double>(thin) / static_cast<double>(timeline.bins.size());
  if (share < kTailShare) return {};
  return Recommendation{
      "offline.tail",
      fmt::format("In {:.0f} % of the test fewer than half of the places were taken, because "
                  "nothing was left to ask: throughput is that of a run that is too short.",
                  share * kPercent),
      "ask more samples (--samples), so that the end weighs less",
      {{"max_concurrent_requests", most},
       {"completed", static_cast<double>(test.numbers->metrics.counts.completed)},
       {"duration", *test.numbers->metrics.duration_s}}};
}

Recommended RoomBelowTheLimits(const ReportModel& model, const TestView& test) {
  const BenchmarkRules& benchmark = RulesOf(RoundOf(model), model.run.config.benchmark);
  const ScenarioRules* rules = RulesOf(benchmark, model.run.config.scenario);
  const Metrics& m = test.numbers->metrics;
  const auto ttft = m.ttft.Percentile("p99");
  const auto tpot = m.tpot.Percentile("p99");
  if (rules == nullptr || !rules->ttft_limit_ns || !rules->tpot_limit_ns || !ttft || !tpot) {
    return {};
  }
  // Where requests queued, the engine was asked for more than it could do.
  if (m.counts.failed > 0 || Queueing(model, test)) return {};
  const auto ttft_limit = static_cast<double>(*rules->ttft_limit_ns);
  const auto tpot_limit = static_cast<double>(*rules->tpot_limit_ns);
  if (*ttft > kRoomShare * ttft_limit || *tpot > kRoomShare * tpot_limit) return {};
  return Recommendation{
      "rate.room",
      fmt::format("Both 99th percentiles are below half of their limits ({:.0f} ms TTFT, {:.0f} ms "
                  "TPOT): the rate that was asked for decided the throughput, not the engine.",
                  ttft_limit / kNanosPerMilli, tpot_limit / kNanosPerMilli),
      "raise --target-qps",
      {{"p99_ttft_ms", *Millis(ttft)}, {"p99_tpot_ms", *Millis(tpot)}}};
}

Recommended TooFewForP99(const ReportModel& model, const TestView& test) {
  const Metrics& m = test.numbers->metrics;
  if (model.run.config.scenario == Scenario::kOffline) return {};
  if (m.counts.completed == 0 || m.counts.completed >= kP99Requests) return {};
  return Recommendation{
      "latency.few",
      fmt::format("{} completed requests tell no 99th percentile, which needs at least {}.",
                  FormatCount(m.counts.completed), kP99Requests),
      "ask more (--samples, --min-duration)",
      {{"completed", static_cast<double>(m.counts.completed)}}};
}

Recommended MergedChunks(const ReportModel& /*model*/, const TestView& test) {
  const Metrics& m = test.numbers->metrics;
  const auto gaps = static_cast<double>(m.itl.count);
  if (gaps == 0.0 || static_cast<double>(m.itl_spread) < kMergedShare * gaps) return {};
  return Recommendation{
      "itl.merged",
      fmt::format("{:.0f} % of the gaps between tokens are shares of a chunk of several tokens: "
                  "ITL looks smoother than it was.",
                  static_cast<double>(m.itl_spread) / gaps * kPercent),
      "judge by TPOT, or have the server send each token by itself",
      {{"itl_spread", static_cast<double>(m.itl_spread)},
       {"mean_tokens_per_chunk", m.tokens_per_chunk.mean.value_or(0.0)}}};
}

// Weights are read once for all tokens of a step: where memory is the limit and nearly reached,
// only more tokens in a step help.
Recommended SmallBatch(const ReportModel& /*model*/, const TestView& test) {
  const Result<Roofline>& roofline = test.numbers->roofline;
  if (!roofline || !roofline->generation) return {};
  const PhaseLimit& phase = *roofline->generation;
  if (phase.limited_by != "memory" || !phase.mbu || *phase.mbu < kReachedShare) return {};
  if (phase.mfu && *phase.mfu > kBusyArithmetic) return {};
  Recommendation r{
      "batch.small",
      fmt::format("Generation read {:.0f} % of what this machine's memory can deliver, for {:.1f} "
                  "tokens a step: the batch is too small for the bandwidth.",
                  *phase.mbu * kPercent, phase.mean_batch),
      "more requests at a time (the embedded engine's --slots), or a more compact model",
      {{"roofline.generation.mbu", *phase.mbu},
       {"roofline.generation.mean_batch", phase.mean_batch}}};
  if (phase.mfu) r.figures.push_back({"roofline.generation.mfu", *phase.mfu});
  return r;
}

std::vector<double> ValuesOf(const ReportModel& model, std::string_view metric) {
  std::vector<double> values;
  for (const SampleRow& row : model.samples) {
    if (!row.score) continue;
    const SampleScore& s = *row.score;
    if (metric == "gen_len") {
      values.push_back(static_cast<double>(s.gen_len));
      continue;
    }
    const RougeScore& rouge = metric == "rouge1"   ? s.rouge1
                              : metric == "rouge2" ? s.rouge2
                              : metric == "rougeL" ? s.rougeL
                                                   : s.rougeLsum;
    values.push_back(rouge.fmeasure * kPercent);
  }
  return values;
}

// A limit that a part of the benchmark's samples leaves open.
Recommended Undecided(const ReportModel& model, const AccuracyLimit& limit,
                      std::uint64_t full_count) {
  const std::vector<double> values = ValuesOf(model, limit.metric);
  MeanLimit mean{limit.lower, limit.upper};
  if (limit.upper) {  // of the sum over all samples
    mean.at_least /= static_cast<double>(full_count);
    mean.at_most = *limit.upper / static_cast<double>(full_count);
  }
  const auto passing = ProbabilityOfPassing(values, full_count, mean);
  const auto needed = SamplesUntilDecided(values, full_count, mean, kDecided);
  if (!passing || !needed || *passing < 1.0 - kDecided || *passing > kDecided) return {};
  const std::uint64_t seen = values.size();
  if (*needed <= seen) return {};
  return Recommendation{
      fmt::format("score.undecided.{}", limit.metric),
      fmt::format("{} is within the noise of its limit: after {} of {} samples it would keep it "
                  "with a probability of {:.0f} %; about {} more would decide it.",
                  limit.metric, FormatCount(seen), FormatCount(full_count), *passing * kPercent,
                  FormatCount(*needed - seen)),
      fmt::format("assay run --samples {}", *needed),
      {{std::string(limit.metric), limit.value},
       {"limit", limit.lower},
       {"gen_num", static_cast<double>(seen)}}};
}

void AddUndecided(const ReportModel& model, std::vector<Recommendation>& out) {
  const TestView* scored = ScoredTest(model);
  if (scored == nullptr) return;
  const BenchmarkRules& benchmark = RulesOf(RoundOf(model), model.run.config.benchmark);
  const std::uint64_t seen = scored->score->gen_num;
  if (model.run.dataset.identity != benchmark.dataset_identity) return;
  if (seen < kEnoughRequests || seen >= benchmark.sample_count) return;
  AccuracyFigures figures = FiguresOf(*scored->score);
  figures.gen_len *= static_cast<double>(benchmark.sample_count) / static_cast<double>(seen);
  for (const AccuracyLimit& limit : AccuracyLimits(figures, benchmark)) {
    if (auto undecided = Undecided(model, limit, benchmark.sample_count)) {
      out.push_back(std::move(*undecided));
    }
  }
}

}  // namespace

std::vector<Recommendation> Recommend(const ReportModel& model) {
  std::vector<Recommendation> out;
  if (const TestView* main = MainTest(model)) {
    for (const auto& rule : {Queueing, ClientLimited, OfflineTail, RoomBelowTheLimits, TooFewForP99,
                             MergedChunks, SmallBatch}) {
      if (auto recommended = rule(model, *main)) out.push_back(std::move(*recommended));
    }
  }
  AddUndecided(model, out);
  return out;
}

}  // namespace assay
