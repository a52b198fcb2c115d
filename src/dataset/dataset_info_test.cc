#include "dataset/dataset_info.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

Dataset Parse(const std::string& text, const std::string& where = "f.json") {
  auto dataset = ParseDataset(text, where);
  EXPECT_TRUE(dataset.has_value()) << dataset.error().message;
  return std::move(dataset).value();
}

// Articles of 5, 2 and 9 characters (é is one) and 2, 1 and 3 words.
constexpr std::string_view kThree =
    "[{\"input\": \"ab\\u00e9 c\", \"output\": \"One.\", \"tok_input\": [1, 2]},\n"
    "{\"input\": \"x1\", \"output\": \"Two.\", \"tok_input\": [1]},\n"
    "{\"input\": \" x9\\n\\ty  z\", \"output\": \"Three.\", \"tok_input\": [1, 2, 3, 4]}]";

TEST(DescribeDataset, MeasuresLengths) {
  const DatasetInfo info = DescribeDataset(Parse(std::string(kThree)));
  EXPECT_EQ(info.samples, 3U);
  EXPECT_EQ(info.articles.characters.min, 2U);
  EXPECT_DOUBLE_EQ(info.articles.characters.mean, 16.0 / 3);
  EXPECT_EQ(info.articles.characters.median, 5U);
  EXPECT_EQ(info.articles.characters.p99, std::nullopt);
  EXPECT_EQ(info.articles.characters.max, 9U);
  EXPECT_EQ(info.articles.words.min, 1U);
  EXPECT_DOUBLE_EQ(info.articles.words.mean, 2);
  EXPECT_EQ(info.articles.words.max, 3U);
  EXPECT_EQ(info.references.characters.max, 6U);
  // The template without its slot has 128 characters; 19 words stand around the article.
  EXPECT_EQ(info.prompts.characters.min, 130U);
  EXPECT_EQ(info.prompts.words.max, 22U);
  ASSERT_TRUE(info.prompt_tokens.has_value());
  EXPECT_EQ(info.prompt_tokens->median, 2U);
  EXPECT_EQ(info.prompt_tokens->max, 4U);
}

TEST(DescribeDataset, GivesP99FromOneHundredSamplesOn) {
  std::string lines;
  for (int i = 1; i <= 100; ++i) {
    lines += "{\"article\": \"" + std::string(static_cast<std::size_t>(i), 'a') +
             "\", \"highlights\": \"H\"}\n";
  }
  const DatasetInfo info = DescribeDataset(Parse(lines));
  EXPECT_EQ(info.articles.characters.p99, 100U);  // sorted[99]
  EXPECT_EQ(info.articles.characters.median, 51U);
  EXPECT_EQ(info.prompt_tokens, std::nullopt);
}

TEST(ToJson, NamesWhatIsKnown) {
  const Json json = ToJson(DescribeDataset(Parse(std::string(kThree))));
  EXPECT_EQ(json["path"], "f.json");
  EXPECT_EQ(json["format"], "mlcommons-json");
  EXPECT_EQ(json["samples"], 3);
  EXPECT_EQ(json["samples_with_prompt_ids"], 3);
  EXPECT_TRUE(json["official_file"].is_null());
  EXPECT_EQ(json["not_official_because"].size(), 3U);
  EXPECT_EQ(json["near_duplicates"]["samples"], 0);
  EXPECT_EQ(json["near_duplicates"]["share"], 0.0);
  EXPECT_EQ(json["lengths"]["articles"]["characters"]["max"], 9);
  EXPECT_TRUE(json["lengths"]["articles"]["characters"]["p99"].is_null());
  EXPECT_EQ(json["lengths"]["prompt_tokens"]["min"], 1);
}

TEST(ToJson, NamesTheOfficialFile) {
  DatasetInfo info = DescribeDataset(Parse(std::string(kThree)));
  info.identity = {OfficialSet::kEdge5000, {}};
  EXPECT_EQ(ToJson(info)["official_file"], "sample_cnn_eval_5000.json");
  EXPECT_THAT(RenderText(info), HasSubstr("the official sample_cnn_eval_5000.json, byte for byte"));
}

TEST(RenderText, ReadsLikeThis) {
  const std::string lines =
      "{\"article\": \"Unit 1 was moved to hall B\", \"highlights\": \"H\"}\n"
      "{\"article\": \"Unit 2 was moved to hall B\", \"highlights\": \"H H\"}\n";
  EXPECT_EQ(
      RenderText(DescribeDataset(Parse(lines))),
      "Data set      f.json\n"
      "Layout        jsonl, 124 bytes\n"
      "SHA-256       " +
          Parse(lines).sha256 +
          "\n"
          "Samples       2, 0 with prompt token ids\n"
          "Instructions  0, 0 of them the benchmark's template\n"
          "Identity      not one of the benchmark's official files:\n"
          "              - its SHA-256 is neither that of cnn_eval.json nor of "
          "sample_cnn_eval_5000.json\n"
          "              - it holds 2 samples; cnn_eval.json holds 13368, "
          "sample_cnn_eval_5000.json "
          "5000\n"
          "              - its layout is not the MLCommons JSON layout\n"
          "              - 0 of its 2 records carry the benchmark's template\n"
          "              - 0 of its 2 records bring prompt token ids\n"
          "Duplicates    2 of 2 articles have a near-duplicate (100.0 %), 0 are exact copies\n"
          "              - 2 alike (1.00 or more): 0, 1\n"
          "Boilerplate   100.0 % of all five-word runs occur in half of the articles\n"
          "\n"
          "Lengths                          min        mean      median         p99         max\n"
          "  articles    characters          26        26.0          26         n/a          26\n"
          "              words                7         7.0           7         n/a           7\n"
          "  references  characters           1         2.0           3         n/a           3\n"
          "              words                1         1.5           2         n/a           2\n"
          "  prompts     characters         154       154.0         154         n/a         154\n"
          "              words               26        26.0          26         n/a          26\n");
}

TEST(RenderText, FitsOneHundredColumns) {
  std::string records;
  for (int i = 0; i < 1200; ++i) {
    // 20 different templates, so that there are more groups than are shown.
    const std::string word(1, static_cast<char>('a' + i % 20));
    records += i == 0 ? "[" : ",\n";
    records += R"({"input": ")";
    for (const char* rest : {" x", " y", " c d e f"}) records.append(word).append(rest);
    records += R"(", "output": "S", "tok_input": [1]})";
  }
  std::string path = "/";
  for (int i = 0; i < 40; ++i) path += "\xC3\xA9\xC3\xA9/";
  const std::string text = RenderText(DescribeDataset(Parse("\xEF\xBB\xBF" + records + "]", path)));
  EXPECT_THAT(text, HasSubstr("- and 17 smaller groups\n"));
  EXPECT_THAT(text, HasSubstr("begins with a byte order mark"));
  EXPECT_EQ(FirstInvalidUtf8(text), std::nullopt);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(CountCodePoints(line), 100U) << line;
}

}  // namespace
}  // namespace assay
