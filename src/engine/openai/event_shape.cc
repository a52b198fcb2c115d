#include "engine/openai/event_shape.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "engine/openai/response_reader.h"

namespace assay {
namespace {

constexpr int kMostAttempts = 3;
constexpr std::size_t kMostDigits = 18;  // any such number fits 64 bits

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Stands for itself in a JSON string, and is valid UTF-8 whatever stands beside it.
bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
}

// Moves `at` to the string's closing quote.
std::optional<std::string_view> ReadText(std::string_view json, std::size_t& at) {
  const std::size_t begin = at;
  while (at < json.size() && IsPlain(json[at])) ++at;
  if (at == json.size() || json[at] != '"') return std::nullopt;
  return json.substr(begin, at - begin);
}

// Moves `at` behind the last digit.
std::optional<std::uint64_t> ReadNumber(std::string_view json, std::size_t& at) {
  const std::size_t begin = at;
  std::uint64_t value = 0;
  for (; at < json.size() && IsDigit(json[at]); ++at) {
    if (at - begin == kMostDigits) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(json[at] - '0');
  }
  const std::size_t digits = at - begin;
  if (digits == 0 || (digits > 1 && json[begin] == '0')) return std::nullopt;
  return value;
}

// Moves `at` to the array's closing bracket.
bool ReadIds(std::string_view json, std::size_t& at, std::vector<TokenId>& ids) {
  if (at < json.size() && json[at] == ']') return true;
  while (true) {
    const auto id = ReadNumber(json, at);
    if (!id || *id > std::numeric_limits<TokenId>::max() || at == json.size()) return false;
    ids.push_back(static_cast<TokenId>(*id));
    if (json[at] == ']') return true;
    if (json[at++] != ',') return false;
  }
}

}  // namespace

class EventShape::Places {
 public:
  explicit Places(std::string_view json) {
    has_text_ = Find(json, R"("text":")", Gap::kText) || Find(json, R"("content":")", Gap::kText);
    Find(json, R"("token_ids":[)", Gap::kTokenIds);
    Find(json, R"("completion_tokens":)", Gap::kOutputCount);
    Find(json, R"("total_tokens":)", Gap::kTotalCount);
    std::sort(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(count_),
              [](const Place& a, const Place& b) { return a.begin < b.begin; });
  }
  [[nodiscard]] bool has_text() const { return has_text_; }
  [[nodiscard]] std::span<const Place> all() const { return {all_.data(), count_}; }

 private:
  // A quote that `key` begins with, behind a brace or a comma, is no part of a string: it opens a
  // member's name. One that stands once has one meaning.
  bool Find(std::string_view json, std::string_view key, Gap gap) {
    const std::size_t found = json.find(key);
    if (found == std::string_view::npos || found == 0) return false;
    if (json.find(key, found + 1) != std::string_view::npos) return false;
    if (json[found - 1] != '{' && json[found - 1] != ',') return false;
    const std::size_t begin = found + key.size();
    std::size_t end = begin;
    ServerEvent unused;
    if (!ReadGap(gap, json, end, unused) || end == json.size()) return false;
    const bool number = gap == Gap::kOutputCount || gap == Gap::kTotalCount;
    if (number && json[end] != ',' && json[end] != '}') return false;  // 1.5, 1e9
    all_[count_++] = {begin, end, gap};
    return true;
  }

  std::array<Place, kGaps> all_{};
  std::size_t count_ = 0;
  bool has_text_ = false;
};

bool EventShape::ReadGap(Gap gap, std::string_view json, std::size_t& at, ServerEvent& event) {
  switch (gap) {
    case Gap::kText:
      event.text = ReadText(json, at);
      return event.text.has_value();
    case Gap::kTokenIds:
      event.has_token_ids = true;
      return ReadIds(json, at, event.token_ids);
    case Gap::kOutputCount:
      event.counts.usage_output = ReadNumber(json, at);
      return event.counts.usage_output.has_value();
    case Gap::kTotalCount:
      break;
  }
  return ReadNumber(json, at).has_value();
}

bool EventShape::Read(std::string_view json, ServerEvent& event) const {
  if (!known_) return false;
  event.is_null = false;
  event.error.reset();
  event.id = id_;
  event.fingerprint = fingerprint_;
  event.choices = 1;
  event.index = index_;
  event.text.reset();
  event.reasoning.reset();
  event.has_role = has_role_;
  event.is_progress = false;
  event.finish_reason = {};
  event.has_token_ids = false;
  event.has_prompt_ids = false;
  event.token_ids.clear();
  event.prompt_ids.clear();
  event.counts = counts_;
  std::size_t at = 0;
  std::string_view literals = literals_;
  for (std::size_t i = 0; i < part_count_; ++i) {
    const Part& part = parts_[i];
    if (json.substr(at, part.size) != literals.substr(0, part.size)) return false;
    at += part.size;
    literals.remove_prefix(part.size);
    if (!ReadGap(part.gap, json, at, event)) return false;
  }
  return json.substr(at) == literals;
}

void EventShape::Learn(std::string_view json, const ServerEvent& event, EventParser& parser) {
  // An answer has one end and one beginning; a text with an escape in it says nothing of the
  // others.
  if (attempts_ == kMostAttempts || !event.finish_reason.empty() || event.has_prompt_ids) return;
  const Places places(json);
  if (!places.has_text()) return;
  ++attempts_;
  Cut(json, places);
  KeepConstants(event);
  known_ = true;
  ServerEvent ours;
  known_ = Read(json, ours) && ours == event;
  if (!known_) return;
  // Every gap has another value in the probe: a gap that means something else shows.
  std::string probe = Probe(json, places);
  probe.reserve(probe.size() + kReadPadding);
  ServerEvent theirs;
  known_ = !parser.Parse(probe, theirs) && Read(probe, ours) && ours == theirs;
}

void EventShape::Forget() {
  known_ = false;
  attempts_ = 0;
}

void EventShape::Cut(std::string_view json, const Places& places) {
  literals_.clear();
  part_count_ = 0;
  std::size_t from = 0;
  for (const Place& place : places.all()) {
    literals_.append(json.substr(from, place.begin - from));
    parts_[part_count_++] = {place.begin - from, place.gap};
    from = place.end;
  }
  literals_.append(json.substr(from));
}

void EventShape::KeepConstants(const ServerEvent& event) {
  id_.assign(event.id);
  fingerprint_.assign(event.fingerprint);
  index_ = event.index;
  has_role_ = event.has_role;
  counts_ = event.counts;
}

std::string EventShape::Probe(std::string_view json, const Places& places) {
  std::string probe;
  std::size_t from = 0;
  for (const Place& place : places.all()) {
    probe.append(json.substr(from, place.end - from));
    from = place.end;
    switch (place.gap) {
      case Gap::kText:
        probe += 'x';
        break;
      case Gap::kTokenIds:
        probe += place.begin == place.end ? "1" : ",1";
        break;
      case Gap::kOutputCount:
      case Gap::kTotalCount:
        probe.back() = probe.back() == '9' ? '8' : static_cast<char>(probe.back() + 1);
        break;
    }
  }
  return probe.append(json.substr(from));
}

}  // namespace assay
