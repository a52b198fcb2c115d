#include "rules/printed_scores.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace assay {
namespace {

constexpr std::string_view kGood =
    "\nResults\n\n{'rouge1': '38.7', 'rouge2': '15.9', 'rougeL': '24.4', 'rougeLsum': '35.7', "
    "'gen_len': 8167644, 'gen_num': 13368}\n\nhash=00ab\r\n";

TEST(AccuracyTxt, ReadsTheReferencesPrint) {
  const PrintedScores printed = ParseAccuracyTxt(kGood, "accuracy.txt");
  const auto figures = printed.Figures();
  ASSERT_TRUE(figures.has_value());
  EXPECT_EQ(figures->rouge1, 38.7);
  EXPECT_EQ(figures->rougeLsum, 35.7);
  EXPECT_EQ(figures->gen_len, 8167644);
  EXPECT_EQ(printed.scores[0]->line, 4U);
  EXPECT_EQ(printed.gen_num, 13368U);
  EXPECT_EQ(printed.hash, "00ab");
}

std::optional<double> Value(std::size_t metric, std::string_view line) {
  const PrintedScores printed = ParseAccuracyTxt(line, "");
  const auto& score = printed.scores.at(metric);
  return score ? std::optional<double>(score->value) : std::nullopt;
}

// The forms that the official patterns take and those that they do not.
TEST(AccuracyTxt, TakesWhatTheCheckerTakes) {
  EXPECT_EQ(Value(0, "'rouge1': 38.1"), 38.1);
  EXPECT_EQ(Value(0, "x 'rouge1':   '38.1'} y"), 38.1);
  EXPECT_EQ(Value(0, "'rouge1': 1 'rouge1': 2"), 2.0);
  EXPECT_EQ(Value(0, "'rouge1': 1 'rouge1': x"), 1.0);
  EXPECT_EQ(Value(0, "'rouge1':38.1"), std::nullopt);
  EXPECT_EQ(Value(0, "\"rouge1\": 38.1"), std::nullopt);
  EXPECT_EQ(Value(0, "'rouge1': 1.2.3"), std::nullopt);
  EXPECT_EQ(Value(4, "'gen_len': 611"), 611.0);
  EXPECT_EQ(Value(4, "'gen_len':  611"), std::nullopt);
  EXPECT_EQ(Value(4, "'gen_len': '611'"), std::nullopt);
  EXPECT_EQ(Value(4, "'gen_len': np.int64(611)"), std::nullopt);
  EXPECT_EQ(Value(4, "'gen_len': " + std::string(300, '9')), std::nullopt);
}

TEST(AccuracyTxt, TheFirstOfEachCounts) {
  EXPECT_EQ(Value(0, "'rouge1': 1\n'rouge1': 2\n"), 1.0);
  const auto hashes = ParseAccuracyTxt("hash=a b\nhash=\nhash=cd\nhash=cd\nhash=ef\nhash=9", "");
  EXPECT_EQ(hashes.hash, "cd");
  ASSERT_TRUE(hashes.other_hash.has_value());
  EXPECT_EQ(hashes.other_hash->hash, "ef");
  EXPECT_EQ(hashes.other_hash->line, 5U);
  EXPECT_FALSE(ParseAccuracyTxt("'rouge1': 1", "").Figures().has_value());
}

// The checker reads on until it has all five scores and the hash.
TEST(AccuracyTxt, OtherValuesBeforeItsEndAreKept) {
  const std::string all = "'rouge1': 1 'rouge2': 2 'rougeL': 3 'rougeLsum': 4 'gen_len': 5\n";
  const auto printed =
      ParseAccuracyTxt(all + "'rouge1': 1\n'rouge2': 9\nhash=a\n'rougeL': 9\n", "");
  ASSERT_EQ(printed.repeated.size(), 1U);
  EXPECT_EQ(printed.repeated[0].first, 1U);
  EXPECT_EQ(printed.repeated[0].second.value, 9.0);
  EXPECT_EQ(printed.repeated[0].second.line, 3U);
}

TEST(ScoreJson, NeedsAllSixKeysWithNumbers) {
  const Json good = Json{{"rouge1", "1.5"},  {"rouge2", 2},   {"rougeL", "3"},
                         {"rougeLsum", "4"}, {"gen_len", 5U}, {"gen_num", 6U}};
  const auto printed = ScoresFromJson(good, "s.json");
  ASSERT_TRUE(printed.has_value());
  EXPECT_EQ(printed->Figures()->rouge1, 1.5);
  EXPECT_EQ(printed->gen_num, 6U);
  for (const auto& [key, value] : good.items()) {
    Json without = good;
    without.erase(key);
    EXPECT_FALSE(ScoresFromJson(without, "s.json").has_value()) << key;
    for (const Json& bad : {Json("x"), Json(-1), Json(nullptr), Json(1e300)}) {
      Json wrong = good;
      wrong[key] = bad;
      EXPECT_FALSE(ScoresFromJson(wrong, "s.json").has_value()) << key << bad;
    }
  }
  EXPECT_FALSE(ScoresFromJson(Json::array(), "s.json").has_value());
}

TEST(FindPrintedScores, PrefersAccuracyTxtAndPassesOverOtherJson) {
  const fs::path root = fs::path(testing::TempDir()) / "assay_printed_scores_test";
  fs::remove_all(root);
  ASSERT_TRUE(MakeDirectories(root / "accuracy"));
  EXPECT_FALSE(FindPrintedScores(root, "accuracy/").has_value());
  ASSERT_TRUE(WriteFileAtomically(root / "accuracy/a.json", "[1, 2"));
  ASSERT_TRUE(WriteFileAtomically(root / "accuracy/b.json", "{\"rouge1\": 1}"));
  ASSERT_TRUE(WriteFileAtomically(root / "accuracy/c.json",
                                  R"({"rouge1":"1","rouge2":"2","rougeL":"3","rougeLsum":"4",)"
                                  R"("gen_len":5,"gen_num":6})"));
  EXPECT_EQ(FindPrintedScores(root, "accuracy/")->file, "accuracy/c.json");
  ASSERT_TRUE(WriteFileAtomically(root / "accuracy/accuracy.txt", kGood));
  EXPECT_EQ(FindPrintedScores(root, "accuracy/")->file, "accuracy/accuracy.txt");
}

}  // namespace
}  // namespace assay
