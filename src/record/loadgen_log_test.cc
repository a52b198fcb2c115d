#include "record/loadgen_log.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Line(std::string_view key, std::string_view value, bool is_error = false) {
  return fmt::format(
      ":::MLLOG {{\"key\": \"{}\", \"value\": {}, \"time_ms\": 1.250000, \"namespace\": "
      "\"mlperf::logging\", \"event_type\": \"POINT_IN_TIME\", \"metadata\": {{\"is_error\": {}, "
      "\"is_warning\": false, \"file\": \"x.cc\", \"line_no\": 7, \"pid\": 1, \"tid\": 2}}}}\n",
      key, value, is_error);
}

TEST(DetailLog, KeepsEveryKeyWithItsLineAndExactIntegers) {
  const auto log = LoadgenDetailLog::Parse(
      Line("loadgen_version", "\"6.0.17 @ NA\"") + Line("seed", "18446744073709551615") +
      Line("error_runtime", "\"first\"", true) + Line("error_runtime", "\"second\"", true) +
      Line("flag", "true") + Line("rate", "2e+06"));
  ASSERT_EQ(log.entries().size(), 6U);
  EXPECT_TRUE(log.bad_lines().empty());
  EXPECT_EQ(log.Unsigned("seed"), 18446744073709551615U);
  EXPECT_EQ(log.Text("error_runtime"), "first");
  EXPECT_EQ(log.Find("error_runtime")->line, 3U);
  EXPECT_TRUE(log.entries()[3].is_error);
  EXPECT_EQ(log.Flag("flag"), true);
  EXPECT_EQ(log.Number("rate"), 2e6);
  EXPECT_EQ(log.entries()[0].time_ms, 1.25);
}

TEST(DetailLog, AValueOfAnotherTypeIsAbsent) {
  const auto log = LoadgenDetailLog::Parse(Line("a", "-1") + Line("b", "1.5") + Line("c", "\"1\""));
  EXPECT_EQ(log.Unsigned("a"), std::nullopt);
  EXPECT_EQ(log.Unsigned("b"), std::nullopt);
  EXPECT_EQ(log.Number("c"), std::nullopt);
  EXPECT_EQ(log.Text("missing"), std::nullopt);
  EXPECT_EQ(log.Find("missing"), nullptr);
}

TEST(DetailLog, NonFiniteNumbersAreNull) {
  const auto log =
      LoadgenDetailLog::Parse(Line("a", "nan") + Line("b", "-inf") + Line("c", "-nan") +
                              Line("d", "[1,inf]") + Line("nano", "\"inf, \\\"nan\\\"\""));
  EXPECT_TRUE(log.bad_lines().empty());
  ASSERT_EQ(log.entries().size(), 5U);
  EXPECT_TRUE(log.entries()[0].value.is_null());
  EXPECT_TRUE(log.entries()[1].value.is_null());
  EXPECT_TRUE(log.entries()[2].value.is_null());
  EXPECT_TRUE(log.entries()[3].value[1].is_null());
  EXPECT_EQ(log.Text("nano"), "inf, \"nan\"");
  EXPECT_EQ(LoadgenDetailLog::Parse(Line("a", "nanx")).bad_lines().size(), 1U);
}

// LoadGen writes names unescaped: a quote in the SUT's name spoils its line and no other.
TEST(DetailLog, DamagedLinesAreKeptWithTheirNumbers) {
  const std::string whole = Line("last", "1");
  const auto log = LoadgenDetailLog::Parse("junk\r\n" + Line("sut_name", "\"my \"fast\" SUT\"") +
                                           "\n" + Line("ok", "1") + ":::MLLOG {\"key\": \"x\"}\n" +
                                           whole.substr(0, whole.size() / 2));
  ASSERT_EQ(log.entries().size(), 1U);
  EXPECT_EQ(log.entries()[0].line, 4U);
  ASSERT_EQ(log.bad_lines().size(), 4U);
  EXPECT_EQ(log.bad_lines()[0].line, 1U);
  EXPECT_THAT(log.bad_lines()[0].reason, HasSubstr(":::MLLOG"));
  EXPECT_EQ(log.bad_lines()[1].line, 2U);
  EXPECT_THAT(log.bad_lines()[2].reason, HasSubstr("time_ms"));
  EXPECT_EQ(log.bad_lines()[3].line, 6U);
  EXPECT_EQ(log.bad_lines()[3].reason, "the file ends inside this line");
}

TEST(DetailLog, EveryPrefixOfALogIsReadWithoutHarm) {
  const std::string bytes = Line("a", "1") + Line("b", "\"\\u00e9\"") + Line("c", "nan");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto log = LoadgenDetailLog::Parse({exact.data(), exact.size()});
    EXPECT_LE(log.entries().size() + log.bad_lines().size(), 3U);
    EXPECT_LE(log.bad_lines().size(), 1U) << size;
  }
}

TEST(DetailLog, AMillionBadLinesAreCountedNotListed) {
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes += "x\n";
  const auto log = LoadgenDetailLog::Parse(bytes);
  ASSERT_EQ(log.bad_lines().size(), 1001U);
  EXPECT_EQ(log.bad_lines().back().line, 1001U);
  EXPECT_EQ(log.bad_lines().back().reason, "999000 more bad lines follow");
}

TEST(DetailLog, AFolderIsAnErrorThatNamesIt) {
  const auto log = LoadgenDetailLog::Read(fs::temp_directory_path());
  ASSERT_FALSE(log.has_value());
  EXPECT_THAT(log.error().message, HasSubstr(fs::temp_directory_path().string()));
}

TEST(SummaryLog, ReadsFieldsAndTheLastSentences) {
  const auto log = LoadgenSummaryLog::Parse(
      "====\nMode     : PerformanceOnly\nResult is : INVALID\r\n  Min duration satisfied : NO\n"
      "ttft_latency (ns): 2000000000\n\n1 warning encountered. See detailed log.\n\n"
      "12 ERRORS encountered. See detailed log.\n");
  ASSERT_NE(log.Find("Result is"), nullptr);
  EXPECT_EQ(log.Find("Result is")->value, "INVALID");
  EXPECT_EQ(log.Find("Result is")->line, 3U);
  EXPECT_EQ(log.Find("Min duration satisfied")->value, "NO");
  EXPECT_EQ(log.Find("ttft_latency (ns)")->value, "2000000000");
  EXPECT_EQ(log.Find("Scenario"), nullptr);
  EXPECT_EQ(log.warnings(), 1U);
  EXPECT_EQ(log.errors(), 12U);
}

TEST(SummaryLog, NoErrorsIsZeroAndNoSentenceIsAbsent) {
  const auto log = LoadgenSummaryLog::Parse("\nNo warnings encountered during test.\n");
  EXPECT_EQ(log.warnings(), 0U);
  EXPECT_EQ(log.errors(), std::nullopt);
}

TEST(AccuracyLog, ReadsRecordsOfBothKinds) {
  const auto log = ParseAccuracyLog(
      "[\n{ \"seq_id\" : 5, \"qsl_idx\" : 3, \"data\" : \"D0020000FFffFFff\", \"token_data\" : "
      "\"D0020000\", \"token_count\" : 2 },\n{ \"seq_id\" : 0, \"qsl_idx\" : 1, \"data\" : \"\" "
      "}\n]\n",
      "a.json");
  ASSERT_TRUE(log.has_value()) << log.error().message;
  ASSERT_EQ(log->records.size(), 2U);
  EXPECT_FALSE(log->truncated);
  EXPECT_EQ(log->records[0].seq_id, 5U);
  EXPECT_EQ(log->records[0].qsl_idx, 3U);
  EXPECT_THAT(log->records[0].data, ElementsAre(0xD0, 2, 0, 0, 255, 255, 255, 255));
  EXPECT_THAT(*log->records[0].token_data, ElementsAre(0xD0, 2, 0, 0));
  EXPECT_EQ(log->records[0].token_count, 2);
  EXPECT_EQ(log->records[0].line, 2U);
  EXPECT_EQ(log->records[1].line, 3U);
  EXPECT_EQ(log->records[1].token_data, std::nullopt);
  EXPECT_EQ(log->records[1].token_count, std::nullopt);
}

TEST(AccuracyLog, AnEmptyArrayHasNoRecords) {
  const auto log = ParseAccuracyLog("[\n]\n", "a.json");
  ASSERT_TRUE(log.has_value());
  EXPECT_TRUE(log->records.empty());
}

TEST(AccuracyLog, ErrorsNameFileLineAndExpectation) {
  const std::map<std::string, std::string> bad = {
      {"", "a.json:1: expected a JSON array"},
      {"{}", "a.json:1: expected a JSON array"},
      {"[\n{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"0", "a.json:2: the file ends inside"},
      {"[\n{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"00\"},\n{\"seq_id\":1,\"data\":\"00\"}]",
       "a.json:3: \"qsl_idx\" must be an integer of at least 0, found nothing"},
      {"[{\"seq_id\":-1,\"qsl_idx\":0,\"data\":\"00\"}]", "\"seq_id\" must be"},
      {"[{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"0G\"}]", "at digit 2"},
      {"[{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"000\"}]", "has 3 hexadecimal digits"},
      {"[{\"seq_id\":0,\"qsl_idx\":0,\"data\":\"00\"}] x", "after the JSON array"},
      {"[3]", "a.json:1: expected a JSON object"},
  };
  for (const auto& [bytes, message] : bad) {
    const auto log = ParseAccuracyLog(bytes, "a.json");
    ASSERT_FALSE(log.has_value()) << bytes;
    EXPECT_EQ(log.error().code, ErrorCode::kParse);
    EXPECT_THAT(log.error().message, HasSubstr(message));
  }
}

std::string LongLog(std::string_view line_end) {
  std::string bytes = fmt::format("[{}", line_end);
  for (int i = 0; i < 100; ++i) {
    bytes += fmt::format("{{ \"seq_id\" : {0}, \"qsl_idx\" : {0}, \"data\" : \"{1}\" }},{2}", i,
                         std::string(200, 'A'), line_end);
  }
  return bytes +
         fmt::format("{{ \"seq_id\" : 100, \"qsl_idx\" : 100, \"data\" : \"\" }}{0}]{0}", line_end);
}

// What truncate_accuracy_log.py leaves on a system whose text lines end in LF, and in CR LF.
TEST(AccuracyLog, RecognisesTheOfficialTruncation) {
  const std::string unix_log = LongLog("\n");
  const std::string cut =
      unix_log.substr(0, 4096) + "\n\n...\n\n" + unix_log.substr(unix_log.size() - 4096);
  ASSERT_EQ(cut.size(), 8199U);
  const auto log = ParseAccuracyLog(cut, "a.json");
  ASSERT_TRUE(log.has_value()) << log.error().message;
  EXPECT_TRUE(log->truncated);
  EXPECT_TRUE(log->records.empty());

  // Text mode: 4096 characters after CR LF became LF; the end is sought in bytes.
  std::string windows_tail = LongLog("\r\n");
  windows_tail = windows_tail.substr(windows_tail.size() - 4096);
  std::string head;
  for (const char c : unix_log.substr(0, 4096)) head += c == '\n' ? "\r\n" : std::string(1, c);
  const auto windows = ParseAccuracyLog(head + "\r\n\r\n...\r\n\r\n" + windows_tail, "a.json");
  ASSERT_TRUE(windows.has_value()) << windows.error().message;
  EXPECT_TRUE(windows->truncated);

  EXPECT_FALSE(ParseAccuracyLog(unix_log.substr(0, 4000) + "\n\n...\n\n" +
                                    unix_log.substr(unix_log.size() - 4096),
                                "a.json")
                   .has_value());
}

AccuracyLog LogOf(const std::vector<std::pair<std::string, std::optional<std::int64_t>>>& records) {
  std::string bytes = "[";
  for (const auto& [data, count] : records) {
    if (bytes.size() > 1) bytes += ",\n";
    bytes += fmt::format(R"({{"seq_id":0,"qsl_idx":0,"data":"{}"{}}})", data,
                         count ? fmt::format(",\"token_count\":{}", *count) : "");
  }
  return ParseAccuracyLog(bytes + "]", "a.json").value();
}

TEST(TokenWidth, FollowsZeroWordsAndCounts) {
  const std::string one_two = "0100000002000000";
  const std::string one_zero = "0100000000000000";
  EXPECT_EQ(*InferTokenWidth(LogOf({{one_two, 2}}), "a"), TokenWidth::kInt32);
  EXPECT_EQ(*InferTokenWidth(LogOf({{one_zero, 1}}), "a"), TokenWidth::kInt64);
  EXPECT_EQ(*InferTokenWidth(LogOf({{one_zero, std::nullopt}}), "a"), TokenWidth::kInt64);
  // Two int32 tokens of which the second is 0: only the count tells.
  EXPECT_EQ(*InferTokenWidth(LogOf({{one_zero, 2}}), "a"), TokenWidth::kInt32);
  EXPECT_EQ(*InferTokenWidth(LogOf({{one_zero, std::nullopt}, {one_two, std::nullopt}}), "a"),
            TokenWidth::kInt32);
  EXPECT_EQ(*InferTokenWidth(LogOf({{"", 0}, {"", 0}}), "a"), TokenWidth::kInt32);
  EXPECT_EQ(*InferTokenWidth(AccuracyLog{}, "a"), TokenWidth::kInt32);
}

// As int32, every second token of most answers would be 0.
TEST(TokenWidth, AnInt64LogWithOneDamagedWordIsNoInt32Log) {
  const std::string good = "0100000000000000";
  const std::string damaged = "0100000001000000";
  const auto width = InferTokenWidth(
      LogOf({{good, std::nullopt}, {good, std::nullopt}, {damaged, std::nullopt}}), "a.json");
  ASSERT_FALSE(width.has_value());
  EXPECT_EQ(
      width.error().message,
      "a.json: the data look like int64 tokens, but for line 3 (8 bytes, token_count absent)");
  EXPECT_EQ(*InferTokenWidth(LogOf({{good, 2}, {good, 2}, {damaged, 2}}), "a"), TokenWidth::kInt32);
}

TEST(TokenWidth, NamesTheRecordsThatFitNeither) {
  const auto odd = InferTokenWidth(LogOf({{"0100000000000000", 1}, {"010000", 1}}), "a.json");
  ASSERT_FALSE(odd.has_value());
  EXPECT_THAT(odd.error().message, HasSubstr("a.json: "));
  EXPECT_THAT(odd.error().message, HasSubstr("line 2 (3 bytes, token_count 1)"));
  EXPECT_FALSE(InferTokenWidth(LogOf({{"", 5}}), "a").has_value());
}

TEST(TokensOf, ReadsBothWidths) {
  const std::vector<std::uint8_t> bytes = {1,    0,    0,    0,    0,    0,    0,    0,
                                           0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  EXPECT_THAT(*TokensOf(bytes, TokenWidth::kInt32), ElementsAre(1, 0, -2, -1));
  EXPECT_THAT(*TokensOf(bytes, TokenWidth::kInt64), ElementsAre(1, -2));
  EXPECT_TRUE(TokensOf({}, TokenWidth::kInt64)->empty());
  const auto odd = TokensOf(std::span(bytes).first(12), TokenWidth::kInt64);
  ASSERT_FALSE(odd.has_value());
  EXPECT_THAT(odd.error().message, HasSubstr("12 bytes"));
  const std::vector<std::uint8_t> big = {1, 0, 0, 0, 1, 0, 0, 0};
  const auto outside = TokensOf(big, TokenWidth::kInt64);
  ASSERT_FALSE(outside.has_value());
  EXPECT_THAT(outside.error().message, HasSubstr("token 0"));
}

// The published v5.1 results, where they are at hand.
class PublishedLogs : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path root = fs::path(ASSAY_SHARED_DIR) / "data/results-v5.1";
    if (!fs::exists(root)) GTEST_SKIP() << root << " is missing";
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      files_[entry.path().filename().string()].push_back(entry.path());
    }
  }
  std::map<std::string, std::vector<fs::path>> files_;
};

TEST_F(PublishedLogs, EveryDetailLineIsRead) {
  ASSERT_EQ(files_["mlperf_log_detail.txt"].size(), 32U);
  for (const fs::path& path : files_["mlperf_log_detail.txt"]) {
    const std::string bytes = ReadFile(path).value();
    const auto log = LoadgenDetailLog::Parse(bytes);
    EXPECT_TRUE(log.bad_lines().empty()) << path;
    const auto lines = std::count(bytes.begin(), bytes.end(), '\n');
    EXPECT_EQ(log.entries().size(), static_cast<std::size_t>(lines)) << path;
    EXPECT_EQ(log.Unsigned("effective_schedule_rng_seed"), 18209322760996052031U) << path;
  }
}

TEST_F(PublishedLogs, EverySummaryTellsWhatItsDetailLogTells) {
  std::size_t results = 0;
  for (const fs::path& path : files_["mlperf_log_summary.txt"]) {
    const auto summary = LoadgenSummaryLog::Read(path).value();
    EXPECT_EQ(summary.errors(), 0U) << path;
    const auto detail =
        LoadgenDetailLog::Read(path.parent_path() / "mlperf_log_detail.txt").value();
    const LoadgenSummaryField* result = summary.Find("Result is");
    EXPECT_EQ(result == nullptr ? std::optional<std::string>() : result->value,
              detail.Text("result_validity"));
    results += result != nullptr ? 1 : 0;
  }
  EXPECT_GE(results, 15U);
}

TEST_F(PublishedLogs, AccuracyLogsAreTruncatedEmptyOrAHundredRecords) {
  std::size_t truncated = 0;
  std::map<TokenWidth, std::size_t> widths;
  for (const fs::path& path : files_["mlperf_log_accuracy.json"]) {
    const auto log = ReadAccuracyLog(path);
    ASSERT_TRUE(log.has_value()) << log.error().message;
    if (log->truncated) ++truncated;
    if (log->records.empty()) continue;
    EXPECT_EQ(log->records.size(), 100U) << path;
    const auto width = InferTokenWidth(*log, path.string());
    ASSERT_TRUE(width.has_value()) << width.error().message;
    ++widths[*width];
    for (const AccuracyRecord& record : log->records) {
      const auto tokens = TokensOf(record.data, *width);
      ASSERT_TRUE(tokens.has_value()) << path << ":" << record.line;
      EXPECT_EQ(static_cast<std::int64_t>(tokens->size()), record.token_count);
    }
  }
  EXPECT_EQ(truncated, 15U);
  EXPECT_EQ(widths[TokenWidth::kInt32] + widths[TokenWidth::kInt64], 11U);
}

}  // namespace
}  // namespace assay
