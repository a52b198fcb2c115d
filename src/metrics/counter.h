// Counters that were sampled: their values between the samples.

#ifndef ASSAY_METRICS_COUNTER_H_
#define ASSAY_METRICS_COUNTER_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace assay {

class Counter {
 public:
  // In the order of time. A value below the one before is one of a counter that started again:
  // after `range`, where that is not 0; otherwise nothing is known before it.
  void Add(std::int64_t t_ns, double value, double range = 0.0);

  // By how much it grew between two moments, each interpolated between its neighbours.
  // Value: nullopt where samples do not lie around both.
  [[nodiscard]] std::optional<double> Growth(std::int64_t begin_ns, std::int64_t end_ns) const;
  // By how much it grew between the last sample at or before `begin_ns` (or else the first) and the
  // first at or after `end_ns` (or else the last): for counts that only matter if they grew.
  // Value: nullopt with fewer than two samples.
  [[nodiscard]] std::optional<double> GrowthAround(std::int64_t begin_ns,
                                                   std::int64_t end_ns) const;

 private:
  struct Point {
    std::int64_t t_ns;
    double value;  // without the jumps
  };
  [[nodiscard]] std::optional<double> At(std::int64_t t_ns) const;

  std::vector<Point> points_;
  double last_raw_ = 0.0;
};

}  // namespace assay

#endif  // ASSAY_METRICS_COUNTER_H_
