#include "base/json.h"

#include <algorithm>
#include <limits>

#include "base/count_newlines.h"
#include "base/format.h"

namespace assay {
namespace {

// "line 3, column 9" of byte `offset` in `text`; both from 1, columns in bytes.
std::string LineAndColumn(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return fmt::format("line {}, column {}", line, offset - start + 1);
}

// The library's message without its own prefix ("[json.exception.parse_error.101] parse error at
// line 1, column 2: ").
std::string_view Reason(std::string_view what) {
  const std::size_t colon = what.find(": ");
  return colon == std::string_view::npos ? what : what.substr(colon + 2);
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view where) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    const std::size_t offset = e.byte > 0 ? e.byte - 1 : 0;
    return MakeError(ErrorCode::kParse, "{}: not valid JSON at {}: {}", where,
                     LineAndColumn(text, offset), Reason(e.what()));
  } catch (const Json::exception& e) {
    return MakeError(ErrorCode::kParse, "{}: not valid JSON: {}", where, Reason(e.what()));
  }
}

std::string ToJsonLine(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ToPrettyJson(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<JsonReader> JsonReader::Of(const Json& object, std::string where) {
  if (!object.is_object()) {
    return MakeError(ErrorCode::kParse, "{}: expected a JSON object, found {}", where,
                     object.type_name());
  }
  return JsonReader(object, std::move(where));
}

const Json* JsonReader::Find(std::string_view key) const {
  const auto it = object_->find(key);
  return it == object_->end() ? nullptr : &*it;
}

bool JsonReader::Has(std::string_view key) const {
  return Find(key) != nullptr;
}

Error JsonReader::Wrong(std::string_view key, std::string_view expected) const {
  const Json* found = Find(key);
  return MakeError(ErrorCode::kParse, "{}: \"{}\" must be {}, found {}", where_, key, expected,
                   found == nullptr ? "nothing" : found->type_name());
}

Result<std::string> JsonReader::String(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || !v->is_string()) return Wrong(key, "a string");
  return v->get<std::string>();
}

Result<std::int64_t> JsonReader::Int(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || !v->is_number_integer()) return Wrong(key, "an integer");
  if (v->is_number_unsigned() &&
      v->get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Wrong(key, "an integer below 2^63");
  }
  return v->get<std::int64_t>();
}

Result<std::uint64_t> JsonReader::Uint(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || !v->is_number_integer() ||
      (!v->is_number_unsigned() && v->get<std::int64_t>() < 0)) {
    return Wrong(key, "an integer of at least 0");
  }
  return v->get<std::uint64_t>();
}

Result<double> JsonReader::Double(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || !v->is_number()) return Wrong(key, "a number");
  return v->get<double>();
}

Result<bool> JsonReader::Bool(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || !v->is_boolean()) return Wrong(key, "true or false");
  return v->get<bool>();
}

Result<std::optional<std::string>> JsonReader::OptString(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || v->is_null()) return std::optional<std::string>{};
  ASSAY_ASSIGN_OR_RETURN(std::string value, String(key));
  return std::optional<std::string>(std::move(value));
}

Result<std::optional<std::int64_t>> JsonReader::OptInt(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || v->is_null()) return std::optional<std::int64_t>{};
  ASSAY_ASSIGN_OR_RETURN(const std::int64_t value, Int(key));
  return std::optional<std::int64_t>(value);
}

Result<std::optional<double>> JsonReader::OptDouble(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || v->is_null()) return std::optional<double>{};
  ASSAY_ASSIGN_OR_RETURN(const double value, Double(key));
  return std::optional<double>(value);
}

Result<std::optional<bool>> JsonReader::OptBool(std::string_view key) const {
  const Json* v = Find(key);
  if (v == nullptr || v->is_null()) return std::optional<bool>{};
  ASSAY_ASSIGN_OR_RETURN(const bool value, Bool(key));
  return std::optional<bool>(value);
}

std::size_t ElementEnd::Find(std::string_view text) {
  while (at_ < text.size()) {
    if (in_string_) {
      if (!SkipString(text)) return text.size();
      continue;
    }
    const char c = text[at_];
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (depth_ == 0 && (c == '}' || c == ']' || c == ',')) {
      return at_;
    } else if (c == '}' || c == ']') {
      --depth_;
    }
    ++at_;
  }
  return text.size();
}

// To behind the quotation mark that ends the string. Value: false if it is not there yet.
bool ElementEnd::SkipString(std::string_view text) {
  std::size_t quote = text.find('"', at_);
  while (true) {
    const std::size_t escape = text.substr(0, quote).find('\\', at_);
    if (escape == std::string_view::npos) break;
    at_ = escape;
    if (escape + 1 >= text.size()) return false;  // what it escapes is still to come
    at_ = escape + 2;
    if (quote < at_) quote = text.find('"', at_);
  }
  in_string_ = quote == std::string_view::npos;
  at_ = in_string_ ? text.size() : quote + 1;
  return !in_string_;
}

std::string_view WithoutBlankEnd(std::string_view text) {
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

JsonArrayWalker::JsonArrayWalker(std::string_view text, std::string where)
    : text_(text), where_(std::move(where)) {}

void JsonArrayWalker::SkipBlank() {
  while (pos_ < text_.size() && IsBlank(text_[pos_])) {
    if (text_[pos_] == '\n') ++line_;
    ++pos_;
  }
}

Error JsonArrayWalker::At(std::string_view what) const {
  return MakeError(ErrorCode::kParse, "{}:{}: {}", where_, line_, what);
}

Result<JsonSlice> JsonArrayWalker::ScanElement() {
  const std::size_t start = pos_;
  const std::size_t start_line = line_;
  ElementEnd end;
  const std::string_view element = text_.substr(start, end.Find(text_.substr(start)));
  pos_ = start + element.size();
  line_ += CountNewlines(element);
  if (pos_ >= text_.size()) {
    return MakeError(ErrorCode::kParse,
                     "{}:{}: the file ends inside the array element that starts here", where_,
                     start_line);
  }
  const std::string_view text = WithoutBlankEnd(element);
  if (text.empty()) return At("expected a JSON value");
  return JsonSlice{text, start, start_line};
}

Result<std::optional<JsonSlice>> JsonArrayWalker::Next() {
  if (ended_) return std::optional<JsonSlice>{};
  SkipBlank();
  if (!started_) {
    if (pos_ >= text_.size() || text_[pos_] != '[') return At("expected a JSON array: '['");
    started_ = true;
    ++pos_;
    SkipBlank();
  } else if (pos_ < text_.size() && text_[pos_] == ',') {
    ++pos_;
    SkipBlank();
    ASSAY_ASSIGN_OR_RETURN(JsonSlice slice, ScanElement());
    return std::optional<JsonSlice>(slice);
  }
  if (pos_ < text_.size() && text_[pos_] == ']') {
    ++pos_;
    ended_ = true;
    SkipBlank();
    if (pos_ < text_.size()) return At("expected the end of the file after the JSON array");
    return std::optional<JsonSlice>{};
  }
  ASSAY_ASSIGN_OR_RETURN(JsonSlice slice, ScanElement());
  return std::optional<JsonSlice>(slice);
}

}  // namespace assay
