#include "engine/openai/event_parser.h"

#include <algorithm>
#include <limits>

#include <simdjson.h>

#include "base/format.h"
#include "base/utf8.h"
#include "engine/openai/response_reader.h"

namespace assay {
namespace {

namespace dom = simdjson::dom;

static_assert(kReadPadding >= simdjson::SIMDJSON_PADDING);

// One value, unless it is null. A value of another type is not what these servers send and is told
// like broken JSON.
template <typename T, typename Out>
simdjson::error_code ReadUnlessNull(const dom::element& value, Out& out) {
  if (value.is_null()) return simdjson::SUCCESS;
  T read{};
  if (const auto error = value.get(read)) return error;
  out = read;
  return simdjson::SUCCESS;
}

simdjson::error_code ReadIds(const dom::element& value, bool& has, std::vector<TokenId>& ids) {
  if (value.is_null()) return simdjson::SUCCESS;
  dom::array array;
  if (const auto error = value.get(array)) return error;
  has = true;
  for (const dom::element element : array) {
    std::uint64_t id = 0;
    if (const auto error = element.get(id)) return error;
    if (id > std::numeric_limits<TokenId>::max()) return simdjson::NUMBER_OUT_OF_RANGE;
    ids.push_back(static_cast<TokenId>(id));
  }
  return simdjson::SUCCESS;
}

// Calls `read(key, value)` for each member.
template <typename Read>
simdjson::error_code EachMember(const dom::element& value, Read read) {
  if (value.is_null()) return simdjson::SUCCESS;
  dom::object object;
  if (const auto error = value.get(object)) return error;
  for (const auto& [key, inner] : object) {
    if (const auto error = read(key, inner)) return error;
  }
  return simdjson::SUCCESS;
}

simdjson::error_code ReadMessage(const dom::element& value, ServerEvent& event) {
  return EachMember(value, [&event](std::string_view key, const dom::element& inner) {
    if (key == "content") return ReadUnlessNull<std::string_view>(inner, event.text);
    if (key == "reasoning_content" || key == "reasoning") {
      return ReadUnlessNull<std::string_view>(inner, event.reasoning);
    }
    if (key == "role") event.has_role = true;
    return simdjson::SUCCESS;
  });
}

simdjson::error_code ReadChoice(const dom::element& value, ServerEvent& event) {
  return EachMember(value, [&event](std::string_view key, const dom::element& inner) {
    if (key == "text") return ReadUnlessNull<std::string_view>(inner, event.text);
    if (key == "delta" || key == "message") return ReadMessage(inner, event);
    if (key == "index") return inner.get(event.index);
    if (key == "finish_reason") return ReadUnlessNull<std::string_view>(inner, event.finish_reason);
    if (key == "token_ids") return ReadIds(inner, event.has_token_ids, event.token_ids);
    if (key == "prompt_token_ids") return ReadIds(inner, event.has_prompt_ids, event.prompt_ids);
    return simdjson::SUCCESS;
  });
}

simdjson::error_code ReadChoices(const dom::element& value, ServerEvent& event) {
  if (value.is_null()) return simdjson::SUCCESS;
  dom::array array;
  if (const auto error = value.get(array)) return error;
  for (const dom::element choice : array) {
    if (event.choices++ > 0) continue;
    if (const auto error = ReadChoice(choice, event)) return error;
  }
  return simdjson::SUCCESS;
}

simdjson::error_code ReadUsage(const dom::element& value, EventCounts& counts) {
  return EachMember(value, [&counts](std::string_view key, const dom::element& inner) {
    if (key == "completion_tokens") {
      return ReadUnlessNull<std::uint64_t>(inner, counts.usage_output);
    }
    if (key == "prompt_tokens") return ReadUnlessNull<std::uint64_t>(inner, counts.usage_prompt);
    if (key != "prompt_tokens_details") return simdjson::SUCCESS;
    return EachMember(inner, [&counts](std::string_view name, const dom::element& detail) {
      return name == "cached_tokens" ? ReadUnlessNull<std::uint64_t>(detail, counts.cached)
                                     : simdjson::SUCCESS;
    });
  });
}

simdjson::error_code ReadTimings(const dom::element& value, EventCounts& counts) {
  std::optional<std::uint64_t> prompt;
  std::optional<std::uint64_t> cached;
  const auto error = EachMember(value, [&](std::string_view key, const dom::element& inner) {
    if (key == "predicted_n") return ReadUnlessNull<std::uint64_t>(inner, counts.timings_output);
    if (key == "prompt_n") return ReadUnlessNull<std::uint64_t>(inner, prompt);
    if (key == "cache_n") return ReadUnlessNull<std::uint64_t>(inner, cached);
    return simdjson::SUCCESS;
  });
  if (prompt) counts.timings_prompt = *prompt + cached.value_or(0);
  if (cached) counts.cached = std::max(counts.cached.value_or(0), *cached);
  return error;
}

// {"error": {"message": ...}} or {"error": "..."}.
void ReadError(const dom::element& value, ServerEvent& event) {
  if (!value.is_null()) event.error = ErrorText(simdjson::minify(value));
}

simdjson::error_code ReadMember(std::string_view key, const dom::element& value,
                                ServerEvent& event) {
  if (key == "choices") return ReadChoices(value, event);
  if (key == "id") return ReadUnlessNull<std::string_view>(value, event.id);
  if (key == "usage") return ReadUsage(value, event.counts);
  if (key == "timings") return ReadTimings(value, event.counts);
  if (key == "prompt_token_ids") return ReadIds(value, event.has_prompt_ids, event.prompt_ids);
  if (key == "system_fingerprint") {
    return ReadUnlessNull<std::string_view>(value, event.fingerprint);
  }
  if (key == "error") ReadError(value, event);
  if (key == "prompt_progress") event.is_progress = true;
  return simdjson::SUCCESS;
}

void Clear(ServerEvent& event) {
  std::vector<TokenId> ids = std::move(event.token_ids);
  std::vector<TokenId> prompt = std::move(event.prompt_ids);
  ids.clear();
  prompt.clear();
  event = ServerEvent();
  event.token_ids = std::move(ids);
  event.prompt_ids = std::move(prompt);
}

RequestError Broken(std::string_view json, simdjson::error_code error) {
  constexpr std::size_t kShown = 80;
  const bool utf8 = error == simdjson::UTF8_ERROR || FirstInvalidUtf8(json).has_value();
  return {utf8 ? "bad_utf8" : "bad_json",
          fmt::format("{} in an event of {} bytes that begins {}", simdjson::error_message(error),
                      json.size(), ErrorText(json.substr(0, kShown)))};
}

}  // namespace

struct EventParser::State {
  dom::parser parser;
};

EventParser::EventParser() : state_(std::make_unique<State>()) {}
EventParser::~EventParser() = default;

std::optional<RequestError> EventParser::Parse(std::string_view json, ServerEvent& event) {
  Clear(event);
  constexpr bool kCopy = false;  // the padding is there
  dom::element root;
  auto error = state_->parser.parse(json.data(), json.size(), kCopy).get(root);
  if (!error && root.is_null()) {
    event.is_null = true;
    return std::nullopt;
  }
  dom::object object;
  if (!error) error = root.get(object);
  if (error) return Broken(json, error);
  for (const auto& [key, value] : object) {
    error = ReadMember(key, value, event);
    if (error) return Broken(json, error);
  }
  return std::nullopt;
}

namespace {

// The message in an error's JSON; nullopt: there is none, or it is no JSON.
std::optional<std::string> MessageIn(std::string_view body) {
  if (body.empty()) return std::nullopt;
  dom::parser parser;
  dom::element root;
  if (parser.parse(body.data(), body.size()).get(root)) return std::nullopt;
  dom::element inner;
  if (!root["error"].get(inner)) root = inner;
  std::string_view text;
  if (!root.get(text)) return std::string(text);
  for (const char* key : {"message", "detail", "error"}) {
    if (!root[key].get(text)) return std::string(text);
  }
  return std::nullopt;
}

}  // namespace

std::string ErrorText(std::string_view body) {
  constexpr std::size_t kLongest = 300;
  std::string text = MessageIn(body).value_or(std::string(body));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace assay
