// What the null server answers, and when: a function of its options, its seed and the request's
// number alone, the same on every machine. No clock, no socket.

#ifndef ASSAY_NULL_SERVER_ANSWER_PLAN_H_
#define ASSAY_NULL_SERVER_ANSWER_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"

#include "engine/scripted/drawn_time.h"

namespace assay {

enum class NullServerFault {
  kNone,
  kHttp500,     // status 500 with a JSON body, at once
  kHttp429,     // status 429 with Retry-After: 1, at once
  kSilent,      // the request is read and never answered
  kReset,       // RST after half of the tokens
  kEarlyEnd,    // the connection is closed after half of the tokens, the body has no end
  kNoEnd,       // the body ends after half of the tokens: no finish reason, no usage, no [DONE]
  kStall,       // nothing comes after half of the tokens, the connection stays
  kBrokenJson,  // the event after half of the tokens is cut off inside its JSON
  kBrokenUtf8,  // the text of that event holds a byte that is not UTF-8
  kErrorEvent,  // instead of that event comes an error object, and the body ends
};

// "http-500", ...: as options and logs name it. "none" for kNone.
[[nodiscard]] std::string_view FaultName(NullServerFault fault);
// Errors: kInvalidArgument, listing what is accepted; "none" is not.
[[nodiscard]] Result<NullServerFault> ParseFault(std::string_view name);

struct AnswerScript {
  std::uint64_t seed = 0;
  DrawnTime ttft;
  DrawnTime tpot;
  // Tokens of an answer, drawn evenly from the range; 0 and 0: as many as the request allows.
  std::uint32_t tokens_lowest = 0;
  std::uint32_t tokens_highest = 0;
  std::uint32_t chunk_tokens = 1;  // tokens in one event, >= 1
  std::uint32_t write_chunks = 1;  // events in one write, >= 1
  double fault_rate = 0.0;         // share of the requests, in [0, 1]
  NullServerFault fault = NullServerFault::kHttp500;
};

// What a request says of its answer's length.
struct AskedLength {
  std::uint32_t max_tokens = 0;  // >= 1
  std::uint32_t min_tokens = 0;
  bool ignore_end = false;  // as many as allowed, whatever the script says
};

struct AnswerPlan {
  Nanos ttft{0};
  Nanos tpot{0};
  std::uint32_t tokens = 1;     // >= 1; the end token counts
  bool ends_by_itself = false;  // the last token is an end token: finish reason "stop"
  NullServerFault fault = NullServerFault::kNone;
  std::uint32_t fault_after = 0;  // tokens that come before the fault, where one comes inside
};

// `number`  of the request, from 0, in the order in which requests were completely read.
[[nodiscard]] AnswerPlan PlanAnswer(const AnswerScript& script, std::uint64_t number,
                                    const AskedLength& asked);

// One write of a streamed answer: tokens [first, first + tokens) leave together.
struct PlannedWrite {
  std::uint32_t first = 0;
  std::uint32_t tokens = 0;
  Nanos due{0};  // after the start: when its last token is due
};

// Token k, from 0, is due at ttft + k * tpot after the start. The tokens of an event, and the
// events of a write, wait for the last of them.
[[nodiscard]] Nanos TokenDue(const AnswerPlan& plan, std::uint32_t token);
// Writes of an answer without a fault; at least one.
[[nodiscard]] std::uint32_t WriteCount(const AnswerScript& script, const AnswerPlan& plan);
// REQUIRES: index < WriteCount(script, plan).
[[nodiscard]] PlannedWrite WriteAt(const AnswerScript& script, const AnswerPlan& plan,
                                   std::uint32_t index);

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_ANSWER_PLAN_H_
