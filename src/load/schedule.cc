#include "load/schedule.h"

#include <chrono>

namespace assay {

ServerSchedule::ServerSchedule(std::uint64_t schedule_rng_seed, double target_qps)
    : rng_(static_cast<std::mt19937::result_type>(schedule_rng_seed)), gap_seconds_(target_qps) {}

std::int64_t ServerSchedule::Next() {
  const std::int64_t offset = next_ns_;
  next_ns_ += std::chrono::duration_cast<std::chrono::nanoseconds>(
                  std::chrono::duration<double>(gap_seconds_(rng_)))
                  .count();
  return offset;
}

}  // namespace assay
