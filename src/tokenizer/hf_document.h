// A Hugging Face tokenizer.json as JSON: the vocabulary and the merges of its model, which are
// nearly all of it, are read where they stand; what is left is a tree.

#ifndef ASSAY_TOKENIZER_HF_DOCUMENT_H_
#define ASSAY_TOKENIZER_HF_DOCUMENT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "assay/result.h"

#include "base/json_node.h"
#include "tokenizer/load_bytes.h"

namespace assay::tok {

// Where the quotes of a merge's strings open in the document.
struct MergeAt {
  std::uint32_t left = 0;
  std::uint32_t right = 0;  // 0: both tokens are in the left string
};

class HfDocument {
 public:
  // `json` outlives the value. `where` names it. Errors: kParse: no JSON, with the place.
  [[nodiscard]] static Result<std::unique_ptr<HfDocument>> Parse(
      const simdjson::padded_string& json, std::string_view where);
  static Result<std::unique_ptr<HfDocument>> Parse(simdjson::padded_string&&,
                                                   std::string_view) = delete;

  // The document with an empty object in place of model.vocab and an empty array in place of
  // model.merges, where these are an object and an array.
  [[nodiscard]] const JsonNode& Root() const { return *root_; }

  // Another thread than that of ForEachWord may call this one, once.
  // Errors: kParse: no JSON; a merge that is neither a string nor two of them, or not what those
  // before it are.
  [[nodiscard]] Status FindMerges();
  // What it found.
  [[nodiscard]] std::size_t MergeCount() const { return lefts_.size(); }
  [[nodiscard]] MergeAt Merge(std::size_t i) const {
    return {lefts_[i], rights_.empty() ? 0 : rights_[i]};
  }

  // The members of model.vocab.
  [[nodiscard]] std::size_t WordCount() const { return word_count_; }
  // Calls use(text, id) for each of them until it returns an error; an id is nullopt where there
  // stands something else. `text` is as TextAt's, during the call.
  template <typename Use>
  [[nodiscard]] Status ForEachWord(const Use& use);

  // The string whose quote opens at `at`; `room` holds it where it cannot be taken from the
  // document as it stands. Eight bytes behind it can be read. Thread-safe. Errors: kParse without a
  // place.
  [[nodiscard]] Result<std::string_view> TextAt(std::size_t at, std::string* room) const {
    // There is a quote to come, and room behind the document.
    for (const char* p = json_.data() + at + 1;; p += sizeof(std::uint64_t)) {
      const std::uint64_t eight = Load64(p);
      const std::uint64_t ends = MarkFirst(eight, '"') | MarkFirst(eight, '\\');
      if (ends == 0) continue;
      p += std::countr_zero(ends) / 8;
      const char* const begin = json_.data() + at + 1;
      if (*p == '"') return std::string_view(begin, static_cast<std::size_t>(p - begin));
      return UnescapedAt(at, room);
    }
  }

 private:
  HfDocument(std::string_view json, std::string_view where) : where_(where), json_(json) {}

  [[nodiscard]] Status Scan();
  [[nodiscard]] Status ScanModel(simdjson::ondemand::object model);
  [[nodiscard]] Status ScanWords(simdjson::simdjson_result<simdjson::ondemand::value> value);
  [[nodiscard]] Status ScanMerges(simdjson::simdjson_result<simdjson::ondemand::value> value);
  [[nodiscard]] bool FindPair(simdjson::ondemand::value merge, MergeAt* at) const;
  // Leaves `text`, which stands behind all that was cut out before, to other members than Root().
  void CutOut(std::string_view text, std::string_view instead);
  [[nodiscard]] Status ReadRest();
  [[nodiscard]] Result<std::string_view> UnescapedAt(std::size_t at, std::string* room) const;
  // What stands where something else is expected may be no JSON. Errors: kParse, with the place.
  [[nodiscard]] Status CheckJson() const;
  [[nodiscard]] Error NotJson(simdjson::error_code code) const;
  [[nodiscard]] std::uint32_t PlaceOf(simdjson::ondemand::raw_json_string text) const {
    return static_cast<std::uint32_t>(text.raw() - json_.data() - 1);
  }

  std::string where_;
  std::string_view json_;  // with simdjson's padding behind it
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  bool has_words_ = false;
  std::size_t word_count_ = 0;
  std::string_view merges_text_;
  std::vector<std::uint32_t> lefts_;   // of each merge
  std::vector<std::uint32_t> rights_;  // empty if the merges are strings
  std::string rest_;                   // what is not cut out
  std::size_t rest_end_ = 0;           // of what of the document has been seen to
  simdjson::dom::parser rest_parser_;
  std::optional<JsonNode> root_;
};

template <typename Use>
Status HfDocument::ForEachWord(const Use& use) {
  if (!has_words_) return Ok{};
  document_.rewind();
  simdjson::ondemand::object words;
  if (const auto error = document_["model"]["vocab"].get_object().get(words)) return NotJson(error);
  std::string room;
  for (auto field : words) {
    simdjson::ondemand::raw_json_string key;
    if (const auto error = field.key().get(key)) return NotJson(error);
    ASSAY_ASSIGN_OR_RETURN(const std::string_view text, TextAt(PlaceOf(key), &room));
    std::uint64_t id = 0;
    const bool is_id = field.value().get_uint64().get(id) == simdjson::SUCCESS;
    if (!is_id) ASSAY_RETURN_IF_ERROR(CheckJson());
    ASSAY_RETURN_IF_ERROR(use(text, is_id ? std::optional(id) : std::nullopt));
  }
  return Ok{};
}

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_HF_DOCUMENT_H_
