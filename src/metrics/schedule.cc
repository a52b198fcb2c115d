#include "metrics/schedule.h"

#include <algorithm>
#include <limits>

namespace assay {
namespace {

std::int64_t HeldAtEnds(bool overflowed, bool negative, std::int64_t value) {
  if (!overflowed) return value;
  return negative ? std::numeric_limits<std::int64_t>::min()
                  : std::numeric_limits<std::int64_t>::max();
}

std::int64_t Plus(std::int64_t time_ns, std::int64_t offset_ns) {
  std::int64_t sum = 0;
  const bool overflowed = __builtin_add_overflow(time_ns, offset_ns, &sum);
  return HeldAtEnds(overflowed, offset_ns < 0, sum);
}

}  // namespace

std::int64_t Elapsed(std::int64_t earlier_ns, std::int64_t later_ns) {
  std::int64_t difference = 0;
  const bool overflowed = __builtin_sub_overflow(later_ns, earlier_ns, &difference);
  return HeldAtEnds(overflowed, later_ns < earlier_ns, difference);
}

Schedule RecoverSchedule(std::span<const RequestRecord> requests,
                         std::optional<std::int64_t> origin_not_before_ns) {
  Schedule schedule;
  for (const RequestRecord& request : requests) {
    schedule.has_offsets = schedule.has_offsets || request.offset_ns.has_value();
    const std::int64_t latest_origin = Elapsed(request.offset_ns.value_or(0), request.issued_ns);
    schedule.origin_ns = std::min(schedule.origin_ns.value_or(latest_origin), latest_origin);
  }
  schedule.scheduled_ns.reserve(requests.size());
  for (const RequestRecord& request : requests) {
    schedule.scheduled_ns.push_back(
        request.offset_ns ? Plus(*schedule.origin_ns, *request.offset_ns) : request.issued_ns);
  }
  if (schedule.origin_ns && origin_not_before_ns) {
    const std::int64_t width = Elapsed(*origin_not_before_ns, *schedule.origin_ns);
    schedule.contradictory = width < 0;
    if (!schedule.contradictory) schedule.origin_width_ns = width;
  }
  return schedule;
}

}  // namespace assay
