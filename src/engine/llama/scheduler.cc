#include "engine/llama/scheduler.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"

namespace assay {
namespace {

// The next of the fewest chunks of at most `limit` tokens, all of about the same size: a small
// last chunk would cost nearly as much as a full one.
std::size_t NextChunk(std::size_t left, std::size_t limit) {
  const std::size_t chunks = (left + limit - 1) / limit;
  return (left + chunks - 1) / chunks;
}

void Count(PhaseWork& phase, std::uint64_t tokens, std::uint64_t context_tokens, Nanos time) {
  ++phase.steps;
  phase.tokens += tokens;
  phase.context_tokens += context_tokens;
  phase.time += time;
}

}  // namespace

std::int32_t Scheduler::Sequence::NextPosition() const {
  return static_cast<std::int32_t>(request.prompt_ids.size() + outcome.token_ids.size()) - 1;
}

Scheduler::Scheduler(Decoder& decoder, EngineSink& sink, GenerationLimits limits,
                     std::vector<TokenId> end_tokens)
    : decoder_(decoder),
      sink_(sink),
      limits_(limits),
      end_tokens_(std::move(end_tokens)),
      slots_(static_cast<std::size_t>(decoder.slots())) {}

void Scheduler::Admit(const EngineRequest& request) {
  const auto free = std::find(slots_.begin(), slots_.end(), std::nullopt);
  ASSAY_CHECK(free != slots_.end() && !request.prompt_ids.empty());
  Sequence sequence;
  sequence.request = request;
  sequence.outcome.id = request.id;
  sequence.outcome.prompt_tokens = request.prompt_ids.size();
  // No allocation between a token and its time stamp.
  const auto max_tokens = static_cast<std::size_t>(limits_.max_new_tokens);
  sequence.outcome.token_ids.reserve(max_tokens);
  sequence.outcome.chunk_times.reserve(max_tokens);
  sequence.outcome.chunk_tokens.reserve(max_tokens);
  prompts_.push_back(static_cast<int>(free - slots_.begin()));
  *free = std::move(sequence);
  ++active_;
}

Status Scheduler::Round(bool more_waiting) {
  if (!more_waiting) CloseGaps();
  ASSAY_RETURN_IF_ERROR(StepPrompts());
  return StepGenerations();
}

Status Scheduler::StepGenerations() {
  decoder_.Clear();
  const MonoTime start = SteadyClock().Now();
  std::uint64_t context_tokens = 0;
  std::vector<Asked> asked;
  std::vector<int> slots;
  for (int slot = 0; slot < decoder_.slots(); ++slot) {
    const std::optional<Sequence>& sequence = slots_[static_cast<std::size_t>(slot)];
    if (!sequence || sequence->outcome.token_ids.empty()) continue;
    const TokenId last = sequence->outcome.token_ids.back();
    const std::int32_t position = sequence->NextPosition();
    asked.push_back({slot, decoder_.Add(last, position, slot, true)});
    context_tokens += static_cast<std::uint64_t>(position) + 1;
    slots.push_back(slot);
  }
  if (asked.empty()) return Ok{};
  const Status run = decoder_.Run();
  const MonoTime when = SteadyClock().Now();
  if (!run) return FailBatch(slots, run.error());
  Count(work_.generation, asked.size(), context_tokens, when - start);
  for (const Asked& token : asked) TakeToken(token, when);
  return Ok{};
}

std::vector<std::pair<int, std::size_t>> Scheduler::ChoosePrompts() const {
  std::vector<std::pair<int, std::size_t>> chosen;
  auto room = static_cast<std::size_t>(decoder_.batch());
  for (const int slot : prompts_) {
    const std::size_t left = slots_[static_cast<std::size_t>(slot)]->PromptLeft();
    if (chosen.empty()) {
      chosen.emplace_back(slot, NextChunk(left, room));
    } else if (left <= room) {
      chosen.emplace_back(slot, left);
    } else {
      break;
    }
    room -= chosen.back().second;
  }
  return chosen;
}

Status Scheduler::StepPrompts() {
  if (prompts_.empty()) return Ok{};
  decoder_.Clear();
  const MonoTime start = SteadyClock().Now();
  std::uint64_t tokens = 0;
  std::uint64_t context_tokens = 0;
  std::vector<Asked> asked;
  std::vector<int> slots;
  for (const auto& [slot, count] : ChoosePrompts()) {
    Sequence& sequence = At(slot);
    slots.push_back(slot);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t position = sequence.prompt_done + i;
      const bool last = position + 1 == sequence.request.prompt_ids.size();
      const int place = decoder_.Add(sequence.request.prompt_ids[position],
                                     static_cast<std::int32_t>(position), slot, last);
      if (last) asked.push_back({slot, place});
      context_tokens += position + 1;
    }
    tokens += count;
    if (sequence.prompt_done == 0) sequence.outcome.sent = SteadyClock().Now();
    sequence.prompt_done += count;
  }
  const Status run = decoder_.Run();
  const MonoTime when = SteadyClock().Now();
  if (!run) return FailBatch(slots, run.error());
  Count(work_.prompts, tokens, context_tokens, when - start);
  for (const Asked& token : asked) {
    std::erase(prompts_, token.slot);
    TakeToken(token, when);
  }
  return Ok{};
}

Status Scheduler::FailBatch(const std::vector<int>& slots, const Error& error) {
  if (error.code == ErrorCode::kInterrupted) return error;
  for (const int slot : slots) EndWithError(slot, "engine", error.message);
  return Ok{};
}

void Scheduler::TakeToken(const Asked& asked, MonoTime when) {
  RequestOutcome& outcome = At(asked.slot).outcome;
  const std::span<float> logits = decoder_.Logits(asked.place);
  const auto before = static_cast<std::int32_t>(outcome.token_ids.size());
  if (before < limits_.min_new_tokens) {
    for (const TokenId end : end_tokens_) {
      logits[static_cast<std::size_t>(end)] = -std::numeric_limits<float>::infinity();
    }
  }
  const std::optional<TokenId> token = Greedy(logits);
  if (!token) {
    EndWithError(asked.slot, "engine", "the model's logits are not numbers");
    return;
  }
  outcome.token_ids.push_back(*token);
  outcome.chunk_times.push_back(when);
  outcome.chunk_tokens.push_back(1);
  outcome.last_token = when;
  if (before == 0) {
    outcome.first_token = when;
    sink_.OnFirstToken(outcome.id, when, outcome.token_ids);
  }
  const bool ends = std::find(end_tokens_.begin(), end_tokens_.end(), *token) != end_tokens_.end();
  if (ends && !limits_.ignore_end_tokens) {
    End(asked.slot, FinishReason::kStop);
  } else if (before + 1 == limits_.max_new_tokens) {
    End(asked.slot, FinishReason::kLength);
  }
}

// llama.cpp computes neighbouring slots together, but a gap between them splits the batch, and each
// part reads all weights. Where no request waits for the slot, the gap would stay; moving a cache
// into it costs less than one such part.
void Scheduler::CloseGaps() {
  std::size_t gap = 0;
  for (std::size_t from = slots_.size(); from-- > 0;) {
    while (gap < from && slots_[gap]) ++gap;
    if (gap >= from) return;
    if (!slots_[from]) continue;
    decoder_.Move(static_cast<int>(from), static_cast<int>(gap));
    std::replace(prompts_.begin(), prompts_.end(), static_cast<int>(from), static_cast<int>(gap));
    slots_[gap] = std::exchange(slots_[from], std::nullopt);
  }
}

void Scheduler::End(int slot, FinishReason reason) {
  RequestOutcome outcome = std::move(At(slot).outcome);
  decoder_.Forget(slot);
  slots_[static_cast<std::size_t>(slot)].reset();
  --active_;
  std::erase(prompts_, slot);
  outcome.finish_reason = reason;
  outcome.done = SteadyClock().Now();
  sink_.OnDone(std::move(outcome));
}

void Scheduler::EndWithError(int slot, std::string_view kind, std::string_view message) {
  At(slot).outcome.error = RequestError{std::string(kind), std::string(message)};
  End(slot, FinishReason::kError);
}

void Scheduler::CancelAll() {
  for (int slot = 0; slot < decoder_.slots(); ++slot) {
    if (slots_[static_cast<std::size_t>(slot)]) {
      EndWithError(slot, "cancelled", "the engine was stopped");
    }
  }
}

}  // namespace assay
