#include "tokenizer/hf_document.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace assay::tok {
namespace {

constexpr std::string_view kDocument = R"({
  "version": "1.0", "nested": {"model": {"vocab": {"x": 1}}},
  "model": {"type": "BPE", "merges": ["a b", "\u0120 \"c", "\\ \\" , "" ],
            "vocab": {"a": 0, "\u0120": 1, "\"": 2, "\\\"\\": 3, "b" : 18446744073709551615, "": 1.5},
            "vocab": {"z": 9}, "merges": ["y z"], "after": [true, null, {"vocab": {}}]},
  "model": {"vocab": {"other": 1}}, "end": "é"
})";

// Small, with merges as pairs.
constexpr std::string_view kPairs =
    R"({"model": {"merges": [ ["a", "b"],["\u0120", "\"c"] ,["", "\\"]], "vocab": {"a": 0}}})";

struct Contents {
  std::vector<std::pair<std::string, std::optional<std::uint64_t>>> words;
  std::vector<std::pair<std::string, std::optional<std::string>>> merges;
  bool operator==(const Contents&) const = default;
};

// By the tree of the whole document. Value: nullopt if it is no JSON, a merge is none, or some are
// lines and others pairs.
std::optional<Contents> ByTree(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element top;
  if (parser.parse(json).get(top) != simdjson::SUCCESS) return std::nullopt;
  Contents contents;
  simdjson::dom::object words;
  simdjson::dom::array merges;
  if (top["model"]["vocab"].get(words) == simdjson::SUCCESS) {
    for (const auto [text, value] : words) {
      std::uint64_t id = 0;
      const bool is_id = value.get(id) == simdjson::SUCCESS;
      contents.words.emplace_back(text, is_id ? std::optional(id) : std::nullopt);
    }
  }
  if (top["model"]["merges"].get(merges) == simdjson::SUCCESS) {
    bool lines = false;
    bool pairs = false;
    for (const simdjson::dom::element merge : merges) {
      std::string_view left;
      std::string_view right;
      simdjson::dom::array pair;
      if (merge.get(left) == simdjson::SUCCESS) {
        contents.merges.emplace_back(left, std::nullopt);
        lines = true;
      } else if (merge.get(pair) == simdjson::SUCCESS && pair.size() == 2 &&
                 pair.at(0).get(left) == simdjson::SUCCESS &&
                 pair.at(1).get(right) == simdjson::SUCCESS) {
        contents.merges.emplace_back(left, right);
        pairs = true;
      } else {
        return std::nullopt;
      }
    }
    if (lines && pairs) return std::nullopt;
  }
  return contents;
}

Result<Contents> ByPlace(const std::string& json) {
  Contents contents;
  const simdjson::padded_string padded(json);
  ASSAY_ASSIGN_OR_RETURN(const auto document, HfDocument::Parse(padded, "file"));
  ASSAY_RETURN_IF_ERROR(document->FindMerges());
  ASSAY_RETURN_IF_ERROR(
      document->ForEachWord([&](std::string_view text, std::optional<std::uint64_t> id) {
        contents.words.emplace_back(text, id);
        return Status(Ok{});
      }));
  for (std::size_t i = 0; i < document->MergeCount(); ++i) {
    const MergeAt at = document->Merge(i);
    std::string room;
    ASSAY_ASSIGN_OR_RETURN(const std::string_view left, document->TextAt(at.left, &room));
    auto& merge = contents.merges.emplace_back(left, std::nullopt);
    if (at.right == 0) continue;
    ASSAY_ASSIGN_OR_RETURN(const std::string_view right, document->TextAt(at.right, &room));
    merge.second = right;
  }
  return contents;
}

TEST(HfDocument, ReadsVocabularyAndMergesWhereTheyStand) {
  const auto contents = ByPlace(std::string(kDocument));
  ASSERT_TRUE(contents) << contents.error().message;
  using Word = std::pair<std::string, std::optional<std::uint64_t>>;
  EXPECT_EQ(contents->words, (std::vector<Word>{{"a", 0},
                                                {"\xC4\xA0", 1},
                                                {"\"", 2},
                                                {"\\\"\\", 3},
                                                {"b", 18446744073709551615U},
                                                {"", std::nullopt}}));
  using Merge = std::pair<std::string, std::optional<std::string>>;
  EXPECT_EQ(contents->merges, (std::vector<Merge>{{"a b", std::nullopt},
                                                  {"\xC4\xA0 \"c", std::nullopt},
                                                  {"\\ \\", std::nullopt},
                                                  {"", std::nullopt}}));
  EXPECT_EQ(ByPlace(std::string(kPairs))->merges,
            (std::vector<Merge>{{"a", "b"}, {"\xC4\xA0", "\"c"}, {"", "\\"}}));
}

TEST(HfDocument, LeavesTheRestToATree) {
  const simdjson::padded_string json(kDocument);
  const auto document = HfDocument::Parse(json, "file");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ((*document)->WordCount(), 6U);
  const JsonNode& root = (*document)->Root();
  EXPECT_EQ(simdjson::minify(root.element()),
            R"({"version":"1.0","nested":{"model":{"vocab":{"x":1}}},"model":{"type":"BPE",)"
            R"("merges":[],"vocab":{},"vocab":{"z":9},"merges":["y z"],)"
            R"("after":[true,null,{"vocab":{}}]},"model":{"vocab":{"other":1}},"end":"é"})");
  EXPECT_EQ(root.path(), "file: $");
}

TEST(HfDocument, HasNoWordsWhereThereIsNoModel) {
  for (const std::string json : {"{}", "[]", "3", R"({"model": 1})", R"({"model": {"vocab": []}})",
                                 R"({"model": {"merges": {}}})"}) {
    const simdjson::padded_string padded(json);
    const auto document = HfDocument::Parse(padded, "file");
    ASSERT_TRUE(document) << json << document.error().message;
    EXPECT_TRUE((*document)->FindMerges());
    EXPECT_EQ((*document)->WordCount(), 0U);
    EXPECT_EQ((*document)->MergeCount(), 0U);
    simdjson::dom::parser parser;
    EXPECT_EQ(simdjson::minify((*document)->Root().element()),
              simdjson::minify(parser.parse(json)));
  }
}

// Every text that differs from a document in one byte, or ends early.
TEST(HfDocument, AcceptsAndReadsWhatTheTreeDoes) {
  std::vector<std::string> texts;
  for (const std::string_view document : {kDocument, kPairs}) {
    for (std::size_t i = 0; i < document.size(); ++i) {
      texts.emplace_back(document.substr(0, i));
      for (const char c : std::string_view("{}[]\",:\\ 0au\0\n\xC4\xFF", 16)) {
        texts.emplace_back(document).at(i) = c;
      }
    }
  }
  std::size_t accepted = 0;
  for (const std::string& text : texts) {
    const auto expected = ByTree(text);
    const auto found = ByPlace(text);
    ASSERT_EQ(found.has_value(), expected.has_value()) << text;
    if (!expected) continue;
    ++accepted;
    ASSERT_EQ(*found, *expected) << text;
  }
  EXPECT_GT(accepted, 1000U);
  EXPECT_LT(accepted, texts.size());
}

TEST(HfDocument, SaysWhereTheFaultIs) {
  const auto message = [](const std::string& json) {
    const auto contents = ByPlace(json);
    return contents ? "" : contents.error().message;
  };
  EXPECT_EQ(message(R"({"model": {"merges": ["a b", 3]}})"),
            "file: $.model.merges[1]: expected a string or an array of two strings");
  EXPECT_EQ(message(R"({"model": {"merges": ["a b", ["a", "c"]]}})"),
            "file: $.model.merges[1]: expected a string, as before it");
  EXPECT_EQ(message(R"({"model": {"merges": [["a"]]}})"),
            "file: $.model.merges[0]: expected a string or an array of two strings");
  EXPECT_EQ(
      message("{\n\"model\": {\"vocab\": {\"a\": }}}").rfind("file: not valid JSON at line 2", 0),
      0U);
}

}  // namespace
}  // namespace assay::tok
