#include "rules/loadgen_queries.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>

#include "load/schedule.h"

namespace assay {
namespace {

constexpr std::uint64_t kMaxSamples = 1'000'000;
constexpr std::int64_t kMaxDurationMs = 1'000'000'000;
constexpr double kNsPerSecond = 1e9;

std::mt19937 Engine(std::uint64_t seed) {
  // LoadGen hands over 64 bits of which the engine takes 32.
  return std::mt19937(static_cast<std::mt19937::result_type>(seed & 0xFFFFFFFFU));
}

std::vector<std::uint64_t> Indices(std::uint64_t count) {
  std::vector<std::uint64_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::uint64_t{0});
  return indices;
}

std::int64_t SecondsToNs(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::duration<double>(seconds))
      .count();
}

std::optional<QuerySettings::Kind> KindOf(const LoadgenDetailLog& log) {
  const auto scenario = log.Text("effective_scenario");
  if (scenario == "Offline") return QuerySettings::Kind::kOffline;
  if (scenario == "Server") return QuerySettings::Kind::kServer;
  if (scenario == "SingleStream") return QuerySettings::Kind::kSingleStream;
  return std::nullopt;
}

// Its printed form has six digits, from which SingleStream's cannot be had back.
std::optional<double> TargetQps(const LoadgenDetailLog& log, QuerySettings::Kind kind) {
  std::optional<double> qps = log.Number("effective_target_qps");
  if (kind == QuerySettings::Kind::kSingleStream) {
    const auto expected = log.Number("requested_single_stream_expected_latency_ns");
    if (!expected) return std::nullopt;
    qps = kNsPerSecond / *expected;
  }
  if (!qps || !std::isfinite(*qps) || *qps <= 0.0) return std::nullopt;
  return qps;
}

// How many samples the shuffle that fills the loaded set draws from. LoadGen 6 limits it to the
// mode's own count before it shuffles, LoadGen 5 does not.
std::optional<std::uint64_t> TotalSamples(const LoadgenDetailLog& log, bool accuracy_mode) {
  const auto total = log.Unsigned("qsl_reported_total_count");
  const auto accuracy = log.Unsigned("effective_accuracy_sample_count");
  if (!total || !accuracy) return total;
  const auto limit = accuracy_mode ? accuracy : log.Unsigned("effective_performance_sample_count");
  if (!limit) return std::nullopt;
  return std::min(*total, *limit);
}

bool IsCount(const std::optional<std::uint64_t>& count, std::uint64_t most) {
  return count && *count >= 1 && *count <= most;
}

}  // namespace

std::optional<QuerySettings> QuerySettingsOf(const LoadgenDetailLog& log) {
  const auto kind = KindOf(log);
  const auto mode = log.Text("effective_test_mode");
  const bool accuracy_mode = mode == "AccuracyOnly";
  if (!kind || (!accuracy_mode && mode != "PerformanceOnly")) return std::nullopt;
  if (log.Flag("effective_performance_issue_unique").value_or(false) ||
      log.Flag("effective_performance_issue_same").value_or(false)) {
    return std::nullopt;
  }
  const auto qsl = log.Unsigned("effective_qsl_rng_seed");
  const auto sample_index = log.Unsigned("effective_sample_index_rng_seed");
  const auto schedule = log.Unsigned("effective_schedule_rng_seed");
  const auto total = TotalSamples(log, accuracy_mode);
  const auto set_size = log.Unsigned("effective_performance_sample_count");
  const auto per_query = log.Unsigned("effective_samples_per_query");
  const auto min_queries = log.Unsigned("effective_min_query_count");
  const auto duration_ms = log.Unsigned("effective_target_duration_ms");
  const auto qps = TargetQps(log, *kind);
  if (!qsl || !sample_index || !schedule || !IsCount(total, kMaxSamples) ||
      !IsCount(set_size, kMaxSamples) || !IsCount(per_query, kMostQueries) ||
      !IsCount(min_queries, kMostQueries) || !duration_ms ||
      *duration_ms > static_cast<std::uint64_t>(kMaxDurationMs) || !qps) {
    return std::nullopt;
  }
  return QuerySettings{
      .kind = *kind,
      .accuracy_mode = accuracy_mode,
      .seeds = {*qsl, *sample_index, *schedule},
      .total_samples = *total,
      .set_size = *set_size,
      .samples_per_query = *per_query,
      .min_query_count = *min_queries,
      .target_duration_ns = static_cast<std::int64_t>(*duration_ms) * 1'000'000,
      .target_qps = *qps,
      .equal_issue = log.Flag("effective_sample_concatenate_permutation").value_or(false)};
}

std::optional<GeneratedQueries> Reproduce(const QuerySettings& s) {
  GeneratedQueries out;
  out.loaded_set = Indices(s.total_samples);
  std::mt19937 qsl_rng = Engine(s.seeds.qsl);
  std::shuffle(out.loaded_set.begin(), out.loaded_set.end(), qsl_rng);
  out.loaded_set.resize(std::min<std::uint64_t>(s.total_samples, s.set_size));

  const bool offline = s.kind == QuerySettings::Kind::kOffline;
  const bool server = s.kind == QuerySettings::Kind::kServer;
  const std::uint64_t set = out.loaded_set.size();
  out.samples_per_query = offline && s.accuracy_mode ? set : s.samples_per_query;
  std::int64_t duration = s.target_duration_ns * (server ? 1 : 2);
  std::uint64_t min_queries = s.min_query_count;
  const bool pad = s.equal_issue && !s.accuracy_mode;
  const auto padded = [set](std::uint64_t n) { return (n + set - 1) / set * set; };
  if (s.accuracy_mode) {
    duration = 0;
    min_queries = set / out.samples_per_query;
  }
  if (pad && offline) out.samples_per_query = padded(out.samples_per_query);
  if (pad && !offline) min_queries = padded(min_queries);

  // Certain to end beyond the limit: random gaps of so many queries do not halve their sum.
  const double expected_queries = static_cast<double>(duration) / kNsPerSecond * s.target_qps;
  if (expected_queries > 2.0 * static_cast<double>(kMostQueries)) return std::nullopt;
  std::mt19937 schedule_rng = Engine(s.seeds.schedule);
  std::exponential_distribution<> gap(s.target_qps);
  const std::int64_t period = SecondsToNs(1.0 / s.target_qps);
  std::int64_t previous = 0;
  while (previous < duration || out.query_count < min_queries) {
    if (++out.query_count > kMostQueries) return std::nullopt;
    previous = out.duration_ns;
    out.duration_ns += server ? SecondsToNs(gap(schedule_rng)) : period;
    if (s.equal_issue && !offline && out.query_count >= min_queries && previous < duration) {
      min_queries += set;
    }
  }
  return out;
}

std::vector<std::uint64_t> IssueOrder(const QuerySettings& s, const GeneratedQueries& queries,
                                      std::size_t limit) {
  const std::vector<std::uint64_t>& loaded = queries.loaded_set;
  const std::uint64_t set = loaded.size();
  std::mt19937 rng = Engine(s.seeds.sample_index);
  // In the order in which GenerateQueries draws: the mode's own distribution, the unique one, and
  // the permutations of equal issue, whether or not they are then used.
  std::vector<std::uint64_t> unique = Indices(set);
  if (s.accuracy_mode) std::shuffle(unique.begin(), unique.end(), rng);
  std::vector<std::uint64_t> unused = Indices(set);
  std::shuffle(unused.begin(), unused.end(), rng);
  const std::uint64_t min_queries =
      s.accuracy_mode ? set / queries.samples_per_query : s.min_query_count;
  std::vector<std::uint64_t> permutation = Indices(set);
  std::vector<std::uint64_t> equal;
  for (std::uint64_t drawn = 0; drawn < min_queries; drawn += set) {
    std::shuffle(permutation.begin(), permutation.end(), rng);
    if (equal.size() < limit + set) {
      equal.insert(equal.end(), permutation.begin(), permutation.end());
    }
  }
  std::vector<std::uint64_t> order;
  if (s.kind == QuerySettings::Kind::kOffline) {
    while (order.size() < std::min<std::uint64_t>(limit, queries.samples_per_query)) {
      std::vector<std::uint64_t> repeat = loaded;
      const bool whole = order.size() + set <= queries.samples_per_query;
      if (s.equal_issue && whole) std::shuffle(repeat.begin(), repeat.end(), rng);
      order.insert(order.end(), repeat.begin(), repeat.end());
    }
    order.resize(std::min<std::uint64_t>({limit, order.size(), queries.samples_per_query}));
    return order;
  }
  std::uniform_int_distribution<> any(0, static_cast<int>(set) - 1);
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(limit, queries.query_count); ++i) {
    const std::uint64_t at = s.equal_issue     ? equal[i % equal.size()]
                             : s.accuracy_mode ? unique[i % set]
                                               : static_cast<std::uint64_t>(any(rng));
    order.push_back(loaded[at]);
  }
  return order;
}

}  // namespace assay
