#include "metrics/timeline.h"

#include <algorithm>

#include "base/check.h"
#include "metrics/histogram.h"
#include "metrics/request_times.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

constexpr double kNanosPerSecond = 1e9;

class TimelineBuilder {
 public:
  TimelineBuilder(std::int64_t start_ns, std::int64_t end_ns, std::size_t most_bins) {
    t_.start_ns = start_ns;
    t_.end_ns = end_ns;
    const std::int64_t length = Elapsed(start_ns, end_ns);
    const auto bins = static_cast<std::int64_t>(most_bins);
    t_.bin_ns = RoundWidth(std::max<std::int64_t>(1, (length + bins - 1) / bins));
    t_.bins.resize(static_cast<std::size_t>((length + t_.bin_ns - 1) / t_.bin_ns));
  }

  void Add(const RequestRecord& request, std::int64_t scheduled_ns) {
    const RequestOutcome& o = request.outcome;
    const std::int64_t done = ToNanos(o.done);
    const std::int64_t sent = SentNanos(o).value_or(done);
    Spread(scheduled_ns, sent, &TimelineBin::waiting);
    Spread(sent, done, &TimelineBin::running);
    if (!Completed(o)) return;
    const std::vector<TokenChunk> chunks = TokenChunks(o);
    for (const TokenChunk& chunk : chunks) Arrived(chunk.arrived_ns, chunk.tokens);
    if (chunks.empty()) Arrived(done, static_cast<double>(o.token_ids.size()));
  }

  // Sums become means over the bins.
  Timeline Take() {
    for (std::size_t i = 0; i < t_.bins.size(); ++i) {
      const std::int64_t begin = t_.start_ns + static_cast<std::int64_t>(i) * t_.bin_ns;
      const auto length = static_cast<double>(std::min(t_.bin_ns, t_.end_ns - begin));
      TimelineBin& bin = t_.bins[i];
      bin.running /= length;
      bin.waiting /= length;
      bin.output_tokens_per_s *= kNanosPerSecond / length;
    }
    return std::move(t_);
  }

 private:
  [[nodiscard]] std::int64_t Clamped(std::int64_t time) const {
    return std::clamp(time, t_.start_ns, t_.end_ns);
  }

  [[nodiscard]] std::size_t BinOf(std::int64_t time) const {
    const auto bin = static_cast<std::size_t>((Clamped(time) - t_.start_ns) / t_.bin_ns);
    return std::min(bin, t_.bins.size() - 1);  // the end belongs to the last bin
  }

  void Arrived(std::int64_t time, double tokens) {
    t_.bins[BinOf(time)].output_tokens_per_s += tokens;
  }

  // Adds the nanoseconds of [from, to) to each bin that they lie in.
  void Spread(std::int64_t from, std::int64_t to, double TimelineBin::*member) {
    from = Clamped(from);
    to = Clamped(to);
    for (std::size_t i = BinOf(from); from < to; ++i) {
      const std::int64_t bin_end = t_.start_ns + static_cast<std::int64_t>(i + 1) * t_.bin_ns;
      const std::int64_t until = std::min(to, bin_end);
      t_.bins[i].*member += static_cast<double>(until - from);
      from = until;
    }
  }

  Timeline t_;
};

}  // namespace

std::optional<Timeline> TimelineOf(std::span<const RequestRecord> requests, const TestRecord& test,
                                   std::size_t most_bins) {
  ASSAY_CHECK(most_bins >= 2);
  if (requests.empty()) return std::nullopt;
  const Schedule schedule = RecoverSchedule(requests, test.origin_not_before_ns);
  const std::int64_t start =
      *std::min_element(schedule.scheduled_ns.begin(), schedule.scheduled_ns.end());
  std::int64_t end = start;
  for (const RequestRecord& request : requests) end = std::max(end, ToNanos(request.outcome.done));
  if (end == start) return std::nullopt;
  TimelineBuilder builder(start, end, most_bins);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    builder.Add(requests[i], schedule.scheduled_ns[i]);
  }
  return builder.Take();
}

}  // namespace assay
