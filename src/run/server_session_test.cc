#include "run/server_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/format.h"

namespace assay {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A server that the test pretends to be: it answers once the file "up" is in the run's directory.
class ServerSessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(::testing::TempDir()) /
           ("server_session_" + std::to_string(getpid()) +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  [[nodiscard]] ServerSession::Options Options(const std::string& command) const {
    return {.command = command.empty() ? "" : "cd '" + dir_.string() + "' && " + command,
            .run_dir = dir_,
            .recorded_command = "recorded",
            .endpoints = {{"http://h:1",
                           [up = dir_ / "up"](const std::string& path) -> Result<HttpAnswer> {
                             if (!fs::exists(up)) {
                               return MakeError(ErrorCode::kUnavailable, "connection refused");
                             }
                             return HttpAnswer{path == "/health" ? 200 : 404, ""};
                           }}},
            .ready_timeout = std::chrono::seconds(10),
            .pause = [] {
              usleep(10'000);
              return false;
            }};
  }

  fs::path dir_;
};

TEST_F(ServerSessionTest, StartsWaitsAsksAndStops) {
  ServerSession session(
      Options("sleep 0.1; echo 'vLLM API server version 0.32.0'; touch up; sleep 1000"));
  const Status ready = session.Begin();
  ASSERT_TRUE(ready) << ready.error().message;
  ASSERT_EQ(session.record().endpoints.size(), 1u);
  EXPECT_EQ(session.record().endpoints[0].url, "http://h:1");
  EXPECT_GE(session.record().started->ready_seconds.value_or(0.0), 0.1);
  EXPECT_EQ(session.record().started->command, "recorded");
  EXPECT_EQ(session.Lost(), std::nullopt);
  const ServerRecord& record = session.End();
  EXPECT_EQ(record.started->end, ServerEnd::kStopped);
  ASSERT_EQ(record.started->log_facts.size(), 1u);
  EXPECT_EQ(record.started->log_facts[0].second, "0.32.0");
}

TEST_F(ServerSessionTest, AServerThatEndsBeforeItIsReadyShowsItsLastLines) {
  ServerSession session(Options("echo no such model; exit 7"));
  const Status ready = session.Begin();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(ready.error().message, HasSubstr("exit code 7 before it was ready"));
  EXPECT_THAT(ready.error().message, EndsWith("\nno such model"));
  EXPECT_EQ(session.record().started->exit_code, 7);
  EXPECT_EQ(session.record().started->ready_seconds, std::nullopt);
}

TEST_F(ServerSessionTest, IsNotWaitedForLongerThanAsked) {
  ServerSession::Options options = Options("sleep 1000");
  options.ready_timeout = std::chrono::milliseconds(100);
  ServerSession session(std::move(options));
  const Status ready = session.Begin();
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message, HasSubstr("http://h:1: not ready within 0 s"));
  EXPECT_EQ(session.record().started->end, ServerEnd::kStopped);
}

TEST_F(ServerSessionTest, AnotherServerInItsPlaceIsNotMistakenForIt) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "up", ""));
  ServerSession session(Options("sleep 1000"));
  const Status ready = session.Begin();
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message, HasSubstr("answers there already"));
  EXPECT_FALSE(session.record().started);
}

TEST_F(ServerSessionTest, ASignalEndsTheWaiting) {
  ServerSession::Options options = Options("sleep 1000");
  options.pause = [] { return true; };
  ServerSession session(std::move(options));
  const Status ready = session.Begin();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, ErrorCode::kInterrupted);
}

TEST_F(ServerSessionTest, ALostServerIsTold) {
  ServerSession session(Options("touch up; sleep 0.2; exit 5"));
  ASSERT_TRUE(session.Begin());
  std::optional<std::string> lost;
  for (int i = 0; i < 1000 && !lost; ++i) {
    usleep(10'000);
    lost = session.Lost();
  }
  EXPECT_EQ(lost, "--serve: the server ended: exit code 5");
  EXPECT_EQ(session.End().started->end, ServerEnd::kByItself);
}

TEST_F(ServerSessionTest, AServerOfSomebodyElseIsOnlyAsked) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "up", ""));
  ServerSession session(Options(""));
  ASSERT_TRUE(session.Begin());
  EXPECT_FALSE(session.record().started);
  EXPECT_EQ(session.Lost(), std::nullopt);
  EXPECT_EQ(session.End().endpoints.size(), 1u);
}

}  // namespace
}  // namespace assay

// Also the program that is started again as a server's keeper.
int main(int argc, char** argv) {
  if (const auto code = assay::RunAsKeeper(argc, argv)) return *code;
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
