// LoadGen's Server schedule, reproduced from its seed and rate.

#ifndef ASSAY_LOAD_SCHEDULE_H_
#define ASSAY_LOAD_SCHEDULE_H_

#include <cstdint>
#include <random>

namespace assay {

// LoadGen makes all queries of a test before it issues the first; so many can be asked of it, and
// reproduced afterwards.
inline constexpr std::uint64_t kMostQueries = 20'000'000;

// The offsets, in order of issue, at which LoadGen schedules its queries.
//
// `schedule_rng_seed`  LoadGen's setting; only its low 32 bits matter, as std::mt19937 takes no
// more. `target_qps`         > 0, queries per second. Value: 0 for the first query, then
// exponentially distributed gaps, each truncated to whole nanoseconds as LoadGen truncates it;
// identical to LoadGen's with the same C++ standard library. Source: MLCommons LoadGen 6.0.17,
// loadgen.cc, ScheduleDistribution<Server> and GenerateQueries.
class ServerSchedule {
 public:
  ServerSchedule(std::uint64_t schedule_rng_seed, double target_qps);
  // The next query's offset from the origin in nanoseconds.
  [[nodiscard]] std::int64_t Next();

 private:
  std::mt19937 rng_;
  std::exponential_distribution<> gap_seconds_;
  std::int64_t next_ns_ = 0;
};

}  // namespace assay

#endif  // ASSAY_LOAD_SCHEDULE_H_
