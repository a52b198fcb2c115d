#include "dataset/dataset.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

std::string ErrorOf(std::string_view bytes) {
  const auto dataset = ParseDataset(bytes, "f");
  return dataset ? "no error" : dataset.error().message;
}

TEST(ParseDataset, ReadsTheMlcommonsLayout) {
  const std::string text =
      "[\n {\"instruction\": {\"llama\": \"Summarize the following news article in 128 tokens. "
      "Please output the summary only, without any other text.\\n\\nArticle:\\n{input}\\n\\n"
      "Summary:\", \"x\": [1]},\n  \"input\": \"Caf\\u00e9 \\\"A\\\"\\n\", \"output\": \"S one.\\n"
      "S two.\", \"tok_input\": [128000, 0, 7]},\n"
      " {\"input\": \"B\", \"output\": \"T\", \"id\": 17, \"instruction\": \"Do it.\",\n"
      "  \"tok_input\": null, \"more\": {\"input\": [null, 1.5, {\"output\": \"no\"}]}}\n]\n";
  const auto dataset = ParseDataset(text, "dir/cnn.json");
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  EXPECT_EQ(Name(dataset->format), "mlcommons-json");
  EXPECT_EQ(dataset->path, "dir/cnn.json");
  EXPECT_EQ(dataset->size_bytes, text.size());
  EXPECT_EQ(dataset->sha256, Sha256Hex(text));
  EXPECT_FALSE(dataset->byte_order_mark);
  EXPECT_EQ(dataset->instructions, 2U);
  EXPECT_EQ(dataset->benchmark_instructions, 1U);
  ASSERT_EQ(dataset->samples.size(), 2U);
  const Sample& first = dataset->samples[0];
  EXPECT_EQ(first.index, 0U);
  EXPECT_EQ(first.id, "");
  EXPECT_EQ(first.article, "Caf\xC3\xA9 \"A\"\n");
  EXPECT_EQ(first.reference, "S one.\nS two.");
  EXPECT_THAT(first.prompt_ids, Optional(ElementsAre(128000, 0, 7)));
  EXPECT_EQ(dataset->samples[1].index, 1U);
  EXPECT_EQ(dataset->samples[1].id, "17");
  EXPECT_EQ(dataset->samples[1].article, "B");
  EXPECT_FALSE(dataset->samples[1].prompt_ids.has_value());
}

TEST(ParseDataset, ReadsJsonLines) {
  const auto dataset = ParseDataset(
      "\xEF\xBB\xBF\n"
      "{\"id\": -3, \"article\": \"A\", \"highlights\": \"H\"}\r\n"
      "  \n"
      "{\"highlights\": \"I\", \"id\": \"b/7\", \"url\": {}, \"article\": \"B\"}",
      "f");
  ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
  EXPECT_EQ(Name(dataset->format), "jsonl");
  EXPECT_TRUE(dataset->byte_order_mark);
  EXPECT_EQ(dataset->instructions, 0U);
  ASSERT_EQ(dataset->samples.size(), 2U);
  EXPECT_EQ(dataset->samples[0].id, "-3");
  EXPECT_EQ(dataset->samples[0].reference, "H");
  EXPECT_EQ(dataset->samples[1].id, "b/7");
  EXPECT_EQ(dataset->samples[1].article, "B");
  EXPECT_EQ(dataset->samples[1].index, 1U);
}

TEST(ParseDataset, RefusesWhatIsNoDataSet) {
  EXPECT_EQ(ErrorOf(""), "f:1: the file is empty, expected a data set");
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF \n"), "f:1: the file is empty, expected a data set");
  EXPECT_EQ(ErrorOf("[ ]"), "f:1: the array holds no record");
  EXPECT_EQ(ErrorOf("\n\x1F\x8B\x08"),
            "f:2: not a data set: expected '[' (MLCommons JSON: an array of records) or '{' "
            "(JSONL: a record a line), found byte 0x1F");
}

struct Case {
  std::string text;
  std::string message;
};

TEST(ParseDataset, SaysWhatIsWrongInAnArrayAndOnWhichLine) {
  const std::string good = R"({"input": "A", "output": "S"})";
  for (const auto& [text, message] : std::vector<Case>{
           {"[\n" + good + ",\n\n{\"output\":\n\"S\"}]",
            "f:4: record 1: has no \"input\" (a record of the MLCommons JSON layout holds "
            "\"input\" and \"output\")"},
           {"[{\"input\": \"A\"}]",
            "f:1: record 0: has no \"output\" (a record of the MLCommons JSON layout holds "
            "\"input\" and \"output\")"},
           {"[{\"output\": \"S\",\n\"input\":\n 12\n}]",
            "f:3: record 0: \"input\" must be a string, found an integer"},
           {"[{\"input\": null}]", "f:1: record 0: \"input\" must be a string, found null"},
           {"[{\"input\": \"A\",\n\"output\": [\"S\"]}]",
            "f:2: record 0: \"output\" must be a string, found an array"},
           {"[{\"input\": {}}]", "f:1: record 0: \"input\" must be a string, found an object"},
           {"[{\n\"input\": \" \\n\\t\",\n\"output\": \"S\"}]",
            "f:2: record 0: \"input\" is empty"},
           {"[{\"input\": \"A\", \"output\": \"\"}]", "f:1: record 0: \"output\" is empty"},
           {"[{\"input\": \"A\",\n\"input\": \"B\"}]",
            "f:2: record 0: \"input\" stands twice in the record"},
           {"[{\"id\": 1.5}]",
            "f:1: record 0: \"id\" must be a string or an integer, found a "
            "fraction"},
           {"[{\"id\": \"\"}]", "f:1: record 0: \"id\" is empty"},
           {"[{\"instruction\": 3}]",
            "f:1: record 0: \"instruction\" must be a string or an object, found an integer"},
           {"[{\"tok_input\": \"1 2\"}]",
            "f:1: record 0: \"tok_input\" must be an array of token ids, found a string"},
           {"[{\"tok_input\": []}]", "f:1: record 0: \"tok_input\" is empty"},
           {"[{\"tok_input\": [\n1,\n-1]}]",
            "f:3: record 0: \"tok_input\"[1] must be a token id, found -1"},
           {"[{\"tok_input\": [2147483648]}]",
            "f:1: record 0: \"tok_input\"[0] must be a token id, found 2147483648"},
           {"[{\"tok_input\": [[1]]}]",
            "f:1: record 0: \"tok_input\"[0] must be a token id, found an array"},
           {"[{\"tok_input\": [null]}]",
            "f:1: record 0: \"tok_input\"[0] must be a token id, found null"},
           {"[" + good + ", 5]", "f:1: record 1: expected a JSON object, found an integer"},
           {"[\"A\"]", "f:1: record 0: expected a JSON object, found a string"},
           {"[[]]", "f:1: record 0: expected a JSON object, found an array"},
           {"[\n{\"id\": 1, \"input\": \"A\", \"output\": \"S\"},\n"
            "{\"id\": \"1\", \"input\": \"B\", \"output\": \"S\"}]",
            "f:3: record 1: the \"id\" \"1\" was used before, on line 2"},
           {"[" + good + ",\n" + good.substr(0, 20),
            "f:2: the file ends inside the array element that starts here"},
           {"[" + good, "f:1: the file ends inside the array element that starts here"},
           {"[" + good + "] x", "f:1: expected the end of the file after the JSON array"}}) {
    EXPECT_EQ(ErrorOf(text), message) << text;
  }
}

TEST(ParseDataset, SaysWhereBytesAreNoJson) {
  EXPECT_THAT(ErrorOf("[{\"input\": \"A\",\n \"output\" \"S\"}]"),
              HasSubstr("f:2: record 0: not valid JSON (syntax error"));
  EXPECT_THAT(ErrorOf("[{\"input\": \"A\",\n \"output\" \"S\"}]"), HasSubstr("at byte 28"));
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF[\n{\"input\": \"A\xC3(\"}]"),
            "f:2: record 0: invalid UTF-8 at byte 17 of the file");
  EXPECT_EQ(ErrorOf("{\"article\": \"A\", \"highlights\": \"B\"}\n\n"
                    "{\"article\": \"\xED\xA0\x80\", \"highlights\": \"B\"}\n"),
            "f:3: record 1: invalid UTF-8 at byte 50 of the file");
}

TEST(ParseDataset, SaysThatALineIsCutOff) {
  const std::string good = R"({"article": "A", "highlights": "S"})";
  for (std::size_t n = 1; n < good.size(); ++n) {
    EXPECT_EQ(ErrorOf(good + "\n" + good.substr(0, n)),
              "f:2: record 1: the JSON object is cut off");
  }
  EXPECT_EQ(ErrorOf("{\n\"article\": \"A\", \"highlights\": \"S\"}"),
            "f:1: record 0: the JSON object is cut off");
  EXPECT_THAT(ErrorOf(good + "}"), HasSubstr("f:1: record 0: not valid JSON"));
  EXPECT_EQ(ErrorOf(R"({"input": "A", "output": "S"})"),
            "f:1: record 0: has no \"article\" (a record of the JSONL layout holds \"article\" and "
            "\"highlights\")");
}

class LoadDatasetTest : public ::testing::Test {
 protected:
  LoadDatasetTest() {
    std::string name = (fs::temp_directory_path() / "assay-dataset-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(directory_); }

  void Write(const std::string& name, std::string_view text) {
    std::ofstream(directory_ / name) << text;
  }

  fs::path directory_;
};

TEST_F(LoadDatasetTest, TakesADirectoryForTheOneOfficialNameInIt) {
  Write("other.json", "[]");
  const auto none = LoadDataset(directory_);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(none.error().message, directory_.string() +
                                      ": the directory holds neither cnn_eval.json nor "
                                      "sample_cnn_eval_5000.json: name the data set file");

  Write("sample_cnn_eval_5000.json", R"([{"input": "A", "output": "S"}])");
  const auto edge = LoadDataset(directory_);
  ASSERT_TRUE(edge.has_value()) << edge.error().message;
  EXPECT_EQ(edge->path, (directory_ / "sample_cnn_eval_5000.json").string());

  Write("cnn_eval.json", R"([{"input": "A", "output": "S"}])");
  const auto both = LoadDataset(directory_);
  ASSERT_FALSE(both.has_value());
  EXPECT_THAT(both.error().message, HasSubstr("holds both cnn_eval.json and"));
}

// What is read piece by piece is what is there at once, wherever the pieces end.
TEST_F(LoadDatasetTest, ReadsRecordsAndLinesOfAnySizeAfterAnyBlanks) {
  for (const std::size_t size : {1U, 65'535U, 65'536U, 300'000U, 2'000'000U}) {
    const std::string article(size, 'a');
    const std::string blanks(size, '\n');
    const std::string mark = size % 2 == 0 ? "\xEF\xBB\xBF" : "";
    const std::string array =
        fmt::format(R"({}{}[{{"input": "{}", "output": "S"}}, {{"input": "B", "output": "T"}}]{})",
                    mark, blanks, article, blanks);
    const std::string lines = fmt::format(
        R"({}{}{{"article": "{}", "highlights": "S"}}{}{{"article": "B", "highlights": "T"}})",
        mark, blanks, article, blanks);
    for (const std::string& text : {array, lines}) {
      Write("data.json", text);
      const auto dataset = LoadDataset(directory_ / "data.json");
      ASSERT_TRUE(dataset.has_value()) << dataset.error().message;
      EXPECT_EQ(dataset->sha256, Sha256Hex(text));
      EXPECT_EQ(dataset->size_bytes, text.size());
      EXPECT_EQ(dataset->byte_order_mark, !mark.empty());
      ASSERT_EQ(dataset->samples.size(), 2U);
      EXPECT_EQ(dataset->samples[0].article, article);
      EXPECT_EQ(dataset->samples[1].reference, "T");
      const auto broken = ParseDataset(text + "x", "f");
      ASSERT_FALSE(broken.has_value());
    }
  }
}

TEST_F(LoadDatasetTest, RefusesWithoutReading) {
  const auto absent = LoadDataset(directory_ / "absent.json");
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error().message, HasSubstr("absent.json: cannot open"));

  Write("huge.json", "[");
  fs::resize_file(directory_ / "huge.json", std::uintmax_t{5} << 30U);
  const auto huge = LoadDataset(directory_ / "huge.json");
  ASSERT_FALSE(huge.has_value());
  EXPECT_EQ(huge.error().code, ErrorCode::kIo);
  EXPECT_THAT(huge.error().message, HasSubstr("huge.json: is 5368709120 bytes"));
}

}  // namespace
}  // namespace assay
