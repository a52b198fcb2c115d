#include "dataset/near_duplicates.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "dataset/dataset.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

NearDuplicates Find(const std::vector<std::string>& articles) {
  const std::vector<std::string_view> views(articles.begin(), articles.end());
  return FindNearDuplicates(views);
}

// The definition, word for word, for texts of ASCII.
std::set<std::vector<std::string>> ShinglesOf(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalpha(byte) == 0) words.emplace_back();
    if (std::isalpha(byte) != 0) words.back() += static_cast<char>(std::tolower(byte));
  }
  std::erase(words, "");
  if (words.size() <= 5) return {words.empty() ? std::vector<std::string>{text} : words};
  std::set<std::vector<std::string>> shingles;
  for (auto it = words.begin(); it + 5 <= words.end(); ++it) shingles.emplace(it, it + 5);
  return shingles;
}

double JaccardOf(const std::set<std::vector<std::string>>& a,
                 const std::set<std::vector<std::string>>& b) {
  const auto common =
      std::count_if(a.begin(), a.end(), [&](const auto& shingle) { return b.contains(shingle); });
  return static_cast<double>(common) /
         (static_cast<double>(a.size() + b.size()) - static_cast<double>(common));
}

TEST(NearDuplicates, AreNoneAmongNone) {
  const NearDuplicates found = Find({});
  EXPECT_EQ(found.articles, 0U);
  EXPECT_EQ(found.share, std::nullopt);
  EXPECT_EQ(found.boilerplate_share, std::nullopt);
  EXPECT_TRUE(found.clusters.empty());
}

TEST(NearDuplicates, IgnoreCountersCaseAndPunctuation) {
  const NearDuplicates found = Find({"Unit 7 of the 2 engines, was moved; to hall B3.",
                                     "An article on quite another matter than the others.",
                                     "UNIT 12345 of the engines was moved to \"hall b\"",
                                     "Unit 7 of the 2 engines, was moved; to hall B3."});
  ASSERT_EQ(found.clusters.size(), 1U);
  EXPECT_THAT(found.clusters[0].articles, ElementsAre(0, 2, 3));
  EXPECT_EQ(found.clusters[0].least_similarity, 1);
  EXPECT_EQ(found.exact_copies, 1U);
  EXPECT_EQ(found.near_duplicates, 3U);
  EXPECT_THAT(found.share, Optional(0.75));
}

TEST(NearDuplicates, BeginAtFourFifthsInCommon) {
  // Twelve words are eight shingles. Two words behind them: eight common of ten. Three: of eleven.
  const std::string twelve = "a b c d e f g h i j k l";
  const NearDuplicates found =
      Find({twelve, twelve + " m n", twelve + " o p q", "w x y z w x y z"});
  ASSERT_EQ(found.clusters.size(), 1U);
  EXPECT_THAT(found.clusters[0].articles, ElementsAre(0, 1));
  EXPECT_DOUBLE_EQ(found.clusters[0].least_similarity, 0.8);
  // 8 + 10 + 11 + 4 shingles, of which eight occur in three of the four articles.
  EXPECT_THAT(found.boilerplate_share, Optional(24.0 / 33.0));
}

TEST(NearDuplicates, AreFoundThroughALaterMember) {
  // 22 words are 18 shingles. The third article shares 16 of 20 with the second, but only 14 of 22
  // with the first, which opened the cluster.
  const NearDuplicates found = Find({"a b c d e f g h i j k l m n o p q r s t u v",
                                     "c d e f g h i j k l m n o p q r s t u v w x",
                                     "e f g h i j k l m n o p q r s t u v w x y z"});
  ASSERT_EQ(found.clusters.size(), 1U);
  EXPECT_THAT(found.clusters[0].articles, ElementsAre(0, 1, 2));
  EXPECT_DOUBLE_EQ(found.clusters[0].least_similarity, 0.8);
}

TEST(NearDuplicates, CompareShortAndWordlessArticles) {
  const NearDuplicates found =
      Find({"One two", "12 34", "one, two 3", "12 34", "56 78", "two one"});
  ASSERT_EQ(found.clusters.size(), 2U);
  EXPECT_THAT(found.clusters[0].articles, ElementsAre(0, 2));
  EXPECT_THAT(found.clusters[1].articles, ElementsAre(1, 3));
  EXPECT_EQ(found.exact_copies, 1U);
}

// Windows on one stream of words, some with a word replaced: many pairs lie close to the threshold.
std::vector<std::string> RandomArticles(std::mt19937& random) {
  const auto below = [&random](std::size_t n) { return random() % n; };
  const auto word = [&] { return std::string(1 + below(2), static_cast<char>('a' + below(26))); };
  std::vector<std::string> stream(120);
  std::generate(stream.begin(), stream.end(), word);
  std::vector<std::string> articles(40);
  for (std::string& article : articles) {
    const std::size_t begin = below(80);
    const std::size_t end = begin + 1 + below(40);
    const std::size_t replaced = below(3) == 0 ? begin + below(end - begin) : end;
    for (std::size_t i = begin; i < end; ++i) article += (i == replaced ? word() : stream[i]) + " ";
  }
  return articles;
}

TEST(NearDuplicates, AgreeWithTheDefinition) {
  std::mt19937 random(20240607);
  std::size_t near_duplicates = 0;
  for (int round = 0; round < 10; ++round) {
    const std::vector<std::string> articles = RandomArticles(random);
    const NearDuplicates found = Find(articles);
    const std::size_t none = found.clusters.size();
    std::vector<std::size_t> cluster_of(articles.size(), none);
    for (std::size_t c = 0; c < found.clusters.size(); ++c) {
      for (const auto i : found.clusters[c].articles) {
        ASSERT_EQ(cluster_of[i], none) << "article " << i << " is in two clusters";
        cluster_of[i] = c;
      }
    }
    std::vector<std::set<std::vector<std::string>>> shingles(articles.size());
    std::transform(articles.begin(), articles.end(), shingles.begin(), ShinglesOf);
    for (std::size_t i = 0; i < articles.size(); ++i) {
      bool has_near_duplicate = false;
      bool has_one_in_its_cluster = false;
      for (std::size_t k = 0; k < articles.size(); ++k) {
        if (k == i || JaccardOf(shingles[i], shingles[k]) < 0.8) continue;
        has_near_duplicate = true;
        has_one_in_its_cluster = has_one_in_its_cluster || cluster_of[i] == cluster_of[k];
      }
      EXPECT_EQ(cluster_of[i] != none, has_near_duplicate) << articles[i];
      EXPECT_EQ(cluster_of[i] != none, has_one_in_its_cluster) << articles[i];
    }
    near_duplicates += found.near_duplicates;
  }
  // Neither all nor nothing: the texts are what they should be.
  EXPECT_GT(near_duplicates, 50U);
  EXPECT_LT(near_duplicates, 350U);
}

// Data that is not part of this repository; it lies beside a checkout where there is any.
fs::path Shared(const fs::path& name) {
  return fs::path(ASSAY_SHARED_DIR) / "data" / name;
}

NearDuplicates FindIn(const fs::path& path) {
  const auto dataset = LoadDataset(path);
  if (!dataset) {
    ADD_FAILURE() << dataset.error().message;
    return {};
  }
  std::vector<std::string_view> articles;
  for (const Sample& sample : dataset->samples) articles.push_back(sample.article);
  return FindNearDuplicates(articles);
}

TEST(NearDuplicates, AreAllOfATemplateWithACounter) {
  const fs::path path = Shared("seed-report");
  if (!fs::exists(path)) GTEST_SKIP() << "needs " << path;
  const NearDuplicates found = FindIn(path);
  EXPECT_EQ(found.articles, 100U);
  EXPECT_EQ(found.exact_copies, 0U);
  ASSERT_EQ(found.clusters.size(), 1U);
  EXPECT_EQ(found.clusters[0].articles.size(), 100U);
  EXPECT_EQ(found.clusters[0].least_similarity, 1);
  EXPECT_THAT(found.share, Optional(1.0));
  EXPECT_THAT(found.boilerplate_share, Optional(1.0));
}

TEST(NearDuplicates, AreNoneAmongFiftyRealArticles) {
  const fs::path path = Shared("cnndm-validation-50/cnndm-validation-50.jsonl");
  if (!fs::exists(path)) GTEST_SKIP() << "needs " << path;
  const NearDuplicates found = FindIn(path);
  EXPECT_EQ(found.articles, 50U);
  EXPECT_TRUE(found.clusters.empty());
  EXPECT_THAT(found.share, Optional(0.0));
  EXPECT_THAT(found.boilerplate_share, Optional(0.0));
}

}  // namespace
}  // namespace assay
