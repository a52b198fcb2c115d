#include "engine/scripted/script.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

constexpr std::array<std::pair<std::string_view, ScriptedFault>, 4> kFaults{
    {{"error", ScriptedFault::kError},
     {"no_tokens", ScriptedFault::kNoTokens},
     {"crash", ScriptedFault::kCrash},
     {"stall", ScriptedFault::kStall}}};

Result<ScriptedFault> ParseFault(std::string_view name, const std::string& where) {
  for (const auto& [known, fault] : kFaults) {
    if (known == name) return fault;
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "{}: fault \"{}\" is not known; accepted: error, no_tokens, crash, stall", where,
                   name);
}

Status CheckMembers(const Json& object, std::initializer_list<std::string_view> known,
                    const std::string& where) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return MakeError(ErrorCode::kInvalidArgument, "{}: unknown member \"{}\"; accepted: {}",
                       where, key, fmt::join(known, ", "));
    }
  }
  return Ok{};
}

Result<double> Milliseconds(const JsonReader& r, std::string_view key, const std::string& where) {
  ASSAY_ASSIGN_OR_RETURN(const double ms, r.Double(key));
  constexpr double kMostMs = 1e9;
  if (!(ms >= 0.0 && ms <= kMostMs)) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: \"{}\" must be from 0 to {} ms, found {}",
                     where, key, kMostMs, ms);
  }
  return ms;
}

// 12.5, {"uniform": [5, 20]} or {"exponential": 10}: milliseconds.
Result<DrawnTime> ParseTime(const Json& json, const std::string& where) {
  if (json.is_number()) return FixedTime(json.get<double>(), where);
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckMembers(json, {"uniform", "exponential"}, where));
  if (r.Has("exponential")) {
    ASSAY_ASSIGN_OR_RETURN(const double mean_ms, r.Double("exponential"));
    return ExponentialTime(mean_ms, where);
  }
  const Json range = json.value("uniform", Json());
  if (range.is_array() && range.size() == 2 && range[0].is_number() && range[1].is_number()) {
    return UniformTime(range[0].get<double>(), range[1].get<double>(), where);
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      "{}: expected milliseconds, {{\"uniform\": [lowest, highest]}} or {{\"exponential\": mean}}",
      where);
}

Result<std::vector<TokenId>> AnswerTokens(const Json& json, const JsonReader& r,
                                          const Tokenizer& tokenizer, const std::string& where) {
  std::vector<TokenId> ids;
  if (r.Has("text") == r.Has("token_ids")) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "{}: an answer has either \"text\" or \"token_ids\"", where);
  }
  if (r.Has("text")) {
    ASSAY_ASSIGN_OR_RETURN(const std::string text, r.String("text"));
    ids = tokenizer.Encode(text, {.add_special_tokens = false, .parse_special_tokens = false});
    if (!tokenizer.EndTokens().empty()) ids.push_back(tokenizer.EndTokens().front());
    return ids;
  }
  for (const Json& id : json["token_ids"]) {
    if (!id.is_number_integer() || id.get<std::int64_t>() < 0 ||
        id.get<std::uint64_t>() >= tokenizer.VocabularySize()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "{}: \"token_ids\"[{}] must be an id from 0 to {}", where, ids.size(),
                       tokenizer.VocabularySize() - 1);
    }
    ids.push_back(id.get<TokenId>());
  }
  return ids;
}

Status ParseAnswer(const Json& json, const std::string& where, const Tokenizer& tokenizer,
                   Script& script) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckMembers(
      json, {"index", "text", "token_ids", "ttft_ms", "tpot_ms", "fault", "fault_after_tokens"},
      where));
  ASSAY_ASSIGN_OR_RETURN(const std::uint64_t index, r.Uint("index"));
  ScriptedAnswer answer;
  ASSAY_ASSIGN_OR_RETURN(answer.token_ids, AnswerTokens(json, r, tokenizer, where));
  if (r.Has("ttft_ms")) {
    ASSAY_ASSIGN_OR_RETURN(answer.ttft_ms, Milliseconds(r, "ttft_ms", where));
  }
  if (r.Has("tpot_ms")) {
    ASSAY_ASSIGN_OR_RETURN(answer.tpot_ms, Milliseconds(r, "tpot_ms", where));
  }
  if (r.Has("fault")) {
    ASSAY_ASSIGN_OR_RETURN(const std::string fault, r.String("fault"));
    ASSAY_ASSIGN_OR_RETURN(answer.fault, ParseFault(fault, where));
  }
  if (r.Has("fault_after_tokens")) {
    ASSAY_ASSIGN_OR_RETURN(answer.fault_after_tokens, r.Uint("fault_after_tokens"));
  }
  if (!script.answers.emplace(index, std::move(answer)).second) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: sample {} has two answers", where, index);
  }
  return Ok{};
}

Status ParseGenerated(const Json& json, const std::string& where, Script& script) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckMembers(json, {"tokens", "source", "end_token"}, where));
  if (r.Has("tokens")) {
    const Json& range = json["tokens"];
    const bool is_range = range.is_array() && range.size() == 2;
    const Json lowest = is_range ? range[0] : range;
    const Json highest = is_range ? range[1] : range;
    if (!lowest.is_number_unsigned() || !highest.is_number_unsigned() || lowest > highest) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "{}: \"tokens\" must be a count or [lowest, highest]", where);
    }
    script.tokens_lowest = lowest.get<std::uint64_t>();
    script.tokens_highest = highest.get<std::uint64_t>();
  }
  if (r.Has("source")) {
    ASSAY_ASSIGN_OR_RETURN(const std::string source, r.String("source"));
    if (source != "random" && source != "prompt") {
      return MakeError(ErrorCode::kInvalidArgument,
                       "{}: source \"{}\" is not known; accepted: random, prompt", where, source);
    }
    script.source = source == "random" ? Script::Source::kRandom : Script::Source::kPrompt;
  }
  if (r.Has("end_token")) {
    ASSAY_ASSIGN_OR_RETURN(script.end_token, r.Bool("end_token"));
  }
  return Ok{};
}

Status ParseFaults(const Json& json, const std::string& where, Script& script) {
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckMembers(json, {"rate", "kind"}, where));
  ASSAY_ASSIGN_OR_RETURN(script.fault_rate, r.Double("rate"));
  if (!(script.fault_rate >= 0.0 && script.fault_rate <= 1.0)) {
    return MakeError(ErrorCode::kInvalidArgument, "{}: \"rate\" must be from 0 to 1", where);
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string kind, r.String("kind"));
  ASSAY_ASSIGN_OR_RETURN(script.fault, ParseFault(kind, where));
  return Ok{};
}

enum class Purpose : std::uint64_t { kTtft, kTpot, kLength, kFault, kTokens };

std::uint64_t Draw(const Script& script, std::uint64_t request_id, Purpose purpose,
                   std::uint64_t n = 0) {
  return MixBits(MixBits(MixBits(script.seed) ^
                         MixBits(request_id * 8 + static_cast<std::uint64_t>(purpose))) +
                 n);
}

std::vector<TokenId> Generate(const Script& script, const Tokenizer& tokenizer,
                              std::uint64_t sample_index, std::span<const TokenId> prompt_ids,
                              std::size_t count) {
  std::vector<TokenId> ids;
  const auto end_tokens = tokenizer.EndTokens();
  for (std::size_t i = 0; i < count; ++i) {
    // By sample, not by request: the same sample has the same answer in every test.
    const std::uint64_t bits = Draw(script, sample_index, Purpose::kTokens, i);
    TokenId id = script.source == Script::Source::kPrompt && !prompt_ids.empty()
                     ? prompt_ids[i % prompt_ids.size()]
                     : static_cast<TokenId>(bits % tokenizer.VocabularySize());
    while (tokenizer.IsSpecial(id) ||
           std::find(end_tokens.begin(), end_tokens.end(), id) != end_tokens.end()) {
      id = static_cast<TokenId>((static_cast<std::size_t>(id) + 1) % tokenizer.VocabularySize());
    }
    ids.push_back(id);
  }
  if (script.end_token && !ids.empty() && !end_tokens.empty()) ids.back() = end_tokens.front();
  return ids;
}

}  // namespace

Result<Script> ParseScript(std::string_view text, const std::string& where,
                           const Tokenizer& tokenizer) {
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(text, where));
  ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(json, where));
  ASSAY_RETURN_IF_ERROR(CheckMembers(json,
                                     {"model_name", "precision", "seed", "slots", "ttft_ms",
                                      "tpot_ms", "generated", "faults", "answers"},
                                     where));
  Script script;
  if (r.Has("model_name")) {
    ASSAY_ASSIGN_OR_RETURN(script.model_name, r.String("model_name"));
  }
  if (r.Has("precision")) {
    ASSAY_ASSIGN_OR_RETURN(script.precision, r.String("precision"));
  }
  if (r.Has("seed")) {
    ASSAY_ASSIGN_OR_RETURN(script.seed, r.Uint("seed"));
  }
  if (r.Has("slots")) {
    ASSAY_ASSIGN_OR_RETURN(script.slots, r.Uint("slots"));
  }
  if (r.Has("ttft_ms")) {
    ASSAY_ASSIGN_OR_RETURN(script.ttft, ParseTime(json["ttft_ms"], where + ": ttft_ms"));
  }
  if (r.Has("tpot_ms")) {
    ASSAY_ASSIGN_OR_RETURN(script.tpot, ParseTime(json["tpot_ms"], where + ": tpot_ms"));
  }
  if (r.Has("generated")) {
    ASSAY_RETURN_IF_ERROR(ParseGenerated(json["generated"], where + ": generated", script));
  }
  if (r.Has("faults")) {
    ASSAY_RETURN_IF_ERROR(ParseFaults(json["faults"], where + ": faults", script));
  }
  if (r.Has("answers")) {
    if (!json["answers"].is_array()) {
      return MakeError(ErrorCode::kParse, "{}: \"answers\" must be an array", where);
    }
    for (std::size_t i = 0; i < json["answers"].size(); ++i) {
      ASSAY_RETURN_IF_ERROR(ParseAnswer(
          json["answers"][i], fmt::format("{}: answers[{}]", where, i), tokenizer, script));
    }
  }
  return script;
}

ScriptedPlan PlanFor(const Script& script, const Tokenizer& tokenizer, std::uint64_t request_id,
                     std::uint64_t sample_index, std::span<const TokenId> prompt_ids,
                     std::int32_t max_tokens) {
  ScriptedPlan plan;
  plan.ttft = TimeOf(script.ttft, Draw(script, request_id, Purpose::kTtft));
  plan.tpot = TimeOf(script.tpot, Draw(script, request_id, Purpose::kTpot));
  if (UnitInterval(Draw(script, request_id, Purpose::kFault)) < script.fault_rate) {
    plan.fault = script.fault;
  }
  const auto answer = script.answers.find(sample_index);
  if (answer != script.answers.end()) {
    const ScriptedAnswer& a = answer->second;
    plan.token_ids = a.token_ids;
    const auto nanos = [](double ms) { return Nanos{std::llround(ms * 1e6)}; };
    if (a.ttft_ms) plan.ttft = nanos(*a.ttft_ms);
    if (a.tpot_ms) plan.tpot = nanos(*a.tpot_ms);
    if (a.fault != ScriptedFault::kNone) plan.fault = a.fault;
    plan.fault_after_tokens = a.fault_after_tokens;
  } else {
    const std::uint64_t span = script.tokens_highest - script.tokens_lowest + 1;
    const std::uint64_t count =
        script.tokens_lowest + Draw(script, sample_index, Purpose::kLength) % span;
    plan.token_ids =
        Generate(script, tokenizer, sample_index, prompt_ids,
                 std::min<std::uint64_t>(count, static_cast<std::uint64_t>(max_tokens)));
  }
  return plan;
}

}  // namespace assay
