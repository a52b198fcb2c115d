#include "metrics/tool_figures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "base/check.h"
#include "metrics/request_times.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

constexpr double kNanosPerMilli = 1e6;
constexpr double kP99 = 0.99;

double Millis(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(Elapsed(from_ns, to_ns)) / kNanosPerMilli;
}

// The moments of a completed request that other tools reckon with; nanoseconds, steady clock.
struct Moments {
  std::int64_t scheduled = 0;
  std::int64_t sent = 0;
  std::int64_t first_token = 0;
  std::int64_t last_token = 0;
  std::int64_t done = 0;
  double tokens = 0.0;
  std::vector<TokenChunk> chunks;
};

std::vector<Moments> MomentsOf(std::span<const RequestRecord> requests, const TestRecord& test) {
  const Schedule schedule = RecoverSchedule(requests, test.origin_not_before_ns);
  std::vector<Moments> all;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& o = requests[i].outcome;
    if (!Completed(o) || !o.sent || !o.first_token || !o.last_token) continue;
    all.push_back({schedule.scheduled_ns[i], ToNanos(*o.sent), ToNanos(*o.first_token),
                   ToNanos(*o.last_token), ToNanos(o.done), static_cast<double>(o.token_ids.size()),
                   TokenChunks(o)});
  }
  return all;
}

// The values of those requests for which `value` has one.
template <typename Value>
std::vector<double> ValuesOf(const std::vector<Moments>& all, double least_tokens, Value value) {
  std::vector<double> values;
  for (const Moments& m : all) {
    if (m.tokens >= least_tokens) values.push_back(value(m));
  }
  return values;
}

double MeanOf(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// LoadGen: observed values, sorted[floor(n p)].
void FillLoadgen(std::vector<double> values, ToolFigure& figure) {
  if (values.empty()) return;
  figure.mean_ms = MeanOf(values);
  std::sort(values.begin(), values.end());
  const auto at = [&](double fraction) {
    return values[static_cast<std::size_t>(static_cast<double>(values.size()) * fraction)];
  };
  figure.median_ms = at(0.5);
  figure.p99_ms = at(kP99);
}

void FillNumpy(std::vector<double> values, ToolFigure& figure) {
  if (values.empty()) return;
  figure.mean_ms = MeanOf(values);
  std::sort(values.begin(), values.end());
  figure.median_ms = LinearPercentile(values, 0.5);
  figure.p99_ms = LinearPercentile(values, kP99);
}

void FillWeighted(std::vector<WeightedValue> values, ToolFigure& figure) {
  double weights = 0.0;
  double sum = 0.0;
  for (const WeightedValue& v : values) {
    weights += v.weight;
    sum += v.value * v.weight;
  }
  if (weights <= 0.0) return;
  std::sort(values.begin(), values.end(),
            [](const WeightedValue& a, const WeightedValue& b) { return a.value < b.value; });
  figure.mean_ms = sum / weights;
  figure.median_ms = WeightedPercentile(values, 0.5);
  figure.p99_ms = WeightedPercentile(values, kP99);
}

template <typename Value, typename Weight>
std::vector<WeightedValue> Weighted(const std::vector<Moments>& all, Value value, Weight weight) {
  std::vector<WeightedValue> values;
  for (const Moments& m : all) {
    if (weight(m) > 0.0) values.push_back({value(m), weight(m)});
  }
  return values;
}

double FromSend(const Moments& m) {
  return Millis(m.sent, m.first_token);
}
double BetweenTokens(const Moments& m) {
  return Millis(m.first_token, m.last_token) / (m.tokens - 1.0);
}

void AddTtft(const std::vector<Moments>& all, std::vector<ToolFigure>& figures) {
  ToolFigure loadgen{"LoadGen", "TTFT", "First Token Latency", "scheduled to first token", {},
                     {},        {}};
  FillLoadgen(ValuesOf(all, 1, [](const Moments& m) { return Millis(m.scheduled, m.first_token); }),
              loadgen);
  figures.push_back(loadgen);
  const std::vector<double> from_send = ValuesOf(all, 1, FromSend);
  ToolFigure vllm{"vLLM", "TTFT", "TTFT", "sent to first token", {}, {}, {}};
  FillNumpy(from_send, vllm);
  figures.push_back(vllm);
  ToolFigure aiperf{"AIPerf", "TTFT", "Time to First Token", "sent to first token", {}, {}, {}};
  FillNumpy(from_send, aiperf);
  figures.push_back(aiperf);
  ToolFigure guidellm{"GuideLLM", "TTFT", "TTFT", "sent to first token", {}, {}, {}};
  FillWeighted(Weighted(all, FromSend, [](const Moments&) { return 1.0; }), guidellm);
  figures.push_back(guidellm);
}

void AddTpot(const std::vector<Moments>& all, std::vector<ToolFigure>& figures) {
  ToolFigure loadgen{
      "LoadGen", "TPOT", "Time to Output Token", "first token to complete / (tokens - 1)", {},
      {},        {}};
  FillLoadgen(
      ValuesOf(all, 2,
               [](const Moments& m) { return Millis(m.first_token, m.done) / (m.tokens - 1.0); }),
      loadgen);
  figures.push_back(loadgen);
  ToolFigure vllm{"vLLM", "TPOT", "TPOT", "first to last token / (tokens - 1)", {}, {}, {}};
  FillNumpy(ValuesOf(all, 2, BetweenTokens), vllm);
  figures.push_back(vllm);
  ToolFigure guidellm{"GuideLLM", "TPOT", "TPOT", "sent to last token / tokens, weighted by tokens",
                      {},         {},     {}};
  FillWeighted(Weighted(
                   all, [](const Moments& m) { return Millis(m.sent, m.last_token) / m.tokens; },
                   [](const Moments& m) { return m.tokens; }),
               guidellm);
  figures.push_back(guidellm);
}

void AddItl(const std::vector<Moments>& all, std::vector<ToolFigure>& figures) {
  ToolFigure vllm{"vLLM", "ITL", "ITL", "gaps between chunks, all of them", {}, {}, {}};
  std::vector<double> gaps;
  for (const Moments& m : all) {
    for (std::size_t i = 1; i < m.chunks.size(); ++i) {
      gaps.push_back(Millis(m.chunks[i - 1].arrived_ns, m.chunks[i].arrived_ns));
    }
  }
  FillNumpy(std::move(gaps), vllm);
  figures.push_back(vllm);
  ToolFigure aiperf{"AIPerf",
                    "ITL",
                    "Inter Token Latency",
                    "first to last token / (tokens - 1), a mean per request",
                    {},
                    {},
                    {}};
  FillNumpy(ValuesOf(all, 2, BetweenTokens), aiperf);
  figures.push_back(aiperf);
  ToolFigure guidellm{
      "GuideLLM", "ITL", "ITL", "first to last token / (tokens - 1), weighted by tokens - 1",
      {},         {},    {}};
  FillWeighted(Weighted(all, BetweenTokens, [](const Moments& m) { return m.tokens - 1.0; }),
               guidellm);
  figures.push_back(guidellm);
}

}  // namespace

double LinearPercentile(std::span<const double> sorted, double fraction) {
  ASSAY_CHECK(!sorted.empty());
  const double rank = fraction * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(rank));
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (rank - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

double WeightedPercentile(std::span<const WeightedValue> sorted, double fraction) {
  double weights = 0.0;
  for (const WeightedValue& v : sorted) weights += v.weight;
  ASSAY_CHECK(weights > 0.0);
  double below = 0.0;
  for (const WeightedValue& v : sorted) {
    below += v.weight / weights;
    if (below >= fraction) return v.value;
  }
  return sorted.back().value;
}

std::vector<ToolFigure> FiguresByTool(std::span<const RequestRecord> requests,
                                      const TestRecord& test) {
  const std::vector<Moments> all = MomentsOf(requests, test);
  std::vector<ToolFigure> figures;
  AddTtft(all, figures);
  AddTpot(all, figures);
  AddItl(all, figures);
  return figures;
}

}  // namespace assay
