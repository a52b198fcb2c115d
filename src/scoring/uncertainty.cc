#include "assay/uncertainty.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/split_mix64.h"

namespace assay {
namespace {

// One stream a resample.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream)
      : random_(SplitMix64::Mix(SplitMix64::Mix(seed) + stream)) {}

  std::uint64_t Next() { return random_.Next(); }
  // Uniform in [0, count) but for a bias of less than count / 2^32.
  std::size_t Below(std::uint64_t count) { return ((Next() >> 32U) * count) >> 32U; }

 private:
  SplitMix64 random_;
};

// The values of `statistic` on each resample's stream, in the order of the resamples.
template <typename Statistic>
auto Resample(const Resampling& resampling, const Statistic& statistic) {
  std::vector<decltype(statistic(RandomStream(0, 0)))> results(resampling.resamples);
  const std::size_t threads = std::max(1U, resampling.threads);
  const auto run = [&](std::size_t first) {
    for (std::size_t r = first; r < results.size(); r += threads) {
      results[r] = statistic(RandomStream(resampling.seed, r));
    }
  };
  std::vector<std::jthread> helpers;
  for (std::size_t t = 1; t < threads; ++t) helpers.emplace_back(run, t);
  run(0);
  helpers.clear();
  return results;
}

double MeanOf(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::vector<double> BootstrapMeans(std::span<const double> values, const Resampling& resampling) {
  ASSAY_CHECK(values.size() >> 32U == 0 && resampling.resamples > 0);
  return Resample(resampling, [values](RandomStream random) {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.Below(values.size())];
    return sum / static_cast<double>(values.size());
  });
}

// One of each column: what is drawn together lies together.
using BootstrapRow = std::array<double, kMaxBootstrapColumns>;

// The columns are counted out by `kColumn`, not by a loop, so that each sum stays in a register: a
// third of the time.
template <std::size_t... kColumn>
BootstrapRow MeansOfDrawn(std::span<const BootstrapRow> rows, RandomStream random,
                          std::index_sequence<kColumn...> /*columns*/) {
  BootstrapRow sums{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const BootstrapRow& row = rows[random.Below(rows.size())];
    ((sums[kColumn] += row[kColumn]), ...);
  }
  for (double& sum : sums) sum /= static_cast<double>(rows.size());
  return sums;
}

double Quantile(std::span<const double> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// How many of the statistics are at least as far from 0 as the observed one, as a p-value.
// Resamples that equal it in exact arithmetic may come out a few units in the last place nearer.
double PValue(std::span<const double> statistics, double observed) {
  constexpr double kSlack = 1e-12;
  const double limit = std::abs(observed) * (1 - kSlack);
  std::size_t extreme = 0;
  for (const double statistic : statistics) extreme += std::abs(statistic) >= limit ? 1U : 0U;
  return static_cast<double>(1 + extreme) / static_cast<double>(1 + statistics.size());
}

double NormalCdf(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

double NormalQuantile(double probability) {
  double low = -40.0;
  double high = 40.0;
  for (int i = 0; i < 64; ++i) {
    const double middle = (low + high) / 2;
    (NormalCdf(middle) < probability ? low : high) = middle;
  }
  return high;
}

struct Moments {
  double mean = 0.0;
  double variance = 0.0;  // with n - 1
};

Moments MomentsOf(std::span<const double> values) {
  Moments moments;
  moments.mean = MeanOf(values);
  for (const double value : values) {
    moments.variance += (value - moments.mean) * (value - moments.mean);
  }
  moments.variance /= static_cast<double>(values.size() - 1);
  return moments;
}

}  // namespace

std::optional<Interval> BootstrapInterval(std::span<const double> values, double confidence,
                                          const Resampling& resampling) {
  ASSAY_CHECK(confidence > 0 && confidence < 1);
  if (values.size() < 2) return std::nullopt;
  std::vector<double> means = BootstrapMeans(values, resampling);
  std::sort(means.begin(), means.end());
  return Interval{Quantile(means, (1 - confidence) / 2), Quantile(means, (1 + confidence) / 2)};
}

std::vector<Interval> BootstrapIntervals(std::span<const std::vector<double>> columns,
                                         double confidence, const Resampling& resampling) {
  ASSAY_CHECK(confidence > 0 && confidence < 1 && columns.size() <= kMaxBootstrapColumns);
  const std::size_t size = columns.empty() ? 0 : columns[0].size();
  if (size < 2) return {};
  ASSAY_CHECK(size >> 32U == 0 && resampling.resamples > 0);
  std::vector<BootstrapRow> rows(size);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    ASSAY_CHECK(columns[c].size() == size);
    for (std::size_t i = 0; i < size; ++i) rows[i][c] = columns[c][i];
  }
  const std::vector<BootstrapRow> means = Resample(resampling, [&rows](RandomStream random) {
    return MeansOfDrawn(rows, random, std::make_index_sequence<kMaxBootstrapColumns>());
  });
  std::vector<Interval> intervals;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::vector<double> sorted;
    sorted.reserve(means.size());
    for (const BootstrapRow& row : means) sorted.push_back(row[c]);
    std::sort(sorted.begin(), sorted.end());
    intervals.push_back(
        {Quantile(sorted, (1 - confidence) / 2), Quantile(sorted, (1 + confidence) / 2)});
  }
  return intervals;
}

std::optional<double> PairedBootstrapPValue(std::span<const double> differences,
                                            const Resampling& resampling) {
  if (differences.size() < 2) return std::nullopt;
  const double observed = MeanOf(differences);
  std::vector<double> means = BootstrapMeans(differences, resampling);
  for (double& mean : means) mean -= observed;
  return PValue(means, observed);
}

std::optional<double> RandomizationPValue(std::span<const double> differences,
                                          const Resampling& resampling) {
  if (differences.size() < 2) return std::nullopt;
  const auto means = Resample(resampling, [differences](RandomStream random) {
    constexpr std::size_t kBits = 64;
    double sum = 0.0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      if (i % kBits == 0) bits = random.Next();
      const bool exchanged = (bits >> (i % kBits) & 1U) != 0;
      sum += exchanged ? -differences[i] : differences[i];
    }
    return sum / static_cast<double>(differences.size());
  });
  return PValue(means, MeanOf(differences));
}

std::optional<double> ProbabilityOfPassing(std::span<const double> seen, std::uint64_t full_count,
                                           const MeanLimit& limit) {
  ASSAY_CHECK(full_count >= seen.size());
  if (seen.size() < 2) return std::nullopt;
  const Moments moments = MomentsOf(seen);
  const auto n = static_cast<double>(seen.size());
  const double unseen = 1 - n / static_cast<double>(full_count);
  const double error = std::sqrt(moments.variance * unseen / n);
  if (error == 0.0) {
    const bool passes =
        moments.mean >= limit.at_least && (!limit.at_most || moments.mean <= *limit.at_most);
    return passes ? 1.0 : 0.0;
  }
  const double below = NormalCdf((limit.at_least - moments.mean) / error);
  const double above = limit.at_most ? NormalCdf((moments.mean - *limit.at_most) / error) : 0.0;
  return std::clamp(1 - below - above, 0.0, 1.0);
}

std::optional<std::uint64_t> SamplesUntilDecided(std::span<const double> seen,
                                                 std::uint64_t full_count, const MeanLimit& limit,
                                                 double confidence) {
  ASSAY_CHECK(full_count >= seen.size() && confidence > 0.5 && confidence < 1);
  if (seen.size() < 2) return std::nullopt;
  const Moments moments = MomentsOf(seen);
  double distance = std::abs(moments.mean - limit.at_least);
  if (limit.at_most) distance = std::min(distance, std::abs(moments.mean - *limit.at_most));
  const double z = NormalQuantile(limit.at_most ? (1 + confidence) / 2 : confidence);
  // distance >= z * s * sqrt((1 - n / N) / n), solved for n.
  const auto full = static_cast<double>(full_count);
  const double spread = z * z * moments.variance;
  if (spread == 0.0) return 2;
  const double needed = std::ceil(full * spread / (full * distance * distance + spread));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(needed), 2, full_count);
}

}  // namespace assay
