#include "load/loadgen_sut.h"

#include <algorithm>
#include <utility>

#include <loadgen.h>

#include "base/check.h"

namespace assay {
namespace {

// LoadGen wants an address as an integer; it reads `size` bytes there during the call.
mlperf::QuerySampleResponse Response(mlperf::ResponseId id, std::span<const TokenId> tokens) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  return {id, reinterpret_cast<std::uintptr_t>(tokens.data()), tokens.size_bytes(),
          static_cast<std::int64_t>(tokens.size())};
}

// Calls LoadGen between two readings of the clock.
template <typename Call>
ToldTimes Tell(const Clock& clock, Call call) {
  ToldTimes told;
  told.before_ns = ToNanos(clock.Now());
  call();
  told.after_ns = ToNanos(clock.Now());
  return told;
}

ToldTimes TellFirstToken(const Clock& clock, mlperf::QuerySampleResponse response) {
  return Tell(clock, [&] { mlperf::FirstTokenComplete(&response, 1); });
}

}  // namespace

LoadgenSut::LoadgenSut(Options options)
    : options_(std::move(options)),
      server_schedule_(options_.schedule_rng_seed,
                       options_.target_qps > 0.0 ? options_.target_qps : 1.0) {}

std::optional<std::int64_t> LoadgenSut::NextOffset() {
  switch (options_.schedule) {
    case ScheduleKind::kAllAtOnce:
      return 0;
    case ScheduleKind::kServer:
      return server_schedule_.Next();
    case ScheduleKind::kOnCompletion:
      break;
  }
  return std::nullopt;
}

void LoadgenSut::IssueQuery(const std::vector<mlperf::QuerySample>& samples) {
  const std::int64_t issued_ns = ToNanos(options_.clock->Now());
  std::vector<EngineRequest> requests;
  requests.reserve(samples.size());
  {
    const std::lock_guard lock(mutex_);
    for (const mlperf::QuerySample& sample : samples) {
      ASSAY_CHECK(sample.index < options_.samples.size());
      const PromptSample& prompt = options_.samples[sample.index];
      const Pending pending{sample.id, prompt.index, NextOffset(), issued_ns, {}};
      if (pending.offset_ns) {
        const std::int64_t origin = issued_ns - *pending.offset_ns;
        origin_ns_ = std::min(origin_ns_.value_or(origin), origin);
      }
      requests.push_back({next_id_, prompt.index, prompt.ids, prompt.text});
      pending_.emplace(next_id_++, pending);
    }
  }
  std::int64_t nothing_issued = 0;
  options_.counters->first_issue_ns.compare_exchange_strong(nothing_issued, issued_ns);
  options_.counters->issued += samples.size();
  options_.engine->Submit(requests);
}

void LoadgenSut::OnFirstToken(std::uint64_t id, MonoTime /*when*/,
                              std::span<const TokenId> tokens) {
  mlperf::ResponseId response_id = 0;
  {
    const std::lock_guard lock(mutex_);
    const Pending& pending = pending_.at(id);
    ASSAY_CHECK(!pending.told_first);
    response_id = pending.response_id;
  }
  const ToldTimes told = TellFirstToken(*options_.clock, Response(response_id, tokens));
  const std::lock_guard lock(mutex_);
  pending_.at(id).told_first = told;
}

void LoadgenSut::OnDone(RequestOutcome outcome) {
  Pending pending;
  std::int64_t origin_ns = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto it = pending_.find(outcome.id);
    ASSAY_CHECK(it != pending_.end());
    pending = it->second;
    pending_.erase(it);
    origin_ns = origin_ns_.value_or(0);
  }
  const bool answered = !outcome.error && !outcome.token_ids.empty();
  const std::span<const TokenId> tokens =
      answered ? std::span<const TokenId>(outcome.token_ids) : std::span<const TokenId>();
  if (!pending.told_first) {
    pending.told_first = TellFirstToken(
        *options_.clock, Response(pending.response_id, tokens.first(tokens.empty() ? 0 : 1)));
  }
  mlperf::QuerySampleResponse response = Response(pending.response_id, tokens);
  const ToldTimes told_done =
      Tell(*options_.clock, [&] { mlperf::QuerySamplesComplete(&response, 1); });
  options_.counters->tokens += tokens.size();
  const std::uint64_t failed =
      answered ? options_.counters->failed.load() : ++options_.counters->failed;
  if (answered) ++options_.counters->completed;
  Write({pending.sample_index, pending.offset_ns,
         pending.offset_ns ? origin_ns + *pending.offset_ns : pending.issued_ns, pending.issued_ns,
         std::move(outcome), pending.told_first, told_done});
  // Each failure has a count of its own: one of them is the first above the limit.
  if (!answered && options_.max_failed && failed == *options_.max_failed + 1) {
    options_.on_too_many_failed();
  }
}

void LoadgenSut::Write(const RequestRecord& record) {
  const std::lock_guard lock(journal_mutex_);
  if (journal_closed_) return;
  Status written = options_.journal->Append(record);
  if (!written && !journal_error_) journal_error_ = std::move(written).error();
}

std::optional<Error> LoadgenSut::journal_error() {
  const std::lock_guard lock(journal_mutex_);
  return journal_error_;
}

void LoadgenSut::CloseJournal() {
  const std::lock_guard lock(journal_mutex_);
  journal_closed_ = true;
}

void LoadgenQsl::LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>& /*samples*/) {
  loaded_ns_ = ToNanos(clock_.Now());
}

}  // namespace assay
