#include "null_server/answer_plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

constexpr std::array<std::pair<std::string_view, NullServerFault>, 10> kFaults{
    {{"http-500", NullServerFault::kHttp500},
     {"http-429", NullServerFault::kHttp429},
     {"silent", NullServerFault::kSilent},
     {"reset", NullServerFault::kReset},
     {"early-end", NullServerFault::kEarlyEnd},
     {"no-end", NullServerFault::kNoEnd},
     {"stall", NullServerFault::kStall},
     {"broken-json", NullServerFault::kBrokenJson},
     {"broken-utf8", NullServerFault::kBrokenUtf8},
     {"error-event", NullServerFault::kErrorEvent}}};

enum class Purpose : std::uint64_t { kTtft, kTpot, kLength, kFault };

std::uint64_t Draw(const AnswerScript& script, std::uint64_t number, Purpose purpose) {
  constexpr std::uint64_t kPurposes = 4;
  return MixBits(MixBits(script.seed) ^
                 MixBits(number * kPurposes + static_cast<std::uint64_t>(purpose)));
}

std::uint32_t LengthOf(const AnswerScript& script, std::uint64_t bits, const AskedLength& asked) {
  if (asked.ignore_end || script.tokens_highest == 0) return asked.max_tokens;
  const std::uint64_t span = std::uint64_t{script.tokens_highest} - script.tokens_lowest + 1;
  const auto drawn = script.tokens_lowest + static_cast<std::uint32_t>(bits % span);
  return std::min(std::max({drawn, asked.min_tokens, 1U}), asked.max_tokens);
}

}  // namespace

std::string_view FaultName(NullServerFault fault) {
  const auto* const it = std::find_if(kFaults.begin(), kFaults.end(),
                                      [fault](const auto& known) { return known.second == fault; });
  return it == kFaults.end() ? "none" : it->first;
}

Result<NullServerFault> ParseFault(std::string_view name) {
  std::string accepted;
  for (const auto& [known, fault] : kFaults) {
    if (known == name) return fault;
    accepted += fmt::format("{}{}", accepted.empty() ? "" : ", ", known);
  }
  return MakeError(ErrorCode::kInvalidArgument, "fault \"{}\" is not known; accepted: {}", name,
                   accepted);
}

AnswerPlan PlanAnswer(const AnswerScript& script, std::uint64_t number, const AskedLength& asked) {
  ASSAY_CHECK(asked.max_tokens >= 1);
  AnswerPlan plan;
  plan.ttft = TimeOf(script.ttft, Draw(script, number, Purpose::kTtft));
  plan.tpot = TimeOf(script.tpot, Draw(script, number, Purpose::kTpot));
  plan.tokens = LengthOf(script, Draw(script, number, Purpose::kLength), asked);
  plan.ends_by_itself = plan.tokens < asked.max_tokens;
  if (UnitInterval(Draw(script, number, Purpose::kFault)) < script.fault_rate) {
    plan.fault = script.fault;
    plan.fault_after = plan.tokens / 2;
  }
  return plan;
}

Nanos TokenDue(const AnswerPlan& plan, std::uint32_t token) {
  return plan.ttft + plan.tpot * token;
}

std::uint32_t WriteCount(const AnswerScript& script, const AnswerPlan& plan) {
  const std::uint64_t per_write = std::uint64_t{script.chunk_tokens} * script.write_chunks;
  return static_cast<std::uint32_t>((plan.tokens + per_write - 1) / per_write);
}

PlannedWrite WriteAt(const AnswerScript& script, const AnswerPlan& plan, std::uint32_t index) {
  const std::uint64_t per_write = std::uint64_t{script.chunk_tokens} * script.write_chunks;
  const std::uint64_t first = index * per_write;
  ASSAY_CHECK(first < plan.tokens);
  const std::uint64_t tokens = std::min<std::uint64_t>(per_write, plan.tokens - first);
  PlannedWrite write;
  write.first = static_cast<std::uint32_t>(first);
  write.tokens = static_cast<std::uint32_t>(tokens);
  write.due = TokenDue(plan, static_cast<std::uint32_t>(first + tokens - 1));
  return write;
}

}  // namespace assay
