#include "cli/progress.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using std::chrono::seconds;

TEST(ProgressLine, ShowsRateAndTimeLeft) {
  LoadCounters counters;
  counters.issued = 28;
  counters.completed = 11;
  counters.failed = 1;
  counters.tokens = 1100;
  EXPECT_EQ(ProgressLine("performance", counters, 28, seconds(4)),
            "performance  12/28 done, 16 running, 1 failed, 3.00 req/s, 275 tok/s, 6 s left");
}

TEST(ProgressLine, ClaimsNoRateBeforeSomethingEnded) {
  LoadCounters counters;
  counters.issued = 3;
  EXPECT_EQ(ProgressLine("accuracy", counters, std::nullopt, seconds(4)),
            "accuracy  0 done, 3 running, 0 failed");
}

}  // namespace
}  // namespace assay
