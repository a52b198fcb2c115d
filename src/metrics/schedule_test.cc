#include "metrics/schedule.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/test_requests.h"

namespace assay {
namespace {

using ::testing::ElementsAre;

TEST(RecoverSchedule, OriginIsTheSmallestIssueTimeLessOffset) {
  // 1007 - 0, 1052 - 50, 1105 - 100: the second was issued with the least delay.
  const std::vector<RequestRecord> requests{Issued(0, 0, 1007, 1007), Issued(1, 50, 1052, 1052),
                                            Issued(2, 100, 1105, 1105)};
  const Schedule s = RecoverSchedule(requests, Ms(999));
  EXPECT_EQ(s.origin_ns, Ms(1002));
  EXPECT_EQ(s.origin_width_ns, Ms(3));
  EXPECT_TRUE(s.has_offsets);
  EXPECT_FALSE(s.contradictory);
  EXPECT_THAT(s.scheduled_ns, ElementsAre(Ms(1002), Ms(1052), Ms(1102)));
}

TEST(RecoverSchedule, WithoutOffsetsARequestIsDueWhenItIsIssued) {
  const std::vector<RequestRecord> requests{Issued(1, std::nullopt, 40, 40),
                                            Issued(0, std::nullopt, 10, 10)};
  const Schedule s = RecoverSchedule(requests, Ms(4));
  EXPECT_THAT(s.scheduled_ns, ElementsAre(Ms(40), Ms(10)));
  EXPECT_FALSE(s.has_offsets);
  EXPECT_EQ(s.origin_ns, Ms(10));
  EXPECT_EQ(s.origin_width_ns, Ms(6));
}

TEST(RecoverSchedule, OfflineRequestsAreAllDueAtTheOrigin) {
  const std::vector<RequestRecord> requests{Issued(0, 0, 10, 10), Issued(1, 0, 12, 12)};
  EXPECT_THAT(RecoverSchedule(requests, std::nullopt).scheduled_ns, ElementsAre(Ms(10), Ms(10)));
  EXPECT_EQ(RecoverSchedule(requests, std::nullopt).origin_width_ns, std::nullopt);
}

TEST(RecoverSchedule, ABoundAfterTheFirstIssueContradicts) {
  const std::vector<RequestRecord> requests{Issued(0, 0, 10, 10)};
  const Schedule s = RecoverSchedule(requests, Ms(11));
  EXPECT_TRUE(s.contradictory);
  EXPECT_EQ(s.origin_width_ns, std::nullopt);
}

TEST(RecoverSchedule, OfNothingHasNoOrigin) {
  const Schedule s = RecoverSchedule({}, Ms(1));
  EXPECT_EQ(s.origin_ns, std::nullopt);
  EXPECT_EQ(s.origin_width_ns, std::nullopt);
  EXPECT_TRUE(s.scheduled_ns.empty());
}

TEST(Elapsed, StaysWithinTheType) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Elapsed(3, 10), 7);
  EXPECT_EQ(Elapsed(-1, kMax), kMax);
  EXPECT_EQ(Elapsed(1, kMin), kMin);
}

}  // namespace
}  // namespace assay
