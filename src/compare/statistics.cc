#include "compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/students_t.hpp>

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

constexpr double kPower = 0.8;

double MeanOf(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double VarianceOf(std::span<const double> values) {
  const double mean = MeanOf(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

// Of values that stand `lag` places apart.
double Autocorrelation(std::span<const double> values, std::size_t lag) {
  const double mean = MeanOf(values);
  double own = 0.0;
  double neighbours = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    own += (values[i] - mean) * (values[i] - mean);
    if (i >= lag) neighbours += (values[i] - mean) * (values[i - lag] - mean);
  }
  return own > 0.0 ? neighbours / own : 0.0;
}

struct Ratio {
  double value = 0.0;
  double weight = 0.0;  // sum
};

std::optional<Ratio> RatioOf(std::span<const Share> shares) {
  double amount = 0.0;
  double weight = 0.0;
  for (const Share& share : shares) {
    amount += share.amount;
    weight += share.weight;
  }
  if (!(amount > 0.0) || !(weight > 0.0) || !std::isfinite(amount) || !std::isfinite(weight)) {
    return std::nullopt;
  }
  return Ratio{amount / weight, weight};
}

// How far the log ratio moves with each share, times their number: their mean is 0.
std::vector<double> Influences(std::span<const Share> shares, const Ratio& ratio) {
  std::vector<double> influences;
  influences.reserve(shares.size());
  const double mean_weight = ratio.weight / static_cast<double>(shares.size());
  for (const Share& share : shares) {
    influences.push_back((share.amount - ratio.value * share.weight) / (ratio.value * mean_weight));
  }
  return influences;
}

std::vector<double> BatchMeans(std::span<const double> values, std::size_t batches) {
  std::vector<double> means;
  for (std::size_t b = 0; b < batches; ++b) {
    const std::size_t begin = b * values.size() / batches;
    const std::size_t end = (b + 1) * values.size() / batches;
    means.push_back(MeanOf(values.subspan(begin, end - begin)));
  }
  return means;
}

boost::math::students_t Student(const Estimate& estimate) {
  return boost::math::students_t(estimate.degrees_of_freedom);
}

}  // namespace

std::optional<Estimate> PairedBatchMeans(std::span<const Share> base,
                                         std::span<const Share> changed, std::string& why_not) {
  ASSAY_CHECK(base.size() == changed.size());
  if (base.size() < 2 * kFewestBatches) {
    why_not = fmt::format("{} requests are too few; at least {}", base.size(), 2 * kFewestBatches);
    return std::nullopt;
  }
  const auto a = RatioOf(base);
  const auto b = RatioOf(changed);
  if (!a || !b) {
    why_not = "a sum is not above 0";
    return std::nullopt;
  }
  std::vector<double> differences = Influences(changed, *b);
  const std::vector<double> of_base = Influences(base, *a);
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= of_base[i];
  const std::size_t batches = std::min(kMostBatches, base.size() / 2);
  const std::vector<double> means = BatchMeans(differences, batches);
  const std::size_t quarter = std::max<std::size_t>(1, differences.size() / batches / 4);
  // The estimate from b values lies 1 / b too low where there is no correlation.
  const double correlation =
      std::max(0.0, Autocorrelation(means, 1) + 1.0 / static_cast<double>(batches));
  if (correlation > kBatchCorrelation ||
      Autocorrelation(differences, quarter) > kInnerCorrelation) {
    why_not = "the requests depend on one another over too long a stretch; repeat the runs";
    return std::nullopt;
  }
  const double inflation = (1.0 + correlation) / (1.0 - correlation);
  return Estimate{std::log(b->value / a->value),
                  std::sqrt(inflation * VarianceOf(means) / static_cast<double>(batches)),
                  static_cast<double>(batches - 1)};
}

std::optional<Estimate> RepeatedRuns(std::span<const double> base, std::span<const double> changed,
                                     std::string& why_not) {
  if (base.size() < 2 || changed.size() < 2) {
    why_not = "at least two runs on each side are needed";
    return std::nullopt;
  }
  const auto logs = [](std::span<const double> values) {
    std::vector<double> out;
    for (const double value : values) out.push_back(std::log(value));
    return out;
  };
  const auto positive = [](double value) { return value > 0.0 && std::isfinite(value); };
  if (!std::all_of(base.begin(), base.end(), positive) ||
      !std::all_of(changed.begin(), changed.end(), positive)) {
    why_not = "a figure is not above 0";
    return std::nullopt;
  }
  const std::vector<double> a = logs(base);
  const std::vector<double> b = logs(changed);
  const double va = VarianceOf(a) / static_cast<double>(a.size());
  const double vb = VarianceOf(b) / static_cast<double>(b.size());
  Estimate estimate{MeanOf(b) - MeanOf(a), std::sqrt(va + vb),
                    static_cast<double>(std::min(a.size(), b.size()) - 1)};
  if (va + vb > 0.0) {
    estimate.degrees_of_freedom =
        (va + vb) * (va + vb) /
        (va * va / static_cast<double>(a.size() - 1) + vb * vb / static_cast<double>(b.size() - 1));
  }
  return estimate;
}

double PValueOf(const Estimate& estimate) {
  if (estimate.standard_error <= 0.0) return estimate.value == 0.0 ? 1.0 : 0.0;
  const double t = std::abs(estimate.value / estimate.standard_error);
  return 2.0 * boost::math::cdf(boost::math::complement(Student(estimate), t));
}

double HalfWidth(const Estimate& estimate, double confidence) {
  return boost::math::quantile(Student(estimate), (1.0 + confidence) / 2.0) *
         estimate.standard_error;
}

double SmallestDetectable(const Estimate& estimate, double level) {
  return (boost::math::quantile(Student(estimate), 1.0 - level / 2.0) +
          boost::math::quantile(Student(estimate), kPower)) *
         estimate.standard_error;
}

std::vector<double> HolmAdjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double highest = 0.0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto left = static_cast<double>(order.size() - i);
    highest = std::max(highest, std::min(1.0, left * p_values[order[i]]));
    adjusted[order[i]] = highest;
  }
  return adjusted;
}

}  // namespace assay
