#include "dataset/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the reader makes of a file with as many well-formed records as the official one.
Dataset LooksLike(const OfficialFile& official) {
  Dataset dataset;
  dataset.path = official.name;
  dataset.format = DatasetFormat::kMlcommonsJson;
  dataset.samples.resize(official.samples);
  for (Sample& sample : dataset.samples) sample.prompt_ids = {128000};
  dataset.instructions = dataset.benchmark_instructions = official.samples;
  dataset.sha256 = std::string(64, '0');
  return dataset;
}

TEST(OfficialSet, HasTheNamesOfTheRecord) {
  EXPECT_EQ(Name(OfficialSet::kCnnDailyMailValidation13368), "cnn_dailymail-validation-13368");
  EXPECT_EQ(Name(OfficialSet::kEdge5000), "edge-5000");
  EXPECT_EQ(Name(OfficialSet::kNone), "none");
}

TEST(IdentityOf, NeedsTheOfficialBytes) {
  for (const OfficialFile& official : OfficialFiles()) {
    Dataset dataset = LooksLike(official);
    const DatasetIdentity alike = IdentityOf(dataset);
    EXPECT_EQ(alike.set, OfficialSet::kNone);
    EXPECT_THAT(alike.reasons, ElementsAre("its SHA-256 is neither that of cnn_eval.json nor of "
                                           "sample_cnn_eval_5000.json"));

    dataset.sha256 = official.sha256;
    EXPECT_EQ(IdentityOf(dataset).set, official.set);
    EXPECT_THAT(IdentityOf(dataset).reasons, IsEmpty());

    dataset.samples.pop_back();
    EXPECT_EQ(IdentityOf(dataset).set, OfficialSet::kNone);
    EXPECT_THAT(IdentityOf(dataset).reasons, ::testing::Contains(HasSubstr("it holds")));
  }
}

TEST(IdentityOf, TellsTheTwoFilesApart) {
  Dataset dataset = LooksLike(OfficialFiles()[0]);
  dataset.sha256 = OfficialFiles()[1].sha256;
  EXPECT_EQ(IdentityOf(dataset).set, OfficialSet::kNone);
  EXPECT_THAT(IdentityOf(dataset).reasons,
              ElementsAre("it holds 13368 samples; cnn_eval.json holds 13368, "
                          "sample_cnn_eval_5000.json 5000"));
}

TEST(IdentityOf, GivesEachReason) {
  const auto dataset = ParseDataset("{\"article\": \"A\", \"highlights\": \"S\"}", "f");
  ASSERT_TRUE(dataset.has_value());
  EXPECT_THAT(IdentityOf(*dataset).reasons,
              ElementsAre(HasSubstr("its SHA-256 is neither"),
                          "it holds 1 samples; cnn_eval.json holds 13368, "
                          "sample_cnn_eval_5000.json 5000",
                          "its layout is not the MLCommons JSON layout",
                          "0 of its 1 records carry the benchmark's template",
                          "0 of its 1 records bring prompt token ids"));
}

}  // namespace
}  // namespace assay
