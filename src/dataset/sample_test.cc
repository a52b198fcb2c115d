// The bundled sample is what data/sample/README.md says of it.

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "dataset/bundled_sample.h"
#include "dataset/dataset.h"
#include "dataset/dataset_info.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

const Dataset& Bundled() {
  static const Dataset dataset = [] {
    const auto path = BundledSamplePath();
    if (!path) throw std::runtime_error(path.error().message);
    auto loaded = LoadDataset(*path);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(loaded).value();
  }();
  return dataset;
}

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::vector<std::string> LowerCaseWords(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (IsAlnum(c)) words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!IsAlnum(c) && !words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::set<std::string> RunsOfTwelve(std::string_view text) {
  const std::vector<std::string> words = LowerCaseWords(text);
  std::set<std::string> runs;
  for (std::size_t i = 0; i + 12 <= words.size(); ++i) {
    std::string run;
    for (std::size_t k = i; k < i + 12; ++k) run.append(words[k]).append(" ");
    runs.insert(run);
  }
  return runs;
}

// "31,000" and "8.8" are one number each; the full stop of a sentence is not part of one.
std::set<std::string> Numbers(std::string_view text) {
  std::set<std::string> numbers;
  std::string number;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    const bool is_inside = (c == ',' || c == '.' || c == ':') && !number.empty() &&
                           i + 1 < text.size() && IsDigit(text[i + 1]);
    if (IsDigit(c) || is_inside) {
      number += c;
    } else if (!number.empty()) {
      numbers.insert(number);
      number.clear();
    }
  }
  return numbers;
}

TEST(BundledSampleData, HasShortArticlesWithThreeOrFourHighlights) {
  EXPECT_GE(Bundled().samples.size(), 24U);
  EXPECT_EQ(Bundled().format, DatasetFormat::kJsonl);
  for (const Sample& sample : Bundled().samples) {
    SCOPED_TRACE(sample.id);
    EXPECT_NE(sample.id, "");
    EXPECT_THAT(LowerCaseWords(sample.article).size(), AllOf(Ge(300U), Le(700U)));
    EXPECT_THAT(std::count(sample.reference.begin(), sample.reference.end(), '\n'),
                AllOf(Ge(2), Le(3)));
    EXPECT_EQ(sample.reference.find("\n\n"), std::string::npos);
    EXPECT_EQ(sample.reference.back(), '.');
    EXPECT_EQ(sample.article.find('\n'), std::string::npos);
  }
}

TEST(BundledSampleData, SharesNoRunOfTwelveWords) {
  std::map<std::string, std::string> first_seen;
  for (const Sample& sample : Bundled().samples) {
    for (const std::string& run : RunsOfTwelve(sample.article)) {
      const auto [it, is_new] = first_seen.emplace(run, sample.id);
      EXPECT_TRUE(is_new) << sample.id << " and " << it->second << " share: " << run;
    }
  }
  const DatasetInfo info = DescribeDataset(Bundled());
  EXPECT_THAT(info.near_duplicates.clusters, IsEmpty());
  EXPECT_EQ(info.identity.set, OfficialSet::kNone);
}

TEST(BundledSampleData, BacksEveryNumberInTheHighlights) {
  for (const Sample& sample : Bundled().samples) {
    const std::set<std::string> in_article = Numbers(sample.article);
    for (const std::string& number : Numbers(sample.reference)) {
      EXPECT_TRUE(in_article.contains(number)) << sample.id << ": " << number;
    }
  }
}

TEST(BundledSampleData, IsNotTakenFromCnnDailyMail) {
  const fs::path path =
      fs::path(ASSAY_SHARED_DIR) / "data/cnndm-validation-50/cnndm-validation-50.jsonl";
  if (!fs::exists(path)) GTEST_SKIP() << "needs " << path;
  const auto theirs = LoadDataset(path);
  ASSERT_TRUE(theirs.has_value()) << theirs.error().message;
  std::set<std::string> runs;
  for (const Sample& sample : theirs->samples) runs.merge(RunsOfTwelve(sample.article));
  ASSERT_GT(runs.size(), 10000U);
  for (const Sample& sample : Bundled().samples) {
    for (const std::string& run : RunsOfTwelve(sample.article)) {
      EXPECT_FALSE(runs.contains(run)) << sample.id << ": " << run;
    }
  }
}

TEST(BundledSampleData, TestReadsNumbersWhole) {
  EXPECT_THAT(Numbers("In 1996, 31,000 of 8.8 at 9:05, and 7."),
              ::testing::ElementsAre("1996", "31,000", "7", "8.8", "9:05"));
}

}  // namespace
}  // namespace assay
