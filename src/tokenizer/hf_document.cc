#include "tokenizer/hf_document.h"

#include <array>
#include <utility>

#include "base/format.h"
#include "base/json.h"

namespace assay::tok {
namespace {

namespace ondemand = simdjson::ondemand;

// Is what follows `text` escaped by its end?
bool EndsInEscape(std::string_view text) {
  const std::size_t last = text.find_last_not_of('\\');
  return (text.size() - (last == std::string_view::npos ? 0 : last + 1)) % 2 != 0;
}

}  // namespace

Result<std::unique_ptr<HfDocument>> HfDocument::Parse(const simdjson::padded_string& json,
                                                      std::string_view where) {
  std::unique_ptr<HfDocument> document(new HfDocument(json, where));
  ASSAY_RETURN_IF_ERROR(document->Scan());
  ASSAY_RETURN_IF_ERROR(document->ReadRest());
  return document;
}

Status HfDocument::Scan() {
  if (const auto error =
          parser_.iterate(json_.data(), json_.size(), json_.size() + simdjson::SIMDJSON_PADDING)
              .get(document_)) {
    return NotJson(error);
  }
  ondemand::object root;
  if (document_.get_object().get(root) != simdjson::SUCCESS) return Ok{};  // Root() shows it
  bool seen = false;
  for (auto field : root) {
    ondemand::raw_json_string key;
    if (const auto error = field.key().get(key)) return NotJson(error);
    if (!(key == "model") || std::exchange(seen, true)) continue;
    ondemand::object model;
    if (field.value().get_object().get(model) != simdjson::SUCCESS) continue;
    ASSAY_RETURN_IF_ERROR(ScanModel(model));
  }
  return Ok{};
}

// Of two members of one name the first counts, as in a tree.
Status HfDocument::ScanModel(ondemand::object model) {
  bool words_seen = false;
  bool merges_seen = false;
  for (auto field : model) {
    ondemand::raw_json_string key;
    if (const auto error = field.key().get(key)) return NotJson(error);
    if (key == "vocab" && !std::exchange(words_seen, true)) {
      ASSAY_RETURN_IF_ERROR(ScanWords(field.value()));
    } else if (key == "merges" && !std::exchange(merges_seen, true)) {
      ASSAY_RETURN_IF_ERROR(ScanMerges(field.value()));
    }
  }
  return Ok{};
}

Status HfDocument::ScanWords(simdjson::simdjson_result<ondemand::value> value) {
  ondemand::object words;
  if (value.get_object().get(words) != simdjson::SUCCESS) return Ok{};
  has_words_ = true;
  if (const auto error = words.count_fields().get(word_count_)) return NotJson(error);
  std::string_view text;
  if (const auto error = words.raw_json().get(text)) return NotJson(error);
  CutOut(text, "{}");
  return Ok{};
}

Status HfDocument::ScanMerges(simdjson::simdjson_result<ondemand::value> value) {
  ondemand::array merges;
  if (value.get_array().get(merges) != simdjson::SUCCESS) return Ok{};
  if (const auto error = merges.raw_json().get(merges_text_)) return NotJson(error);
  CutOut(merges_text_, "[]");
  return Ok{};
}

Status HfDocument::FindMerges() {
  if (merges_text_.empty()) return Ok{};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array merges;
  const std::size_t room = merges_text_.size() + simdjson::SIMDJSON_PADDING;
  if (const auto error =
          parser.iterate(merges_text_.data(), merges_text_.size(), room).get(document)) {
    return NotJson(error);
  }
  if (const auto error = document.get_array().get(merges)) return NotJson(error);
  constexpr std::size_t kShortest = std::string_view("\"a b\",").size();
  lefts_.reserve(merges_text_.size() / kShortest + 1);
  for (auto element : merges) {
    ondemand::value merge;
    ondemand::raw_json_string text;
    if (const auto error = element.get(merge)) return NotJson(error);
    MergeAt at;
    if (merge.get_raw_json_string().get(text) == simdjson::SUCCESS) {
      at.left = PlaceOf(text);
    } else if (!FindPair(merge, &at)) {
      ASSAY_RETURN_IF_ERROR(CheckJson());
      return MakeError(ErrorCode::kParse,
                       "{}: $.model.merges[{}]: expected a string or an array of two strings",
                       where_, lefts_.size());
    }
    const bool is_pair = at.right != 0;
    if (!lefts_.empty() && is_pair == rights_.empty()) {
      return MakeError(ErrorCode::kParse, "{}: $.model.merges[{}]: expected {}, as before it",
                       where_, lefts_.size(), is_pair ? "a string" : "an array of two strings");
    }
    if (is_pair) rights_.push_back(at.right);
    lefts_.push_back(at.left);
  }
  return Ok{};
}

bool HfDocument::FindPair(ondemand::value merge, MergeAt* at) const {
  ondemand::array pair;
  if (merge.get_array().get(pair) != simdjson::SUCCESS) return false;
  std::array<std::uint32_t, 2> places{};
  std::size_t count = 0;
  for (auto element : pair) {
    ondemand::raw_json_string text;
    if (count == places.size() || element.get_raw_json_string().get(text) != simdjson::SUCCESS) {
      return false;
    }
    places[count++] = PlaceOf(text);
  }
  *at = {places[0], places[1]};
  return count == places.size();
}

void HfDocument::CutOut(std::string_view text, std::string_view instead) {
  const auto begin = static_cast<std::size_t>(text.data() - json_.data());
  rest_.append(json_.substr(rest_end_, begin - rest_end_)).append(instead);
  rest_end_ = begin + text.size();
}

Status HfDocument::ReadRest() {
  rest_ += json_.substr(rest_end_);
  simdjson::dom::element top;
  if (const auto error = rest_parser_.parse(rest_).get(top)) return NotJson(error);
  root_.emplace(top, where_ + ": $");
  return Ok{};
}

Result<std::string_view> HfDocument::UnescapedAt(std::size_t at, std::string* room) const {
  const std::string_view rest = json_.substr(at + 1);
  std::size_t end = rest.find('"');
  while (EndsInEscape(rest.substr(0, end))) end = rest.find('"', end + 1);
  room->resize(end + simdjson::SIMDJSON_PADDING);
  auto* to = reinterpret_cast<std::uint8_t*>(room->data());
  const ondemand::raw_json_string raw(reinterpret_cast<const std::uint8_t*>(rest.data()));
  std::string_view text;
  if (const auto error = parser_.unescape(raw, to).get(text)) return NotJson(error);
  return text;
}

Status HfDocument::CheckJson() const {
  ASSAY_RETURN_IF_ERROR(ParseJson(json_, where_));
  return Ok{};
}

// The JSON library of this module says no place; the other one does.
Error HfDocument::NotJson(simdjson::error_code code) const {
  const auto again = ParseJson(json_, where_);
  if (!again) return again.error();
  return MakeError(ErrorCode::kParse, "{}: not readable as JSON: {}", where_,
                   simdjson::error_message(code));
}

}  // namespace assay::tok
