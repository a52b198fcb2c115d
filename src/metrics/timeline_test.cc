#include "metrics/timeline.h"

#include <vector>

#include <gtest/gtest.h>

#include "metrics/test_requests.h"

namespace assay {
namespace {

constexpr std::size_t kBins = 10;

// Due at 0 ms; sent, first and last token, done as given.
RequestRecord Request(std::uint64_t id, std::int64_t sent_ms, std::int64_t first_ms,
                      std::int64_t done_ms) {
  RequestRecord request = Issued(id, 0, 0, sent_ms);
  SetAnswer(request, {{first_ms, 1}, {done_ms, 3}}, done_ms);
  return request;
}

TEST(Timeline, CountsWhatArrivedAndWhatWasUnderWay) {
  const std::vector<RequestRecord> requests{Request(0, 0, 500, 1000), Request(1, 1000, 1500, 2000)};
  const auto timeline = TimelineOf(requests, TestRecord{}, kBins);
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->bin_ns, Ms(200));
  ASSERT_EQ(timeline->bins.size(), 10U);
  // One token at 0.5 s in the bin [0.4, 0.6) s: 5 tokens/s.
  EXPECT_DOUBLE_EQ(timeline->bins[2].output_tokens_per_s, 5.0);
  // Three at 1.0 s, which belongs to the bin after it.
  EXPECT_DOUBLE_EQ(timeline->bins[4].output_tokens_per_s, 0.0);
  EXPECT_DOUBLE_EQ(timeline->bins[5].output_tokens_per_s, 15.0);
  // Those at the end belong to the last bin.
  EXPECT_DOUBLE_EQ(timeline->bins[9].output_tokens_per_s, 15.0);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_DOUBLE_EQ(timeline->bins[i].running, 1.0) << i;
    EXPECT_DOUBLE_EQ(timeline->bins[i].waiting, i < 5 ? 1.0 : 0.0) << i;
  }
}

TEST(Timeline, TheLastBinIsAsLongAsTheTest) {
  // 2.1 s in bins of 0.5 s: the last one is 0.1 s long and has three tokens.
  const std::vector<RequestRecord> requests{Request(0, 0, 500, 2100)};
  const auto timeline = TimelineOf(requests, TestRecord{}, 5);
  ASSERT_TRUE(timeline);
  ASSERT_EQ(timeline->bins.size(), 5U);
  EXPECT_DOUBLE_EQ(timeline->bins[4].output_tokens_per_s, 30.0);
  EXPECT_DOUBLE_EQ(timeline->bins[4].running, 1.0);
}

TEST(Timeline, FailedRequestsRunButMakeNoTokens) {
  std::vector<RequestRecord> requests{Request(0, 0, 500, 1000)};
  requests[0].outcome.error = RequestError{"scripted", "asked for"};
  const auto timeline = TimelineOf(requests, TestRecord{}, kBins);
  ASSERT_TRUE(timeline);
  for (const TimelineBin& bin : timeline->bins) {
    EXPECT_DOUBLE_EQ(bin.output_tokens_per_s, 0.0);
    EXPECT_DOUBLE_EQ(bin.running, 1.0);
  }
}

TEST(Timeline, OneThatWasNeverSentWaitsUntilItsEnd) {
  std::vector<RequestRecord> requests{Request(0, 0, 500, 1000), Request(1, 0, 500, 1000)};
  requests[1].outcome.sent.reset();
  const auto timeline = TimelineOf(requests, TestRecord{}, kBins);
  ASSERT_TRUE(timeline);
  EXPECT_DOUBLE_EQ(timeline->bins[9].waiting, 1.0);
  EXPECT_DOUBLE_EQ(timeline->bins[9].running, 1.0);
}

TEST(Timeline, OfNothingIsAbsent) {
  EXPECT_FALSE(TimelineOf({}, TestRecord{}, kBins));
  EXPECT_FALSE(TimelineOf(std::vector<RequestRecord>{Issued(0, 0, 5, 5)}, TestRecord{}, kBins));
}

}  // namespace
}  // namespace assay
