#include "metrics/counter.h"

#include <algorithm>

namespace assay {
namespace {

constexpr auto kEarlier = [](const auto& point, std::int64_t t_ns) { return point.t_ns < t_ns; };

}  // namespace

void Counter::Add(std::int64_t t_ns, double value, double range) {
  double growth = points_.empty() ? 0.0 : value - last_raw_;
  if (growth < 0.0) {
    if (range <= 0.0) points_.clear();
    growth += range;
  }
  const double before = points_.empty() ? 0.0 : points_.back().value;
  points_.push_back({t_ns, points_.empty() ? 0.0 : before + growth});
  last_raw_ = value;
}

std::optional<double> Counter::At(std::int64_t t_ns) const {
  const auto after = std::lower_bound(points_.begin(), points_.end(), t_ns, kEarlier);
  if (after == points_.end()) return std::nullopt;
  if (after->t_ns == t_ns) return after->value;
  if (after == points_.begin()) return std::nullopt;
  const Point& before = *(after - 1);
  const double share =
      static_cast<double>(t_ns - before.t_ns) / static_cast<double>(after->t_ns - before.t_ns);
  return before.value + share * (after->value - before.value);
}

std::optional<double> Counter::Growth(std::int64_t begin_ns, std::int64_t end_ns) const {
  const auto begin = At(begin_ns);
  const auto end = At(end_ns);
  if (!begin || !end) return std::nullopt;
  return *end - *begin;
}

std::optional<double> Counter::GrowthAround(std::int64_t begin_ns, std::int64_t end_ns) const {
  if (points_.size() < 2) return std::nullopt;
  auto first = std::lower_bound(points_.begin(), points_.end(), begin_ns, kEarlier);
  if (first != points_.begin() && (first == points_.end() || first->t_ns > begin_ns)) --first;
  auto last = std::lower_bound(points_.begin(), points_.end(), end_ns, kEarlier);
  if (last == points_.end()) --last;
  return last->value - first->value;
}

}  // namespace assay
