#include "engine/openai/incoming_answer.h"

#include <algorithm>
#include <utility>

#include "base/format.h"

namespace assay {
namespace {

// Bytes of text for which room is made, per token.
constexpr std::size_t kTextBytesPerToken = 6;

bool HasText(const ServerEvent& event) {
  return (event.text && !event.text->empty()) || (event.reasoning && !event.reasoning->empty());
}

RequestError Wrong(std::string message) {
  return {"wrong_answer", std::move(message)};
}

}  // namespace

void IncomingAnswer::Begin(const AnswerRules& rules, std::span<const TokenId> prompt_ids) {
  rules_ = rules;
  prompt_ids_ = prompt_ids;
  outcome_ = RequestOutcome();
  if (rules.stream) {
    outcome_.chunk_times.reserve(rules.max_tokens);
    outcome_.chunk_tokens.reserve(rules.max_tokens);
  }
  outcome_.token_ids.reserve(rules.max_tokens);
  text_.reserve(rules.max_tokens * kTextBytesPerToken);
  text_.clear();
  id_.clear();
  finish_reason_.clear();
  counts_ = {};
  counted_ = 0;
  text_chunks_ = 0;
  chunk_usage_.reset();
  chunk_timings_.reset();
  first_ids_ = 0;
  first_seen_ = false;
  first_told_ = false;
  any_choice_ = false;
  ids_seen_ = false;
  ids_missing_ = false;
}

std::optional<RequestError> IncomingAnswer::Check(const ServerEvent& event) {
  if (event.error) return RequestError{"server_error", *event.error};
  if (event.choices > 1 || event.index != 0) {
    return Wrong(fmt::format("one answer was asked for, the event has {} and the first of index {}",
                             event.choices, event.index));
  }
  if (!event.id.empty()) {
    if (id_.empty()) id_.assign(event.id);
    if (id_ != event.id) {
      return Wrong(fmt::format("an event of \"{}\" in the stream of \"{}\"", event.id, id_));
    }
  }
  if (event.has_prompt_ids && rules_.prompts_are_ours &&
      !std::equal(event.prompt_ids.begin(), event.prompt_ids.end(), prompt_ids_.begin(),
                  prompt_ids_.end())) {
    return Wrong(fmt::format("the server answered another prompt: {} token ids, ours are {}",
                             event.prompt_ids.size(), prompt_ids_.size()));
  }
  return std::nullopt;
}

std::uint64_t IncomingAnswer::TokensIn(const ServerEvent& event) {
  if (event.has_token_ids) return event.token_ids.size();
  const bool text = HasText(event);
  if (ids_seen_ && !text) return 0;
  const bool last = !event.finish_reason.empty();
  // Counts that come with the last chunk alone say nothing of the chunks before it: they may belong
  // to it by one token, an end token without text, and no more.
  const auto since = [&](const std::optional<std::uint64_t>& told, bool with_each) {
    const std::uint64_t more = *told > counted_ ? *told - counted_ : 0;
    return with_each || !last || counted_ == 0 ? more : std::min<std::uint64_t>(more, 1);
  };
  const auto& counts = event.counts;
  if (counts.usage_output && (chunk_usage_ || !counts.timings_output)) {
    return since(counts.usage_output, chunk_usage_.has_value());
  }
  if (counts.timings_output) return since(counts.timings_output, chunk_timings_.has_value());
  if (text) return 1;
  return event.text && !event.has_role && !event.is_progress && !last ? 1 : 0;
}

void IncomingAnswer::AddChunk(std::uint64_t tokens, MonoTime when) {
  if (tokens > 0) {
    if (!first_seen_) outcome_.first_token = when;
    first_seen_ = true;
    outcome_.last_token = when;
  }
  counted_ += tokens;
  if (!outcome_.chunk_times.empty() && outcome_.chunk_times.back() == when) {
    outcome_.chunk_tokens.back() += static_cast<std::uint32_t>(tokens);
    return;
  }
  outcome_.chunk_times.push_back(when);
  outcome_.chunk_tokens.push_back(static_cast<std::uint32_t>(tokens));
}

std::optional<RequestError> IncomingAnswer::Add(const ServerEvent& event, MonoTime when) {
  if (event.is_null) return std::nullopt;
  if (auto wrong = Check(event)) return wrong;
  if (event.counts.cached) counts_.cached = event.counts.cached;
  if (event.counts.usage_prompt) counts_.usage_prompt = event.counts.usage_prompt;
  if (event.counts.timings_prompt) counts_.timings_prompt = event.counts.timings_prompt;
  if (event.choices > 0) {
    any_choice_ = true;
    const std::uint64_t tokens = TokensIn(event);
    const bool text = HasText(event);
    if (text) {
      text_.append(event.reasoning.value_or("")).append(event.text.value_or(""));
      ++text_chunks_;
    }
    if (event.has_token_ids) {
      ids_seen_ = true;
      outcome_.token_ids.insert(outcome_.token_ids.end(), event.token_ids.begin(),
                                event.token_ids.end());
      if (!first_seen_) first_ids_ = event.token_ids.size();
    } else if (text) {
      ids_missing_ = true;
    }
    if (rules_.stream && (tokens > 0 || text)) AddChunk(tokens, when);
    if (!event.finish_reason.empty()) finish_reason_.assign(event.finish_reason);
    NoteChunkCounts(event);
  }
  if (event.counts.usage_output) counts_.usage_output = event.counts.usage_output;
  if (event.counts.timings_output) counts_.timings_output = event.counts.timings_output;
  return std::nullopt;
}

// A total that comes with the last chunk alone is none of these.
void IncomingAnswer::NoteChunkCounts(const ServerEvent& event) {
  if (!rules_.stream) return;
  const bool last = !event.finish_reason.empty();
  const EventCounts& counts = event.counts;
  if (counts.usage_output && (!last || chunk_usage_)) chunk_usage_ = counts.usage_output;
  if (counts.timings_output && (!last || chunk_timings_)) chunk_timings_ = counts.timings_output;
}

std::optional<std::span<const TokenId>> IncomingAnswer::TakeFirstToken() {
  if (!first_seen_ || first_told_) return std::nullopt;
  first_told_ = true;
  return std::span<const TokenId>(outcome_.token_ids).first(first_ids_);
}

void IncomingAnswer::DeriveIds() {
  outcome_.token_ids_are_engines = false;
  outcome_.token_ids =
      rules_.tokenizer->Encode(text_, {.add_special_tokens = false, .parse_special_tokens = false});
  const auto ends = rules_.tokenizer->EndTokens();
  // No stop text was asked for: only an end token stops an answer. It has no text, and which of
  // several it was is not told.
  if (finish_reason_ == "stop" && !ends.empty()) outcome_.token_ids.push_back(ends.front());
}

void IncomingAnswer::FillCounts() {
  const auto add = [this](const char* name, const std::optional<std::uint64_t>& count) {
    if (count) outcome_.other_counts.emplace_back(name, *count);
  };
  add("usage", counts_.usage_output);
  add("chunk_usage", chunk_usage_);
  add("timings", counts_.timings_output);
  if (rules_.stream && any_choice_) {
    outcome_.other_counts.emplace_back("text_chunks", text_chunks_);
  }
  outcome_.server_prompt_tokens =
      counts_.usage_prompt ? counts_.usage_prompt : counts_.timings_prompt;
  outcome_.cached_tokens = counts_.cached;
  outcome_.text = text_;
}

std::optional<RequestError> IncomingAnswer::Finish() {
  FillCounts();
  if (!any_choice_) return RequestError{"no_answer", "the answer has no choice in it"};
  if (finish_reason_ == "length") {
    outcome_.finish_reason = FinishReason::kLength;
  } else if (finish_reason_ != "stop" && !finish_reason_.empty()) {
    return RequestError{"bad_finish", fmt::format("finish_reason \"{}\"", finish_reason_)};
  }
  if (!ids_seen_ || ids_missing_) DeriveIds();
  return std::nullopt;
}

}  // namespace assay
