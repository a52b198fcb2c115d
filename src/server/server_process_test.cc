#include "server/server_process.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/process_tree.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr const char* kVerb = "keep-server";

// Waits for what another process does, ten seconds at most.
template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

bool IsAlive(pid_t pid) {
  const Result<std::string> stat = ReadFile("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return false;
  const Result<ProcessEntry> entry = ParseProcStat(*stat);
  return entry && !entry->zombie;
}

class ServerProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::path(::testing::TempDir()) /
           ("server_process_" + std::to_string(getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  // Orphans of one test, which fall to this process, are not for the next.
  void TearDown() override {
    EXPECT_TRUE(Eventually([] {
      while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
      return Descendants(getpid()).empty();
    }));
    fs::remove_all(dir_);
  }

  [[nodiscard]] Result<ServerProcess> Start(const std::string& command) const {
    return ServerProcess::Start(command, dir_ / "server.log", kVerb);
  }
  // Numbers that the command wrote into a file, a line each, once there are `count`.
  [[nodiscard]] std::vector<pid_t> Pids(std::size_t count) const {
    std::vector<pid_t> pids;
    EXPECT_TRUE(Eventually([&] {
      pids.clear();
      std::ifstream file(dir_ / "pids");
      for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
      return pids.size() >= count;
    }));
    return pids;
  }
  // A server that forks: a child, a grandchild, and one that left session and parent behind; all
  // deaf to SIGTERM where `deaf`.
  [[nodiscard]] std::string Forking(bool deaf) const {
    const std::string trap = deaf ? "trap '' TERM; " : "";
    return "cd '" + dir_.string() + "'; " + trap +
           "(echo $$ >> pids; sh -c 'echo $$ >> pids; sleep 1000; true' & "
           "setsid sh -c 'echo $$ >> pids; while :; do sleep 1; done' & sleep 1000); true";
  }

  fs::path dir_;
};

TEST_F(ServerProcessTest, KeepsTheLogAndTheExitCode) {
  auto server = Start("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(server) << server.error().message;
  ASSERT_TRUE(Eventually([&] { return server->Look().end == ServerEnd::kByItself; }));
  EXPECT_EQ(server->EndText(), "the server ended: exit code 3");
  const StartedServer& record = server->Stop();
  EXPECT_EQ(record.end, ServerEnd::kByItself);
  EXPECT_EQ(record.exit_code, 3);
  EXPECT_EQ(record.signal, std::nullopt);
  EXPECT_EQ(record.log, "server.log");
  EXPECT_GT(record.pid, 0);
  EXPECT_EQ(*ReadFile(dir_ / "server.log"), "out\nerr\n");
}

TEST_F(ServerProcessTest, StopsAServerThatListensToSigterm) {
  auto server = Start(Forking(false));
  ASSERT_TRUE(server);
  const std::vector<pid_t> pids = Pids(3);
  EXPECT_EQ(server->Look().end, ServerEnd::kRunning);
  const StartedServer& record = server->Stop();
  EXPECT_EQ(record.end, ServerEnd::kStopped);
  EXPECT_EQ(record.processes_left, 0u);
  EXPECT_GT(record.peak_rss_bytes.value_or(0), 100'000);
  ASSERT_TRUE(record.cpu_seconds);
  for (const pid_t pid : pids) EXPECT_FALSE(IsAlive(pid)) << pid;
  EXPECT_TRUE(Descendants(getpid()).empty());
}

// A command that puts its server into the background and ends well has not ended.
TEST_F(ServerProcessTest, AServerInTheBackgroundIsAServer) {
  auto server = Start("cd '" + dir_.string() + "'; setsid sh -c 'echo $$ >> pids; sleep 1000' &");
  ASSERT_TRUE(server);
  const std::vector<pid_t> pids = Pids(1);
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(server->Look().end, ServerEnd::kRunning);
  EXPECT_EQ(server->Stop().end, ServerEnd::kStopped);
  EXPECT_FALSE(IsAlive(pids[0]));
}

TEST_F(ServerProcessTest, SaysWhichSignalEndedIt) {
  auto server = Start("kill -SEGV $$");
  ASSERT_TRUE(server);
  ASSERT_TRUE(Eventually([&] { return server->Look().end == ServerEnd::kByItself; }));
  EXPECT_EQ(server->Stop().signal, SIGSEGV);
  EXPECT_THAT(server->EndText(), HasSubstr("signal 11"));
}

TEST_F(ServerProcessTest, NeverOverwritesALog) {
  std::ofstream(dir_ / "server.log") << "x";
  const auto server = Start("true");
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("server.log: cannot create"));
}

// Starts a server in a process of its own, which then waits to be killed.
pid_t StartElsewhere(const std::string& command, const fs::path& log) {
  const pid_t starter = fork();
  if (starter != 0) return starter;
  const auto server = ServerProcess::Start(command, log, kVerb);
  if (server) pause();
  _exit(0);
}

TEST_F(ServerProcessTest, NothingIsLeftWhenWhoStartedItIsKilled) {
  const pid_t starter = StartElsewhere(Forking(true), dir_ / "server.log");
  const std::vector<pid_t> pids = Pids(3);
  for (const pid_t pid : pids) ASSERT_TRUE(IsAlive(pid));
  kill(starter, SIGKILL);
  waitpid(starter, nullptr, 0);
  for (const pid_t pid : pids) EXPECT_TRUE(Eventually([&] { return !IsAlive(pid); })) << pid;
}

TEST_F(ServerProcessTest, WhatAKilledKeeperKeptIsKilledByUs) {
  auto server = Start(Forking(true));
  ASSERT_TRUE(server);
  const std::vector<pid_t> pids = Pids(3);
  const std::vector<ProcessEntry> below = Descendants(getpid());
  ASSERT_FALSE(below.empty());
  kill(below[0].pid, SIGKILL);  // the keeper: our only child
  ASSERT_TRUE(Eventually([&] { return server->Look().end == ServerEnd::kKeeperKilled; }));
  for (const pid_t pid : pids) EXPECT_FALSE(IsAlive(pid)) << pid;
  EXPECT_EQ(server->Stop().processes_left, 0u);
  EXPECT_TRUE(Descendants(getpid()).empty());
}

// The keeper holds nothing of its starter open: whoever reads its output sees the end of it.
TEST_F(ServerProcessTest, HoldsNoDescriptorOfItsStarter) {
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  auto server = Start("echo started; sleep 1000");
  ASSERT_TRUE(server);
  ASSERT_TRUE(Eventually([&] { return LastLines(dir_ / "server.log", 1) == "started"; }));
  close(pipe_fds[1]);
  char byte = 0;
  EXPECT_EQ(read(pipe_fds[0], &byte, 1), 0);
  close(pipe_fds[0]);
}

TEST_F(ServerProcessTest, LastLinesOfALog) {
  const fs::path log = dir_ / "x.log";
  EXPECT_EQ(LastLines(log, 3), "");
  std::ofstream(log) << "one\ntwo\nthree\nfour\n";
  EXPECT_EQ(LastLines(log, 2), "three\nfour");
  EXPECT_EQ(LastLines(log, 4), "one\ntwo\nthree\nfour");
  EXPECT_EQ(LastLines(log, 9), "one\ntwo\nthree\nfour");
  std::ofstream(log) << std::string(20000, 'x') << "\nend";
  EXPECT_EQ(LastLines(log, 1), "end");
  EXPECT_EQ(LastLines(log, 5).size(), 16384u);
}

}  // namespace
}  // namespace assay

// Also the program that ServerProcess starts again as a keeper.
int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], assay::kVerb) == 0) {
    return assay::KeepServer(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
