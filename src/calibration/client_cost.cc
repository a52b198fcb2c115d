#include "calibration/client_cost.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/metrics.h"
#include "metrics/schedule.h"

namespace assay {
namespace {

// Answered requests of the server's log by their id.
std::unordered_map<std::uint64_t, const ServedRequest*> ById(
    std::span<const ServedRequest> served) {
  std::unordered_map<std::uint64_t, const ServedRequest*> by_id;
  for (const ServedRequest& request : served) {
    const std::optional<std::uint64_t> id = JournalIdOf(request.request_id);
    if (id && request.end == ServedEnd::kDone && !request.writes.empty()) {
      by_id.emplace(*id, &request);
    }
  }
  return by_id;
}

std::int64_t TtftAdded(const RequestOutcome& outcome, const ServedRequest& served) {
  const std::int64_t client = Elapsed(ToNanos(*outcome.sent), ToNanos(*outcome.first_token));
  const std::int64_t server = Elapsed(ToNanos(served.read), ToNanos(served.writes.front()));
  return client - server;
}

std::int64_t TtftRead(const RequestOutcome& outcome, const ServedRequest& served) {
  return Elapsed(ToNanos(served.writes.front()), ToNanos(*outcome.first_token));
}

// Absent: the tokens came in one write.
std::optional<std::int64_t> TpotError(const RequestOutcome& outcome, const ServedRequest& served) {
  if (served.writes.size() < 2 || outcome.token_ids.size() < 2 || !outcome.last_token) {
    return std::nullopt;
  }
  const auto gaps = static_cast<std::int64_t>(outcome.token_ids.size() - 1);
  const std::int64_t client = Elapsed(ToNanos(*outcome.first_token), ToNanos(*outcome.last_token));
  const std::int64_t server =
      Elapsed(ToNanos(served.writes.front()), ToNanos(served.writes.back()));
  return std::abs(client - server) / gaps;
}

}  // namespace

std::optional<std::uint64_t> JournalIdOf(std::string_view request_id) {
  const std::size_t dash = request_id.rfind('-');
  if (!request_id.starts_with("assay-") || dash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = request_id.substr(dash + 1);
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return id;
}

ClientCost MeasureClientCost(std::span<const RequestRecord> journal,
                             std::optional<std::int64_t> origin_not_before_ns,
                             std::span<const ServedRequest> served) {
  const auto by_id = ById(served);
  const Schedule schedule = RecoverSchedule(journal, origin_not_before_ns);
  ClientCost cost;
  std::vector<std::int64_t> ttft;
  std::vector<std::int64_t> ttft_read;
  std::vector<std::int64_t> tpot;
  std::vector<std::int64_t> send;
  for (std::size_t i = 0; i < journal.size(); ++i) {
    const RequestOutcome& outcome = journal[i].outcome;
    const auto found = by_id.find(outcome.id);
    if (!Completed(outcome) || !outcome.sent || !outcome.first_token || found == by_id.end()) {
      ++cost.not_joined;
      continue;
    }
    ++cost.requests;
    ttft.push_back(TtftAdded(outcome, *found->second));
    ttft_read.push_back(TtftRead(outcome, *found->second));
    if (const auto error = TpotError(outcome, *found->second)) tpot.push_back(*error);
    send.push_back(Elapsed(schedule.scheduled_ns[i], ToNanos(*outcome.sent)));
  }
  cost.ttft_added = Summarize(std::move(ttft));
  cost.ttft_read = Summarize(std::move(ttft_read));
  cost.tpot_error = Summarize(std::move(tpot));
  cost.send_delay = Summarize(std::move(send));
  return cost;
}

ClientCapacity MeasureClientCapacity(std::span<const RequestRecord> journal, double cpu_seconds) {
  ClientCapacity capacity;
  std::optional<std::int64_t> first_ns;
  std::optional<std::int64_t> last_ns;
  for (const RequestRecord& request : journal) {
    const RequestOutcome& outcome = request.outcome;
    if (!Completed(outcome) || !outcome.sent) continue;
    capacity.tokens += outcome.token_ids.size();
    first_ns = std::min(first_ns.value_or(ToNanos(*outcome.sent)), ToNanos(*outcome.sent));
    last_ns = std::max(last_ns.value_or(ToNanos(outcome.done)), ToNanos(outcome.done));
  }
  if (!first_ns || *last_ns <= *first_ns) return capacity;
  const auto tokens = static_cast<double>(capacity.tokens);
  capacity.tokens_per_s = tokens / (static_cast<double>(*last_ns - *first_ns) / 1e9);
  if (cpu_seconds > 0.0) capacity.tokens_per_cpu_s = tokens / cpu_seconds;
  return capacity;
}

}  // namespace assay
