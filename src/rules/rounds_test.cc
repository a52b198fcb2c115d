#include "rules/rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/finding.h"

#include "base/format.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

TEST(Rounds, EachIsFoundByNameAndSeeds) {
  ASSERT_EQ(AllRounds().size(), 3U);
  for (const RoundRules& round : AllRounds()) {
    EXPECT_EQ(*ParseRound(round.name), round.round);
    EXPECT_EQ(RoundOfSeeds(round.seeds), round.round);
    EXPECT_EQ(RulesOf(round.round).name, round.name);
    LoadgenSeeds other = round.seeds;
    ++other.schedule;
    EXPECT_EQ(RoundOfSeeds(other), std::nullopt);
  }
}

TEST(Rounds, EarlierRoundsAreRefusedWithTheReason) {
  for (const std::string name : {"v5.0", "v4.1", "v3.0"}) {
    const auto round = ParseRound(name);
    ASSERT_FALSE(round.has_value());
    EXPECT_THAT(round.error().message, HasSubstr("has no benchmark llama3.1-8b"));
    EXPECT_THAT(round.error().message, HasSubstr("v5.1, v6.0, v6.1"));
  }
  for (const std::string name : {"", "6.1", "v7.0", "v", "v6.1 "}) {
    const auto round = ParseRound(name);
    ASSERT_FALSE(round.has_value()) << name;
    EXPECT_THAT(round.error().message, HasSubstr("are not known; accepted: v5.1, v6.0, v6.1"));
  }
}

TEST(Rounds, SeedsOfALogAreExactOrAbsent) {
  const auto line = [](std::string_view key, std::uint64_t value) {
    return fmt::format(R"(:::MLLOG {{"key": "{}", "value": {}, "time_ms": 0.1, "metadata": )"
                       R"({{"is_error": false, "is_warning": false}}}})"
                       "\n",
                       key, value);
  };
  const std::string two = line("effective_qsl_rng_seed", 1780908523862526354U) +
                          line("effective_sample_index_rng_seed", 14771362308971278857U);
  EXPECT_EQ(SeedsOf(LoadgenDetailLog::Parse(two)), std::nullopt);
  const auto log =
      LoadgenDetailLog::Parse(two + line("effective_schedule_rng_seed", 18209322760996052031U));
  ASSERT_TRUE(SeedsOf(log).has_value());
  EXPECT_EQ(RoundOfSeeds(*SeedsOf(log)), Round::kV51);
  // The nearest double of the last seed is another number.
  EXPECT_NE(SeedsOf(log)->schedule, static_cast<std::uint64_t>(18209322760996052031.0));
}

TEST(Rounds, LoadgenReleasesBelongToOneRound) {
  EXPECT_EQ(ParseLoadgenRelease("6.0.17 @ NA"), (LoadgenRelease{6, 0, 17}));
  EXPECT_EQ(ParseLoadgenRelease("5.1.0 @ c57507b122"), (LoadgenRelease{5, 1, 0}));
  for (const std::string bad : {"", "6", "6.0", "6.0.", "v6.0.17", "6.0.x"}) {
    EXPECT_EQ(ParseLoadgenRelease(bad), std::nullopt) << bad;
  }
  const auto rounds_of = [](const LoadgenRelease& release) {
    std::vector<Round> rounds;
    for (const RoundRules& round : AllRounds()) {
      if (IsOfRound(release, round)) rounds.push_back(round.round);
    }
    return rounds;
  };
  EXPECT_THAT(rounds_of({5, 1, 0}), testing::ElementsAre(Round::kV51));
  EXPECT_THAT(rounds_of({6, 0, 5}), testing::ElementsAre(Round::kV60));
  EXPECT_THAT(rounds_of({6, 0, 17}), testing::ElementsAre(Round::kV61));
  EXPECT_THAT(rounds_of({5, 0, 1}), testing::IsEmpty());
}

TEST(Rounds, BenchmarksAndScenarios) {
  EXPECT_EQ(BenchmarkOfDirectory("llama3_1-8b-edge"), BenchmarkId::kLlama31_8bEdge);
  EXPECT_EQ(BenchmarkOfDirectory("llama3.1-8b"), BenchmarkId::kLlama31_8b);
  EXPECT_EQ(BenchmarkOfDirectory("llama3.1-8b-interactive"), std::nullopt);
  const BenchmarkRules& edge = RulesOf(RulesOf(Round::kV61), BenchmarkId::kLlama31_8bEdge);
  EXPECT_EQ(edge.sample_count, 5000U);
  EXPECT_EQ(RulesOf(edge, Scenario::kServer), nullptr);
  const BenchmarkRules& datacenter = RulesOf(RulesOf(Round::kV51), BenchmarkId::kLlama31_8b);
  const ScenarioRules* interactive = RulesOf(datacenter, Scenario::kInteractive);
  ASSERT_NE(interactive, nullptr);
  EXPECT_EQ(interactive->ttft_limit_ns, 500'000'000U);
  EXPECT_EQ(interactive->loadgen_scenario, "Server");
}

TEST(VerdictOf, ErrorsFirstThenComparability) {
  Finding note;
  Finding warning;
  warning.severity = Severity::kWarning;
  Finding other_data = note;
  other_data.comparability = true;
  Finding error;
  error.severity = Severity::kError;
  EXPECT_EQ(VerdictOf({}), Verdict::kValid);
  EXPECT_EQ(VerdictOf({note, warning}), Verdict::kValid);
  EXPECT_EQ(VerdictOf({note, other_data}), Verdict::kNotComparable);
  EXPECT_EQ(VerdictOf({other_data, error}), Verdict::kInvalid);
}

}  // namespace
}  // namespace assay
