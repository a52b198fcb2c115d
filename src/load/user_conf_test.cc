#include "load/user_conf.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ParseUserConf, ReadsAssignmentsAndComments) {
  const auto entries = ParseUserConf(
      "# a comment\n\nllama3_1-8b.Server.target_qps = 2.5\r\n*.Offline.min_duration = 600000\n"
      "llama3.1-8b.*.min_query_count = 7",
      "user.conf");
  ASSERT_TRUE(entries.has_value()) << entries.error().message;
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].model, "llama3_1-8b");
  EXPECT_EQ((*entries)[0].scenario, "Server");
  EXPECT_EQ((*entries)[0].key, "target_qps");
  EXPECT_EQ((*entries)[0].value, "2.5");
  EXPECT_EQ((*entries)[0].line, 3U);
  EXPECT_EQ((*entries)[2].model, "llama3.1-8b");
}

struct Bad {
  const char* text;
  const char* message_part;
};

class UserConfFaults : public testing::TestWithParam<Bad> {};

TEST_P(UserConfFaults, AreNamedWithFileAndLine) {
  const auto entries =
      ParseUserConf(std::string("# first line\n") + GetParam().text + "\n", "user.conf");
  ASSERT_FALSE(entries.has_value());
  EXPECT_EQ(entries.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(entries.error().message.find("user.conf:2: "), 0U) << entries.error().message;
  EXPECT_NE(entries.error().message.find(GetParam().message_part), std::string::npos)
      << entries.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, UserConfFaults,
    testing::Values(Bad{"*.Server.target_qps=1", "needs a blank on each side"},
                    Bad{"#glued comment", "needs a blank after its"},
                    Bad{"*.Server.target_qps = 1 # why", "stands behind the value"},
                    Bad{"*.Server.target_qps =", "expected \"model.scenario.key = value\""},
                    Bad{"target_qps = 1", "expected \"model.scenario.key = value\""},
                    Bad{"*.Server.performance_sample_count = 5", "unknown key"},
                    Bad{"*.*.qsl_rng_seed = 5", "mlperf.conf only"},
                    Bad{"*.Offline.min_duration = 6e5", "must be a whole number"},
                    Bad{"*.Offline.min_duration = 18446744073709551616", "of 64 bits"},
                    Bad{"*.Offline.min_duration = -5", "must be a whole number"},
                    Bad{"*.Offline.min_duration = 0600000", "leading 0 as octal"},
                    Bad{"*.Server.target_qps = fast", "must be a number"},
                    Bad{"*.Server.target_qps = inf", "must be a number"},
                    Bad{"*.Server.target_qps = -1", "must be a number"},
                    Bad{"*.Interactive.target_qps = 1", "is none of LoadGen's"}));

TEST(ValueOf, TakesTheEntryThatLoadgenTakes) {
  const auto entries = ParseUserConf(
      "llama3_1-8b.Server.target_qps = 5\n*.*.target_qps = 1\n*.Server.target_qps = 2\n"
      "llama3_1-8b.*.target_qps = 3\nllama3_1-8b.Server.target_qps = 6\n",
      "user.conf");
  ASSERT_TRUE(entries.has_value());
  EXPECT_EQ(ValueOf(*entries, "llama3_1-8b", "Server", "target_qps"), "6");
  EXPECT_EQ(ValueOf(*entries, "other", "Server", "target_qps"), "2");
  EXPECT_EQ(ValueOf(*entries, "llama3_1-8b", "Offline", "target_qps"), "3");
  EXPECT_EQ(ValueOf(*entries, "other", "Offline", "target_qps"), "1");
  EXPECT_EQ(ValueOf(*entries, "other", "Offline", "min_duration"), std::nullopt);
}

}  // namespace
}  // namespace assay
