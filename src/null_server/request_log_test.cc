#include "null_server/request_log.h"

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "base/file.h"

namespace assay {
namespace {

ServedRequest Example() {
  ServedRequest served;
  served.number = 12;
  served.request_id = "run-7";
  served.api = ApiKind::kChat;
  served.stream = true;
  served.plan.ttft = Nanos{1'000'000};
  served.plan.tpot = Nanos{2'000};
  served.plan.tokens = 3;
  served.plan.fault = NullServerFault::kReset;
  served.read = FromNanos(5'000'000'000'000'000);
  served.start = FromNanos(5'000'000'000'000'001);
  served.writes = {FromNanos(5'000'000'001'000'000), FromNanos(5'000'000'001'002'000)};
  served.tokens = 2;
  served.end = ServedEnd::kFault;
  return served;
}

TEST(RequestLog, ALineIsWhatFormatsSays) {
  EXPECT_EQ(LogLine(Example()),
            R"({"number":12,"request_id":"run-7","endpoint":"/v1/chat/completions","stream":true,)"
            R"("read_ns":5000000000000000,"start_ns":5000000000000001,"planned_ttft_ns":1000000,)"
            R"("planned_tpot_ns":2000,"planned_tokens":3,"fault":"reset","end":"fault","tokens":2,)"
            R"("write_ns":[5000000001000000,5000000001002000]})"
            "\n");
}

TEST(RequestLog, WhatNoLogHoldsIsRefused) {
  const std::string good = LogLine(Example());
  ASSERT_TRUE(ParseLogLine(good, "log:1").has_value());
  for (const auto& [from, to] : {std::pair{"/v1/chat/completions", "/v1/embeddings"},
                                 {"\"planned_tokens\":3", "\"planned_tokens\":4294967296"},
                                 {"\"tokens\":2", "\"tokens\":4294967296"}}) {
    std::string line = good;
    line.replace(line.find(from), std::string_view(from).size(), to);
    const auto served = ParseLogLine(line, "log:1");
    ASSERT_FALSE(served.has_value()) << line;
    EXPECT_TRUE(served.error().message.starts_with("log:1: \"")) << served.error().message;
  }
}

TEST(RequestLog, IsReadBackAndACutOffLineLeftOut) {
  const fs::path path = fs::path(testing::TempDir()) / "assay_null_server_log.jsonl";
  fs::remove(path);
  auto log = RequestLog::Create(path);
  ASSERT_TRUE(log.has_value());
  ServedRequest nameless = Example();
  nameless.request_id.clear();
  nameless.plan.fault = NullServerFault::kNone;
  log->Add(Example());
  log->Add(nameless);
  ASSERT_TRUE(log->Flush().has_value());
  const auto bytes = ReadFile(path);
  ASSERT_TRUE(bytes.has_value());
  ASSERT_TRUE(WriteFileAtomically(path, *bytes + R"({"number":14,"req)").has_value());
  const auto all = ReadServedRequests(path);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(LogLine((*all)[0]), LogLine(Example()));
  EXPECT_EQ(LogLine((*all)[1]), LogLine(nameless));
  EXPECT_FALSE(RequestLog::Create(path).has_value()) << "an earlier log would be lost";
}

TEST(ParseLogLine, NamesWhatIsWrong) {
  std::string line = LogLine(Example());
  line.replace(line.find("\"fault\",\"tokens\""), 7, "\"gone\"");
  const auto served = ParseLogLine(line, "log.jsonl:3");
  ASSERT_FALSE(served.has_value());
  EXPECT_EQ(served.error().message, "log.jsonl:3: \"end\" is \"gone\", which is not known");
}

}  // namespace
}  // namespace assay
