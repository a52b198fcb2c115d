#include "record/journal.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

RequestRecord FullRecord() {
  RequestRecord record;
  record.sample_index = 7;
  record.offset_ns = 1500;
  record.scheduled_ns = 11'500;
  record.issued_ns = 11'600;
  record.told_first = {13'010, 13'020};
  record.told_done = {14'110, 14'130};
  RequestOutcome& o = record.outcome;
  o.id = 3;
  o.sent = FromNanos(12'000);
  o.first_token = FromNanos(13'000);
  o.last_token = FromNanos(14'000);
  o.done = FromNanos(14'100);
  o.chunk_times = {FromNanos(13'000), FromNanos(14'000)};
  o.chunk_tokens = {1, 2};
  o.token_ids = {5, 128009, 0};
  o.text = "caf\u00e9 \"x\"\n";
  o.prompt_tokens = 700;
  o.finish_reason = FinishReason::kLength;
  o.endpoint = "http://[::1]:8000";
  o.error = RequestError{"engine", "it broke"};
  o.other_counts = {{"usage", 3}};
  return record;
}

TEST(Journal, ReadsBackWhatWasWritten) {
  const std::string line = ToJournalLine(FullRecord());
  ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto journal = ParseJournal(line, "j");
  ASSERT_TRUE(journal.has_value()) << journal.error().message;
  ASSERT_EQ(journal->requests.size(), 1U);
  EXPECT_FALSE(journal->cut_off);
  const RequestRecord& r = journal->requests[0];
  EXPECT_EQ(r.sample_index, 7U);
  EXPECT_EQ(r.offset_ns, 1500);
  EXPECT_EQ(r.told_first->before_ns, 13'010);
  EXPECT_EQ(r.told_done->after_ns, 14'130);
  EXPECT_EQ(r.scheduled_ns, 11'500);
  EXPECT_EQ(r.outcome.id, 3U);
  EXPECT_EQ(r.outcome.sent, FromNanos(12'000));
  EXPECT_EQ(r.outcome.first_byte, std::nullopt);
  EXPECT_EQ(r.outcome.chunk_tokens, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(r.outcome.token_ids, (std::vector<TokenId>{5, 128009, 0}));
  EXPECT_EQ(r.outcome.text, "caf\u00e9 \"x\"\n");
  EXPECT_EQ(r.outcome.finish_reason, FinishReason::kLength);
  EXPECT_EQ(r.outcome.error->kind, "engine");
  EXPECT_EQ(r.outcome.other_counts[0].second, 3U);
  EXPECT_EQ(ToJournalLine(r), line);
}

// The line is written by hand; these are the bytes of the JSON library for the same values.
TEST(Journal, ALineIsWhatTheJsonLibraryWrites) {
  RequestRecord full = FullRecord();
  full.outcome.first_byte = FromNanos(12'500);
  full.outcome.server_prompt_tokens = 701;
  full.outcome.cached_tokens = 0;
  full.outcome.read_delay = Nanos(77);
  full.outcome.retries = {{"http_5xx", "say \"no\"\n"}, {"http_429", ""}};
  full.outcome.other_counts = {{"usage", 3}, {"text_chunks", 2}};
  for (const std::string& text :
       {std::string("plain"), std::string(), std::string("a\x01\x7F\t\"\\/ \xF0\x9F\x98\x80 \xFF"),
        std::string(1, '\0')}) {
    full.outcome.text = text;
    for (const RequestRecord& record : {full, RequestRecord{}}) {
      const std::string line = ToJournalLine(record);
      const auto json = ParseJson(line, "line");
      ASSERT_TRUE(json.has_value()) << json.error().message;
      EXPECT_EQ(ToJsonLine(*json) + "\n", line);
    }
  }
  const auto read = ParseJournal(ToJournalLine(full), "j");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const RequestOutcome& o = read->requests[0].outcome;
  EXPECT_EQ(o.server_prompt_tokens, 701U);
  EXPECT_EQ(o.cached_tokens, 0U);
  EXPECT_EQ(o.read_delay, Nanos(77));
  ASSERT_EQ(o.retries.size(), 2U);
  EXPECT_EQ(o.retries[0].message, "say \"no\"\n");
}

TEST(Journal, IgnoresACutOffLastLineAndSaysSo) {
  const std::string line = ToJournalLine(FullRecord());
  for (std::size_t cut = 1; cut < line.size(); ++cut) {
    const auto journal = ParseJournal(line + line.substr(0, cut), "j");
    ASSERT_TRUE(journal.has_value()) << cut;
    EXPECT_EQ(journal->requests.size(), 1U) << cut;
    EXPECT_TRUE(journal->cut_off) << cut;
  }
}

TEST(Journal, NamesTheLineThatIsWrong) {
  const std::string line = ToJournalLine(FullRecord());
  EXPECT_EQ(ParseJournal(line + "{}\n", "j").error().message,
            "j:2: \"id\" must be an integer of at least 0, found nothing");
  std::string bad = line;
  bad.replace(bad.find("\"token_ids\":[5"), 14, "\"token_ids\":[-");
  EXPECT_FALSE(ParseJournal(bad, "j").has_value());
  std::string uneven = line;
  uneven.replace(uneven.find("\"chunk_tokens\":[1,2]"), 20, "\"chunk_tokens\":[1]");
  EXPECT_EQ(ParseJournal(uneven, "j").error().message,
            "j:1: 2 \"chunk_ns\" but 1 \"chunk_tokens\"");
}

TEST(Journal, TimesThatNoClockShowsAndUnknownWordsAreRefused) {
  const Json good = *ParseJson(ToJournalLine(FullRecord()), "good");
  const auto error_with = [&](const char* key, const Json& value) {
    Json line = good;
    line[key] = value;
    const auto journal = ParseJournal(ToJsonLine(line) + "\n", "j");
    return journal ? "none" : journal.error().message;
  };
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max() / 4 + 1;
  for (const char* key : {"offset_ns", "scheduled_ns", "issued_ns", "sent_ns", "first_byte_ns",
                          "first_token_ns", "last_token_ns", "done_ns"}) {
    EXPECT_EQ(error_with(key, kFar),
              fmt::format("j:1: \"{}\" is {}, which no steady clock shows", key, kFar));
    EXPECT_EQ(error_with(key, kFar - 1), "none");
  }
  EXPECT_NE(error_with("chunk_ns", {1, kFar}), "none");
  EXPECT_NE(error_with("told_done_ns", {1, kFar}), "none");
  EXPECT_EQ(error_with("token_source", "guess"),
            "j:1: \"token_source\" must be engine or derived, found \"guess\"");
}

TEST(JournalWriter, IsInTheFileWhenAppendReturns) {
  const fs::path path = fs::path(testing::TempDir()) / "assay_journal_test.jsonl";
  fs::remove(path);
  auto writer = JournalWriter::Create(path);
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE(writer->Append(FullRecord()));
  EXPECT_EQ(ReadJournal(path)->requests.size(), 1U);
  EXPECT_FALSE(JournalWriter::Create(path).has_value()) << "never overwrites";
}

}  // namespace
}  // namespace assay
