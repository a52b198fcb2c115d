#include "submission/truncate.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/hash.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// `count` records of an accuracy log, 80 bytes or so each.
std::string Log(int count) {
  std::string text = "[\n";
  for (int i = 0; i < count; ++i) {
    text += fmt::format(
        R"({{ "seq_id" : {}, "qsl_idx" : {}, "data" : "{:08X}", "token_count" : 1 }}{})", i, i, i,
        i + 1 < count ? ",\n" : "\n]\n");
  }
  return text;
}

TEST(TruncatedLog, KeepsBothEnds) {
  std::string log;
  for (int i = 0; i < 20000; ++i) log += static_cast<char>('a' + i % 26);
  const auto truncated = TruncatedLog(log, "log");
  ASSERT_TRUE(truncated.has_value());
  EXPECT_EQ(truncated->size(), 8199U);
  EXPECT_EQ(truncated->substr(0, 4096), log.substr(0, 4096));
  EXPECT_EQ(truncated->substr(4096, 7), "\n\n...\n\n");
  EXPECT_EQ(truncated->substr(4103), log.substr(20000 - 4096));
}

TEST(TruncatedLog, LeavesShortLogsAndOverlapsInMiddlingOnes) {
  const std::string below(4095, 'x');
  EXPECT_EQ(*TruncatedLog(below, "log"), below);
  const std::string at(4096, 'x');
  EXPECT_EQ(*TruncatedLog(at, "log"), at + "\n\n...\n\n" + at);
  EXPECT_EQ(TruncatedLog(std::string(5000, 'x'), "log")->size(), 8199U);
}

TEST(TruncatedLog, ReadsLineEndsAsPythonDoes) {
  std::string log;
  for (int i = 0; i < 2000; ++i) log += fmt::format("{:06}\r\n", i);
  log += "a\rb\r";
  const auto truncated = TruncatedLog(log, "log");
  ASSERT_TRUE(truncated.has_value());
  EXPECT_EQ(truncated->find('\r'), std::string::npos);
  EXPECT_EQ(truncated->substr(0, 14), "000000\n000001\n");
  EXPECT_EQ(truncated->find("\n\n...\n\n"), 4096U);  // characters, not bytes of the file
  EXPECT_TRUE(truncated->ends_with("001999\na\nb\n"));
}

TEST(TruncatedLog, RefusesWhatLoadGenDoesNotWrite) {
  const auto truncated = TruncatedLog(std::string(5000, 'x') + "\xC3\xA9", "log");
  ASSERT_FALSE(truncated.has_value());
  EXPECT_THAT(truncated.error().message, HasSubstr("log: byte 5000 is not ASCII"));
}

class TruncateTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    base_ =
        fs::path(testing::TempDir()) /
        fmt::format("truncate_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(base_);
    fs::create_directories(tree_ / kResult);
    Put("mlperf_log_accuracy.json", Log(300));
    Put("accuracy.txt", "{'rouge1': '38.7792'}\n");
  }
  void TearDown() override { fs::remove_all(base_); }

  void Put(const std::string& name, const std::string& bytes) const {
    fs::create_directories(tree_ / kResult);
    std::ofstream(tree_ / kResult / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string Get(const std::string& name) const {
    return *ReadFile(tree_ / kResult / name);
  }
  [[nodiscard]] std::string Refusal() const {
    const std::string log = Get("mlperf_log_accuracy.json");
    const std::string text = Get("accuracy.txt");
    const auto done = TruncateTree(tree_, backup_);
    EXPECT_FALSE(done.has_value());
    EXPECT_EQ(Get("mlperf_log_accuracy.json"), log) << "changed in spite of a refusal";
    EXPECT_EQ(Get("accuracy.txt"), text);
    return done ? "" : done.error().message;
  }

  static constexpr const char* kResult = "closed/ACME/results/SYS/llama3.1-8b/Offline/accuracy";
  fs::path base_ =
      fs::path(testing::TempDir()) /
      fmt::format("truncate_{}", testing::UnitTest::GetInstance()->current_test_info()->name());
  fs::path tree_ = base_ / "tree";
  fs::path backup_ = base_ / "backup";
};

TEST_F(TruncateTreeTest, TruncatesAndKeepsTheWholeLog) {
  const std::string whole = Get("mlperf_log_accuracy.json");
  const auto done = TruncateTree(tree_, backup_);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_THAT(done->truncated, ElementsAre(std::string(kResult) + "/mlperf_log_accuracy.json"));
  EXPECT_EQ(Get("mlperf_log_accuracy.json"), *TruncatedLog(whole, "log"));
  EXPECT_EQ(Get("accuracy.txt"), "{'rouge1': '38.7792'}\n\nhash=" + Sha256Hex(whole) + "\n");
  EXPECT_EQ(*ReadFile(backup_ / kResult / "mlperf_log_accuracy.json"), whole);
}

TEST_F(TruncateTreeTest, ChangesNothingTheSecondTime) {
  ASSERT_TRUE(TruncateTree(tree_, backup_).has_value());
  const std::string log = Get("mlperf_log_accuracy.json");
  const std::string text = Get("accuracy.txt");
  const auto again = TruncateTree(tree_, backup_);
  ASSERT_TRUE(again.has_value());
  EXPECT_THAT(again->truncated, IsEmpty());
  EXPECT_EQ(again->already.size(), 1U);
  EXPECT_EQ(Get("mlperf_log_accuracy.json"), log);
  EXPECT_EQ(Get("accuracy.txt"), text);
}

TEST_F(TruncateTreeTest, GoesOnWhereItWasCutOff) {
  const std::string whole = Get("mlperf_log_accuracy.json");
  const std::string hash = "\nhash=" + Sha256Hex(whole) + "\n";
  Put("accuracy.txt", "scores\n" + hash);  // the hash came, the log was not shortened yet
  ASSERT_TRUE(TruncateTree(tree_, backup_).has_value());
  EXPECT_EQ(Get("accuracy.txt"), "scores\n" + hash);
  EXPECT_EQ(Get("mlperf_log_accuracy.json").size(), 8199U);
}

TEST_F(TruncateTreeTest, RefusesAnotherHash) {
  Put("accuracy.txt", "scores\n\nhash=" + Sha256Hex("another log") + "\n");
  EXPECT_THAT(Refusal(), HasSubstr("is not that of the log beside it"));
}

TEST_F(TruncateTreeTest, RefusesATruncatedLogWithoutHash) {
  Put("mlperf_log_accuracy.json", *TruncatedLog(Log(300), "log"));
  EXPECT_THAT(Refusal(), HasSubstr("is truncated already, and accuracy.txt has no hash"));
}

TEST_F(TruncateTreeTest, RefusesAnotherLogInTheBackup) {
  fs::create_directories(backup_ / kResult);
  std::ofstream(backup_ / kResult / "mlperf_log_accuracy.json") << "[\n]\n";
  EXPECT_THAT(Refusal(), HasSubstr("another log is there already"));
}

TEST_F(TruncateTreeTest, RefusesABackupInsideTheTree) {
  backup_ = tree_ / "backup";
  EXPECT_THAT(Refusal(), HasSubstr("must be kept outside the submission"));
}

TEST_F(TruncateTreeTest, RefusesAllWhereOneIsMissing) {
  fs::create_directories(tree_ / "closed/ACME/results/SYS/llama3.1-8b/Server/accuracy");
  EXPECT_THAT(Refusal(), HasSubstr("Server/accuracy/mlperf_log_accuracy.json"));
}

}  // namespace
}  // namespace assay
