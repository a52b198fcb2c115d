#include "report/sample_rows.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

// ROUGE-L falls with the index: row 0 is the best.
std::vector<SampleRow> Rows(std::size_t count) {
  std::vector<SampleRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].index = i;
    SampleScore score;
    score.rougeL.fmeasure = static_cast<double>(count - i) / 1000.0;
    rows[i].score = score;
  }
  return rows;
}

std::vector<std::size_t> Chosen(const std::vector<ChosenRow>& chosen, const std::string& why) {
  std::vector<std::size_t> rows;
  for (const ChosenRow& row : chosen) {
    if (row.why == why) rows.push_back(row.row);
  }
  return rows;
}

TEST(ChooseRows, TakesAllWhereTheyAreFew) {
  std::vector<SampleRow> rows = Rows(4);
  rows[2].remark = "empty answer";
  const auto chosen = ChooseRows(rows, 4);
  ASSERT_EQ(chosen.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(chosen[i].row, i);
  EXPECT_EQ(chosen[2].why, "finding");
  EXPECT_EQ(chosen[3].why, "");
}

TEST(ChooseRows, TakesEqualPartsOfWorstBestAndTypical) {
  const auto chosen = ChooseRows(Rows(101), 9);
  EXPECT_EQ(Chosen(chosen, "worst"), (std::vector<std::size_t>{100, 99, 98}));
  EXPECT_EQ(Chosen(chosen, "best"), (std::vector<std::size_t>{0, 1, 2}));
  // The median of 101 is row 50.
  EXPECT_EQ(Chosen(chosen, "typical"), (std::vector<std::size_t>{50, 49, 51}));
}

TEST(ChooseRows, FindingsComeFirstButNotAlone) {
  std::vector<SampleRow> rows = Rows(100);
  for (std::size_t i = 10; i < 60; ++i) rows[i].remark = "failed";
  const auto chosen = ChooseRows(rows, 12);
  EXPECT_EQ(Chosen(chosen, "finding"), (std::vector<std::size_t>{10, 11, 12}));
  EXPECT_EQ(Chosen(chosen, "worst").size(), 3U);
  EXPECT_EQ(chosen.front().why, "finding");
}

TEST(ChooseRows, FillsUpWithRowsThatHaveNoScore) {
  std::vector<SampleRow> rows = Rows(10);
  for (std::size_t i = 2; i < 10; ++i) rows[i].score.reset();
  const auto chosen = ChooseRows(rows, 5);
  EXPECT_EQ(chosen.size(), 5U);
  EXPECT_EQ(Chosen(chosen, "not scored"), (std::vector<std::size_t>{2, 3, 4}));
}

TEST(ChooseRows, NoneTwiceAndNeverMore) {
  for (std::size_t most = 0; most < 60; ++most) {
    std::vector<SampleRow> rows = Rows(50);
    for (std::size_t i = 0; i < 50; i += 7) rows[i].remark = "x";
    const auto chosen = ChooseRows(rows, most);
    std::set<std::size_t> distinct;
    for (const ChosenRow& row : chosen) distinct.insert(row.row);
    EXPECT_EQ(chosen.size(), std::min<std::size_t>(most, 50));
    EXPECT_EQ(distinct.size(), chosen.size());
  }
}

}  // namespace
}  // namespace assay
