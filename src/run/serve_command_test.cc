#include "run/serve_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(PrepareServeCommand, WithAUrlTheCommandStandsAsItIs) {
  const auto serve = PrepareServeCommand("run --port {port}", {"http://h:1", "http://h:2"});
  ASSERT_TRUE(serve);
  EXPECT_EQ(serve->command, "run --port {port}");
  EXPECT_THAT(serve->base_urls, ElementsAre("http://h:1", "http://h:2"));
}

TEST(PrepareServeCommand, FindsAPort) {
  const auto serve = PrepareServeCommand("run -p {port} --x={port}", {});
  ASSERT_TRUE(serve) << serve.error().message;
  ASSERT_EQ(serve->base_urls.size(), 1u);
  EXPECT_THAT(serve->base_urls[0], StartsWith("http://127.0.0.1:"));
  const std::string port = serve->base_urls[0].substr(17);
  EXPECT_GT(std::stoi(port), 1023);
  EXPECT_EQ(serve->command, "run -p " + port + " --x=" + port);
}

TEST(PrepareServeCommand, StopsRatherThanGuessing) {
  const auto nowhere = PrepareServeCommand("run --port 8000", {});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(nowhere.error().message, HasSubstr("--base-url"));
  EXPECT_FALSE(PrepareServeCommand("  ", {"http://h:1"}));
}

TEST(WithoutSecret, IsGoneEverywhere) {
  EXPECT_EQ(WithoutSecret("a --api-key s3 s3s3", "s3"), "a --api-key *** ******");
  EXPECT_EQ(WithoutSecret("a", ""), "a");
}

}  // namespace
}  // namespace assay
