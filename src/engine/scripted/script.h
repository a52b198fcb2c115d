// The script of the scripted engine: answers, times and faults. docs/formats.md defines the file.

#ifndef ASSAY_ENGINE_SCRIPTED_SCRIPT_H_
#define ASSAY_ENGINE_SCRIPTED_SCRIPT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/clock.h"
#include "assay/result.h"
#include "assay/tokenizer.h"

#include "engine/scripted/drawn_time.h"

namespace assay {

enum class ScriptedFault {
  kNone,
  kError,     // fails after `fault_after_tokens` tokens
  kNoTokens,  // ends without a token and without an error
  kCrash,     // the process ends by SIGSEGV
  kStall,     // never answers
};

// What one sample gets.
struct ScriptedAnswer {
  std::vector<TokenId> token_ids;  // with the end token, where there is one
  std::optional<double> ttft_ms;   // absent: drawn
  std::optional<double> tpot_ms;
  ScriptedFault fault = ScriptedFault::kNone;
  std::uint64_t fault_after_tokens = 0;
};

struct Script {
  std::string model_name = "scripted";
  std::string precision = "none";
  std::uint64_t seed = 0;
  std::uint64_t slots = 0;  // requests answered at the same time; 0: all
  DrawnTime ttft;
  DrawnTime tpot;
  // Generated answers, for samples without one of their own: so many tokens, the ids by `source`.
  std::uint64_t tokens_lowest = 16;
  std::uint64_t tokens_highest = 16;
  enum class Source { kRandom, kPrompt };
  Source source = Source::kPrompt;
  bool end_token = true;    // generated answers end with the tokenizer's first end token
  double fault_rate = 0.0;  // share of requests with `fault`, in [0, 1]
  ScriptedFault fault = ScriptedFault::kError;
  std::map<std::uint64_t, ScriptedAnswer> answers;  // by sample index
};

// Errors: kParse with the member that is wrong; kInvalidArgument for an unknown member or word.
// `tokenizer` turns the texts of answers into ids.
[[nodiscard]] Result<Script> ParseScript(std::string_view json, const std::string& where,
                                         const Tokenizer& tokenizer);

// What request number `request_id` for sample `sample_index` gets: a function of the script and its
// seed alone, the same on every machine.
struct ScriptedPlan {
  std::vector<TokenId> token_ids;
  Nanos ttft{0};
  Nanos tpot{0};
  ScriptedFault fault = ScriptedFault::kNone;
  std::uint64_t fault_after_tokens = 0;
};
[[nodiscard]] ScriptedPlan PlanFor(const Script& script, const Tokenizer& tokenizer,
                                   std::uint64_t request_id, std::uint64_t sample_index,
                                   std::span<const TokenId> prompt_ids, std::int32_t max_tokens);

}  // namespace assay

#endif  // ASSAY_ENGINE_SCRIPTED_SCRIPT_H_
