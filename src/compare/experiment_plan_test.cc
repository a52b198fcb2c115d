#include "compare/experiment_plan.h"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;

TEST(ExperimentPlan, EveryVariantOnceInEachRoundAndAtEachPlaceEquallyOften) {
  const auto plan = MakePlan({"model=a,b,c"}, 6, {});
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->runs.size(), 18U);
  std::map<std::pair<std::size_t, std::size_t>, int> at_place;
  std::map<std::pair<std::size_t, std::size_t>, int> follows;
  std::set<std::string> directories;
  for (std::size_t i = 0; i < plan->runs.size(); ++i) {
    const PlannedRun& run = plan->runs[i];
    EXPECT_EQ(run.round, i / 3);
    ++at_place[{run.variant, i % 3}];
    if (i % 3 > 0) ++follows[{plan->runs[i - 1].variant, run.variant}];
    EXPECT_TRUE(directories.insert(run.directory).second);
  }
  EXPECT_EQ(at_place.size(), 9U);
  for (const auto& [place, count] : at_place) EXPECT_EQ(count, 2);
  EXPECT_EQ(follows.size(), 6U);
  for (const auto& [pair, count] : follows) EXPECT_EQ(count, 2);
}

TEST(ExperimentPlan, SeveralAxesAreCrossedAndPathsShortened) {
  const auto plan = MakePlan({"model=/m/F16.gguf,/m/F32.gguf", "slots=1,4"}, 1, {"--samples", "8"});
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->variants.size(), 4U);
  EXPECT_EQ(plan->variants[1].name, "model=F16,slots=4");
  EXPECT_THAT(plan->variants[1].options, ElementsAre("--model", "/m/F16.gguf", "--slots", "4"));
  EXPECT_EQ(plan->runs[1].directory, "model=F16,slots=4/01");
}

TEST(ExperimentPlan, FoldersOfTheSameNameAreToldApart) {
  const auto plan = MakePlan({"model=/a/F16.gguf,/b/F16.gguf"}, 1, {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->variants[0].name, "model=F16");
  EXPECT_EQ(plan->variants[1].name, "model=F16_2");
}

TEST(ExperimentPlan, RefusesWhatIsNoPlan) {
  for (const char* vary : {"model", "=a,b", "model=", "model=a,,b", "model=a,a", "model=a",
                           "--model=a,b", "output=a,b"}) {
    EXPECT_FALSE(MakePlan({vary}, 2, {}).has_value()) << vary;
  }
}

}  // namespace
}  // namespace assay
