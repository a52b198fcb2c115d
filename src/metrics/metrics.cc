#include "metrics/metrics.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "metrics/request_times.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr double kNanosPerMilli = 1e6;

void CountRequests(std::span<const RequestRecord> requests, const TestRecord& test, Metrics& m) {
  RequestCounts& c = m.counts;
  if (test.clocks_end) c.issued = test.issued;
  std::set<std::uint64_t> ids;
  for (const RequestRecord& request : requests) {
    const RequestOutcome& o = request.outcome;
    ++c.ended;
    if (!ids.insert(o.id).second) ++c.duplicate_ids;
    if (Completed(o)) {
      ++c.completed;
      ++c.finish_reasons[o.finish_reason == FinishReason::kLength ? "length" : "stop"];
    } else {
      ++c.failed;
      ++c.failures[o.error ? o.error->kind : std::string("no_tokens")];
      m.failed_output_tokens += o.token_ids.size();
    }
  }
}

void MeasureLatencies(std::span<const RequestRecord> requests, const Schedule& schedule,
                      Metrics& m) {
  std::vector<std::int64_t> ttft;
  std::vector<std::int64_t> ttft_from_send;
  std::vector<std::int64_t> e2el;
  std::vector<std::int64_t> e2el_from_send;
  std::vector<std::int64_t> tpot;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!Completed(requests[i].outcome)) continue;
    const RequestTimes t = TimesOf(requests[i].outcome, schedule.scheduled_ns[i]);
    e2el.push_back(t.e2el);
    if (t.ttft) ttft.push_back(*t.ttft);
    if (t.ttft_from_send) ttft_from_send.push_back(*t.ttft_from_send);
    if (t.e2el_from_send) e2el_from_send.push_back(*t.e2el_from_send);
    if (t.tpot) tpot.push_back(*t.tpot);
  }
  m.without_first_token_time = e2el.size() - ttft.size();
  m.ttft = Summarize(std::move(ttft));
  m.ttft_from_send = Summarize(std::move(ttft_from_send));
  m.e2el = Summarize(std::move(e2el));
  m.e2el_from_send = Summarize(std::move(e2el_from_send));
  m.tpot = Summarize(std::move(tpot));
}

// Adds the gaps between the tokens of one answer.
void AddGaps(const std::vector<TokenChunk>& chunks, std::vector<std::int64_t>& gaps, Metrics& m) {
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::uint32_t tokens = chunks[i].tokens;
    if (i == 0) {
      m.itl_unknown += tokens - 1;
      continue;
    }
    gaps.insert(gaps.end(), tokens,
                Elapsed(chunks[i - 1].arrived_ns, chunks[i].arrived_ns) / tokens);
    if (tokens > 1) m.itl_spread += tokens;
  }
}

void MeasureChunks(std::span<const RequestRecord> requests, Metrics& m) {
  std::vector<std::int64_t> gaps;
  std::vector<std::int64_t> sizes;
  for (const RequestRecord& request : requests) {
    if (!Completed(request.outcome)) continue;
    const auto chunks = TokenChunks(request.outcome);
    std::uint64_t in_chunks = 0;
    for (const auto& [time, tokens] : chunks) {
      sizes.push_back(tokens);
      ++m.chunk_sizes[tokens];
      in_chunks += tokens;
    }
    if (in_chunks == request.outcome.token_ids.size()) {
      AddGaps(chunks, gaps, m);
    } else {
      ++m.itl_untold;
    }
  }
  m.itl = Summarize(std::move(gaps));
  m.tokens_per_chunk = Summarize(std::move(sizes));
}

void MeasureLengths(std::span<const RequestRecord> requests,
                    std::span<const std::optional<std::uint64_t>> characters, Metrics& m) {
  std::vector<std::int64_t> input;
  std::vector<std::int64_t> output;
  std::vector<std::int64_t> known_characters;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& o = requests[i].outcome;
    if (!Completed(o)) continue;
    input.push_back(static_cast<std::int64_t>(o.prompt_tokens));
    output.push_back(static_cast<std::int64_t>(o.token_ids.size()));
    m.total_input_tokens = m.total_input_tokens.value_or(0) + o.prompt_tokens;
    m.total_output_tokens = m.total_output_tokens.value_or(0) + o.token_ids.size();
    if (!characters.empty() && characters[i]) {
      known_characters.push_back(static_cast<std::int64_t>(*characters[i]));
      m.total_output_characters = m.total_output_characters.value_or(0) + *characters[i];
    }
  }
  if (known_characters.size() != output.size()) m.total_output_characters.reset();
  m.input_tokens = Summarize(std::move(input));
  m.output_tokens = Summarize(std::move(output));
  m.output_characters = Summarize(std::move(known_characters));
}

void MeasureDelays(std::span<const RequestRecord> requests, const Schedule& schedule, Metrics& m) {
  std::vector<std::int64_t> issue;
  std::vector<std::int64_t> send;
  std::vector<std::int64_t> told_first;
  std::vector<std::int64_t> told_done;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    issue.push_back(Elapsed(schedule.scheduled_ns[i], requests[i].issued_ns));
    const RequestOutcome& o = requests[i].outcome;
    const std::optional<std::int64_t> sent = SentNanos(o);
    if (sent) send.push_back(Elapsed(requests[i].issued_ns, *sent));
    if (requests[i].told_first && o.first_token) {
      told_first.push_back(Elapsed(ToNanos(*o.first_token), requests[i].told_first->before_ns));
    }
    if (requests[i].told_done) {
      told_done.push_back(Elapsed(ToNanos(o.done), requests[i].told_done->before_ns));
    }
  }
  m.issue_delay = Summarize(std::move(issue));
  m.send_delay = Summarize(std::move(send));
  m.told_first_delay = Summarize(std::move(told_first));
  m.told_done_delay = Summarize(std::move(told_done));
}

// (n - 1) / (last - first), per second.
std::optional<double> RateOf(std::vector<std::int64_t> times) {
  if (times.size() < 2) return std::nullopt;
  const auto [first, last] = std::minmax_element(times.begin(), times.end());
  const std::int64_t elapsed = Elapsed(*first, *last);
  if (elapsed <= 0) return std::nullopt;
  return static_cast<double>(times.size() - 1) / static_cast<double>(elapsed) * kNanosPerSecond;
}

void MeasureRates(std::span<const RequestRecord> requests, const Schedule& schedule, Metrics& m) {
  if (!schedule.has_offsets) return;
  m.scheduled_rate = RateOf(schedule.scheduled_ns);
  if (!m.scheduled_rate) return;
  std::vector<std::int64_t> issued;
  for (const RequestRecord& request : requests) issued.push_back(request.issued_ns);
  m.issued_rate = RateOf(std::move(issued));
}

void MeasureThroughput(std::span<const RequestRecord> requests, std::int64_t start_ns, Metrics& m) {
  std::int64_t end_ns = start_ns;
  for (const RequestRecord& request : requests) {
    end_ns = std::max(end_ns, ToNanos(request.outcome.done));
  }
  if (end_ns == start_ns) return;
  m.duration_s = static_cast<double>(Elapsed(start_ns, end_ns)) / kNanosPerSecond;
  m.request_throughput = static_cast<double>(m.counts.completed) / *m.duration_s;
  if (m.counts.completed == 0) return;
  const auto input = static_cast<double>(*m.total_input_tokens);
  const auto output = static_cast<double>(*m.total_output_tokens);
  m.input_throughput = input / *m.duration_s;
  m.output_throughput = output / *m.duration_s;
  m.total_token_throughput = (input + output) / *m.duration_s;
}

void FindPeakThroughput(std::span<const RequestRecord> requests, std::int64_t start_ns,
                        Metrics& m) {
  constexpr std::int64_t kBucketNanos = 1'000'000'000;
  std::map<std::int64_t, std::uint64_t> arrived;  // second -> tokens
  for (const RequestRecord& request : requests) {
    const RequestOutcome& o = request.outcome;
    if (!Completed(o)) continue;
    const auto chunks = TokenChunks(o);
    for (const auto& [time, tokens] : chunks) {
      arrived[Elapsed(start_ns, time) / kBucketNanos] += tokens;
    }
    if (chunks.empty()) {
      arrived[Elapsed(start_ns, ToNanos(o.done)) / kBucketNanos] += o.token_ids.size();
    }
  }
  for (const auto& [second, tokens] : arrived) {
    const auto per_second = static_cast<double>(tokens);
    m.max_output_tokens_per_s = std::max(m.max_output_tokens_per_s.value_or(0.0), per_second);
  }
}

void FindPeakConcurrency(std::span<const RequestRecord> requests, Metrics& m) {
  // At one moment ends come before starts: a slot that is handed on at once is one request.
  std::vector<std::pair<std::int64_t, int>> events;
  for (const RequestRecord& request : requests) {
    const std::optional<std::int64_t> sent = SentNanos(request.outcome);
    if (!sent) continue;
    events.emplace_back(*sent, 1);
    events.emplace_back(std::max(*sent, ToNanos(request.outcome.done)), -1);
  }
  if (events.empty()) return;
  std::sort(events.begin(), events.end());
  std::int64_t running = 0;
  std::int64_t most = 0;
  for (const auto& [time, change] : events) {
    running += change;
    most = std::max(most, running);
  }
  m.max_concurrent_requests = static_cast<std::uint64_t>(most);
}

bool Within(const std::optional<double>& limit_ms, const std::optional<std::int64_t>& value_ns) {
  if (!limit_ms) return true;
  return value_ns && static_cast<double>(*value_ns) / kNanosPerMilli <= *limit_ms;
}

void CountGoodput(std::span<const RequestRecord> requests, const Schedule& schedule,
                  const GoodputLimits& limits, Metrics& m) {
  m.goodput_limits = limits;
  if (!limits.ttft_ms && !limits.tpot_ms && !limits.e2el_ms) return;
  std::uint64_t good = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const RequestOutcome& o = requests[i].outcome;
    if (!Completed(o)) continue;
    const RequestTimes t = TimesOf(o, schedule.scheduled_ns[i]);
    // A single token has no time per output token that could be too long.
    const bool tpot_good = o.token_ids.size() == 1 || Within(limits.tpot_ms, t.tpot);
    if (tpot_good && Within(limits.ttft_ms, t.ttft) && Within(limits.e2el_ms, t.e2el)) ++good;
  }
  m.good_requests = good;
  if (m.duration_s) m.request_goodput = static_cast<double>(good) / *m.duration_s;
}

// The counts of one answer's tokens besides its ids.
std::vector<std::pair<std::string, std::uint64_t>> OtherCounts(const RequestOutcome& o) {
  std::vector<std::pair<std::string, std::uint64_t>> counts = o.other_counts;
  if (!o.chunk_tokens.empty()) {
    std::uint64_t in_chunks = 0;
    for (const std::uint32_t tokens : o.chunk_tokens) in_chunks += tokens;
    counts.emplace_back("chunks", in_chunks);
  }
  return counts;
}

void KeepSmallest(std::uint64_t id, std::vector<std::uint64_t>& ids) {
  constexpr std::size_t kKept = 5;
  ids.insert(std::upper_bound(ids.begin(), ids.end(), id), id);
  if (ids.size() > kKept) ids.pop_back();
}

void FillLedger(std::span<const RequestRecord> requests, Metrics& m) {
  std::map<std::string, TokenSource> sources;
  for (const RequestRecord& request : requests) {
    const RequestOutcome& o = request.outcome;
    if (!Completed(o)) continue;
    ++(o.token_ids_are_engines ? m.ledger.ids_from_engine : m.ledger.ids_derived);
    bool disagrees = false;
    for (const auto& [name, count] : OtherCounts(o)) {
      TokenSource& source = sources[name];
      source.name = name;
      ++source.requests;
      source.tokens += count;
      if (count == o.token_ids.size()) continue;
      ++source.disagreements;
      KeepSmallest(o.id, source.disagreeing_ids);
      // Events with text are what other tools take for tokens.
      if (name != "text_chunks") disagrees = true;
    }
    if (!disagrees) continue;
    ++m.ledger.disagreeing_requests;
    m.ledger.first_disagreeing_id = std::min(m.ledger.first_disagreeing_id.value_or(o.id), o.id);
  }
  for (auto& [name, source] : sources) m.ledger.sources.push_back(std::move(source));
}

}  // namespace

Metrics ComputeMetrics(std::span<const RequestRecord> requests, const TestRecord& test,
                       const GoodputLimits& limits,
                       std::span<const std::optional<std::uint64_t>> characters) {
  ASSAY_CHECK(characters.empty() || characters.size() == requests.size());
  const Schedule schedule = RecoverSchedule(requests, test.origin_not_before_ns);
  Metrics m;
  m.test = test.test;
  m.schedule_contradictory = schedule.contradictory;
  if (!schedule.has_offsets && !requests.empty()) {
    m.schedule_uncertainty_ns = 0.0;
  } else if (schedule.origin_width_ns) {
    m.schedule_uncertainty_ns = static_cast<double>(*schedule.origin_width_ns);
  }
  CountRequests(requests, test, m);
  MeasureLatencies(requests, schedule, m);
  MeasureChunks(requests, m);
  MeasureLengths(requests, characters, m);
  MeasureDelays(requests, schedule, m);
  MeasureRates(requests, schedule, m);
  if (!requests.empty()) {
    const std::int64_t start_ns =
        *std::min_element(schedule.scheduled_ns.begin(), schedule.scheduled_ns.end());
    MeasureThroughput(requests, start_ns, m);
    FindPeakThroughput(requests, start_ns, m);
  }
  FindPeakConcurrency(requests, m);
  CountGoodput(requests, schedule, limits, m);
  FillLedger(requests, m);
  m.ledger.server_output_tokens =
      CounterGrowth(test.server_counters, &ServerCounters::generation_tokens);
  m.ledger.server_prompt_tokens =
      CounterGrowth(test.server_counters, &ServerCounters::prompt_tokens);
  m.ledger.server_cached_tokens =
      CounterGrowth(test.server_counters, &ServerCounters::cached_prompt_tokens);
  if (test.clocks_end) {
    m.peak_rss_bytes = test.peak_rss_bytes;
    m.cpu_seconds = test.cpu_seconds;
  }
  return m;
}

}  // namespace assay
