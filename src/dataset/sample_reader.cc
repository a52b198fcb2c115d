#include "dataset/sample_reader.h"

#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "base/utf8.h"
#include "dataset/plain_sample.h"
#include "dataset/prompt.h"

namespace assay {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

// Feeds the JSON library and tells how far it has read, which its events do not say.
class TracingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  // NOLINTBEGIN(readability-identifier-naming): the standard library's names.
  using pointer = const char*;
  using reference = const char&;
  // NOLINTEND(readability-identifier-naming)

  TracingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  TracingIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  TracingIterator operator++(int) {
    TracingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TracingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const TracingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// Receives the parser's events for one record. Each returns false to stop, with `fault` set.
class RecordEvents {
 public:
  RecordEvents(std::string_view text, const SampleLayout& layout) : text_(text), layout_(layout) {}

  // The interface that the JSON library asks for.
  bool null() { return Scalar("null"); }
  bool boolean(bool) { return Scalar("a boolean"); }
  bool number_integer(Json::number_integer_t value) { return Integer(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return Integer(value); }
  bool number_float(Json::number_float_t, const std::string&) { return Scalar("a fraction"); }
  bool string(std::string& value) { return String(value); }
  bool binary(Json::binary_t&) { return Scalar("binary data"); }
  bool start_object(std::size_t) { return Open(field_ == Field::kInstruction, "an object"); }
  bool start_array(std::size_t) { return Open(field_ == Field::kPromptIds, "an array"); }
  bool key(std::string& name) { return depth_ == 1 ? Member(name) : NestedMember(name); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& error);

  const char** reached() { return &reached_; }
  std::variant<ReadSample, SampleFault> Finish() &&;

 private:
  enum class Field : unsigned { kArticle, kReference, kId, kPromptIds, kInstruction, kOther };

  bool Member(std::string_view name);
  bool NestedMember(std::string_view name);
  bool Open(bool wanted, std::string_view found);
  bool Close();
  bool String(const std::string& value);
  template <typename T>
  bool Integer(T value);
  bool Scalar(std::string_view found);
  bool Text(std::string& into, const std::string& value);
  bool WrongType(std::string_view found);
  bool Fail(std::string what);
  [[nodiscard]] std::string_view KeyOf(Field field) const;
  [[nodiscard]] bool Seen(Field field) const {
    return (seen_ & (1U << static_cast<unsigned>(field))) != 0;
  }

  std::string_view text_;
  const SampleLayout& layout_;
  const char* reached_ = text_.data();
  std::size_t depth_ = 0;
  Field field_ = Field::kOther;  // the record's member that is being read
  bool in_llama_member_ = false;
  unsigned seen_ = 0;
  ReadSample read_;
  SampleFault fault_;
};

std::string_view RecordEvents::KeyOf(Field field) const {
  switch (field) {
    case Field::kArticle:
      return layout_.article_key;
    case Field::kReference:
      return layout_.reference_key;
    case Field::kId:
      return "id";
    case Field::kPromptIds:
      return "tok_input";
    case Field::kInstruction:
      return "instruction";
    case Field::kOther:
      break;
  }
  return "";
}

bool RecordEvents::Fail(std::string what) {
  // The byte that was read last is part of the fault or, after a number, the one behind it.
  const auto read = static_cast<std::size_t>(reached_ - text_.data());
  fault_ = {read > 0 ? read - 1 : 0, std::move(what)};
  return false;
}

bool RecordEvents::WrongType(std::string_view found) {
  if (depth_ == 0) return Fail(fmt::format("expected a JSON object, found {}", found));
  if (field_ == Field::kPromptIds && depth_ == 2) {
    return Fail(fmt::format("\"tok_input\"[{}] must be a token id, found {}",
                            read_.sample.prompt_ids->size(), found));
  }
  std::string_view expected = "a string";
  if (field_ == Field::kId) expected = "a string or an integer";
  if (field_ == Field::kPromptIds) expected = "an array of token ids";
  if (field_ == Field::kInstruction) expected = "a string or an object";
  return Fail(fmt::format("\"{}\" must be {}, found {}", KeyOf(field_), expected, found));
}

bool RecordEvents::Member(std::string_view name) {
  field_ = Field::kOther;
  for (const Field field :
       {Field::kArticle, Field::kReference, Field::kId, Field::kPromptIds, Field::kInstruction}) {
    if (name == KeyOf(field)) field_ = field;
  }
  if (field_ == Field::kOther) return true;
  if (Seen(field_)) return Fail(fmt::format("\"{}\" stands twice in the record", name));
  seen_ |= 1U << static_cast<unsigned>(field_);
  return true;
}

bool RecordEvents::NestedMember(std::string_view name) {
  in_llama_member_ = field_ == Field::kInstruction && depth_ == 2 && name == "llama";
  return true;
}

bool RecordEvents::Open(bool wanted, std::string_view found) {
  const bool is_record = depth_ == 0 && found == "an object";
  const bool is_skipped = field_ == Field::kOther && depth_ > 0;
  const bool is_inside_instruction = field_ == Field::kInstruction && depth_ > 1;
  const bool is_value = depth_ == 1 && wanted;
  if (!is_record && !is_skipped && !is_inside_instruction && !is_value) return WrongType(found);
  if (is_value && field_ == Field::kPromptIds) read_.sample.prompt_ids.emplace();
  if (is_value && field_ == Field::kInstruction) read_.has_instruction = true;
  ++depth_;
  return true;
}

bool RecordEvents::Close() {
  --depth_;
  if (depth_ == 1 && field_ == Field::kPromptIds && read_.sample.prompt_ids->empty()) {
    return Fail("\"tok_input\" is empty");
  }
  return true;
}

bool RecordEvents::Text(std::string& into, const std::string& value) {
  if (IsBlank(value)) return Fail(fmt::format("\"{}\" is empty", KeyOf(field_)));
  into = value;
  return true;
}

bool RecordEvents::String(const std::string& value) {
  if (depth_ == 0) return WrongType("a string");
  switch (field_) {
    case Field::kArticle:
      return Text(read_.sample.article, value);
    case Field::kReference:
      return Text(read_.sample.reference, value);
    case Field::kId:
      return Text(read_.sample.id, value);
    case Field::kPromptIds:
      return WrongType("a string");
    case Field::kInstruction:
      if (depth_ == 1) read_.has_instruction = true;
      if (depth_ == 1 || in_llama_member_) {
        read_.has_benchmark_instruction = value == kPromptTemplate;
      }
      return true;
    case Field::kOther:
      return true;
  }
  return true;
}

template <typename T>
bool RecordEvents::Integer(T value) {
  if (field_ == Field::kId && depth_ == 1) {
    read_.sample.id = fmt::format("{}", value);
    return true;
  }
  if (field_ == Field::kPromptIds && depth_ == 2) {
    if (!std::in_range<TokenId>(value) || value < T{0}) {
      return WrongType(fmt::format("{}", value));
    }
    read_.sample.prompt_ids->push_back(static_cast<TokenId>(value));
    return true;
  }
  return Scalar("an integer");
}

bool RecordEvents::Scalar(std::string_view found) {
  const bool is_absent =
      found == "null" && depth_ == 1 &&
      (field_ == Field::kId || field_ == Field::kPromptIds || field_ == Field::kInstruction);
  const bool is_skipped =
      depth_ > 0 && (field_ == Field::kOther || (field_ == Field::kInstruction && depth_ > 1));
  return is_absent || is_skipped || WrongType(found);
}

bool RecordEvents::parse_error(std::size_t position, const std::string&,
                               const Json::exception& error) {
  if (const auto bad = FirstInvalidUtf8(text_); bad.has_value()) {
    fault_ = {*bad, "invalid UTF-8", true};
    return false;
  }
  // The end of the text counts as one more character read.
  if (position > text_.size()) return Fail("the JSON object is cut off");
  // "[json.exception.parse_error.101] parse error at line 1, column 2: REASON; last read: '...'"
  std::string_view reason = error.what();
  if (const auto colon = reason.find(": "); colon != std::string_view::npos) {
    reason.remove_prefix(colon + 2);
  }
  Fail(fmt::format("not valid JSON ({})", reason.substr(0, reason.find("; last read"))));
  fault_.is_in_bytes = true;
  return false;
}

std::variant<ReadSample, SampleFault> RecordEvents::Finish() && {
  if (!fault_.what.empty()) return std::move(fault_);
  for (const Field field : {Field::kArticle, Field::kReference}) {
    if (!Seen(field)) {
      return SampleFault{
          0, fmt::format("has no \"{}\" (a record of the {} layout holds \"{}\" and "
                         "\"{}\")",
                         KeyOf(field), layout_.name, layout_.article_key, layout_.reference_key)};
    }
  }
  return std::move(read_);
}

}  // namespace

std::variant<ReadSample, SampleFault> ReadSampleFrom(std::string_view text,
                                                     const SampleLayout& layout, Keep keep) {
  if (auto plain = ReadPlainSample(text, layout, keep)) return *std::move(plain);
  auto read = ReadSampleByEvents(text, layout);
  if (auto* const sample = std::get_if<ReadSample>(&read); sample && keep == Keep::kReference) {
    sample->sample.article = {};
    if (sample->sample.prompt_ids) sample->sample.prompt_ids.emplace();
  }
  return read;
}

// An official record holds some thousand token ids, of which no tree is built.
std::variant<ReadSample, SampleFault> ReadSampleByEvents(std::string_view text,
                                                         const SampleLayout& layout) {
  RecordEvents events(text, layout);
  const TracingIterator begin(text.data(), events.reached());
  const TracingIterator end(text.data() + text.size(), events.reached());
  Json::sax_parse(begin, end, &events);
  return std::move(events).Finish();
}

}  // namespace assay
