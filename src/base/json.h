// JSON for the whole project. The library behind it (nlohmann/json) is named only here.

#ifndef ASSAY_BASE_JSON_H_
#define ASSAY_BASE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "assay/result.h"

namespace assay {

// Objects keep the order of insertion: files are written for people too. Integers up to 64 bits,
// signed and unsigned, are exact (LoadGen's seeds exceed 2^63).
using Json = nlohmann::ordered_json;

// Parses `text`, which must be exactly one JSON value in UTF-8.
//
// `where` names the text in errors, e.g. "runs/x/run.json" or "samples.jsonl:12".
// Errors: kParse, with line and column inside `text` when it has more than one line.
[[nodiscard]] Result<Json> ParseJson(std::string_view text, std::string_view where);

// One line, no spaces after separators. Strings that are not valid UTF-8 are written with U+FFFD in
// place of the bad bytes: a damaged text can never make a record unreadable.
[[nodiscard]] std::string ToJsonLine(const Json& value);
// Two-space indent and a final line feed.
[[nodiscard]] std::string ToPrettyJson(const Json& value);

// The members of an object, read with errors that name file, member and expectation.
// `object` must outlive the reader.
class JsonReader {
 public:
  // Errors: kParse if `object` is no JSON object.
  static Result<JsonReader> Of(const Json& object, std::string where);

  [[nodiscard]] bool Has(std::string_view key) const;
  // Required members. Errors: kParse if absent or of another type or out of range.
  [[nodiscard]] Result<std::string> String(std::string_view key) const;
  [[nodiscard]] Result<std::int64_t> Int(std::string_view key) const;
  [[nodiscard]] Result<std::uint64_t> Uint(std::string_view key) const;
  [[nodiscard]] Result<double> Double(std::string_view key) const;
  [[nodiscard]] Result<bool> Bool(std::string_view key) const;
  // Optional members: absent and null are nullopt, anything else must fit.
  [[nodiscard]] Result<std::optional<std::string>> OptString(std::string_view key) const;
  [[nodiscard]] Result<std::optional<std::int64_t>> OptInt(std::string_view key) const;
  [[nodiscard]] Result<std::optional<double>> OptDouble(std::string_view key) const;
  [[nodiscard]] Result<std::optional<bool>> OptBool(std::string_view key) const;

 private:
  JsonReader(const Json& object, std::string where) : object_(&object), where_(std::move(where)) {}
  [[nodiscard]] const Json* Find(std::string_view key) const;
  [[nodiscard]] Error Wrong(std::string_view key, std::string_view expected) const;

  const Json* object_;
  std::string where_;
};

// One element of a top-level JSON array, or one line of a JSONL file.
struct JsonSlice {
  std::string_view text;   // the element's bytes, into the caller's buffer
  std::size_t offset = 0;  // of its first byte in the file
  std::size_t line = 1;    // on which it starts, from 1
};

// Finds the end of an element of a JSON array in text that may still grow.
class ElementEnd {
 public:
  // `text` begins with the element; a later call gets the same text and more behind it.
  // Value: the position of the comma or bracket behind the element; text.size() if it is not there.
  [[nodiscard]] std::size_t Find(std::string_view text);

 private:
  [[nodiscard]] bool SkipString(std::string_view text);

  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool in_string_ = false;
};

[[nodiscard]] std::string_view WithoutBlankEnd(std::string_view text);

// Walks the elements of a top-level JSON array without building it: `next` in a loop until it
// returns nullopt. It checks brackets, strings and commas between elements; an element's own
// grammar is checked by whoever parses the slice. `text` must outlive the walker.
class JsonArrayWalker {
 public:
  JsonArrayWalker(std::string_view text, std::string where);
  // Errors: kParse: no array, cut off inside an element, something after the array.
  [[nodiscard]] Result<std::optional<JsonSlice>> Next();

 private:
  void SkipBlank();
  [[nodiscard]] Error At(std::string_view what) const;
  [[nodiscard]] Result<JsonSlice> ScanElement();

  std::string_view text_;
  std::string where_;
  std::size_t pos_ = 0;
  std::size_t line_ = 1;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace assay

#endif  // ASSAY_BASE_JSON_H_
