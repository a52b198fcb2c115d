#include "scoring/score_file.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Token i is the letter 'a' + i, 26 a blank.
class LetterTokenizer final : public Tokenizer {
 public:
  [[nodiscard]] std::vector<TokenId> Encode(std::string_view text,
                                            const EncodeOptions&) const override {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(c == ' ' ? 26 : c - 'a');
    return ids;
  }
  Result<std::string> Decode(std::span<const TokenId> ids, const DecodeOptions&) const override {
    std::string text;
    for (const TokenId id : ids) {
      if (!HasToken(id)) return MakeError(ErrorCode::kInvalidArgument, "token id {}", id);
      text += id == 26 ? ' ' : static_cast<char>('a' + id);
    }
    return text;
  }
  [[nodiscard]] std::string_view TokenBytes(TokenId) const override { return {}; }
  [[nodiscard]] std::size_t VocabularySize() const override { return 27; }
  [[nodiscard]] bool IsSpecial(TokenId) const override { return false; }
  [[nodiscard]] std::optional<TokenId> Bos() const override { return std::nullopt; }
  [[nodiscard]] std::span<const TokenId> EndTokens() const override { return {}; }
  [[nodiscard]] const Identity& identity() const override { return identity_; }

 private:
  Identity identity_;
};

std::string Hex(const std::vector<TokenId>& ids, std::size_t bytes_per_token) {
  std::string hex;
  for (const TokenId id : ids) {
    for (std::size_t byte = 0; byte < bytes_per_token; ++byte) {
      hex += fmt::format("{:02X}",
                         byte < 4 ? static_cast<std::uint32_t>(id) >> (8 * byte) & 0xFFU : 0U);
    }
  }
  return hex;
}

class ScoreFileTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  std::string Record(std::uint64_t index, std::string_view text, std::size_t width) {
    return fmt::format(R"({{"seq_id":0,"qsl_idx":{},"data":"{}"}})", index,
                       Hex(tokenizer_.Encode(text, {}), width));
  }
  Result<FileScore> Score(const std::vector<std::string>& records,
                          std::optional<TokenWidth> width = std::nullopt) {
    std::string log = "[\n";
    for (const std::string& record : records) {
      log += record + (&record == &records.back() ? "\n" : ",\n");
    }
    return ScoreBytes(log + "]\n", width);
  }
  Result<FileScore> ScoreBytes(const std::string& bytes, std::optional<TokenWidth> width = {}) {
    EXPECT_TRUE(WriteFileAtomically(path_, bytes).has_value());
    const References references = [](std::uint64_t index) -> std::optional<std::string_view> {
      if (index > 2) return std::nullopt;
      return "the harbour council voted";
    };
    samples_.clear();
    return ScoreAccuracyLog(path_, width, references, tokenizer_, [this](const Json& sample) {
      samples_.push_back(sample);
      return Status(Ok{});
    });
  }

  LetterTokenizer tokenizer_;
  fs::path path_ = fs::path(::testing::TempDir()) /
                   (std::string("assay_score_file_") +
                    ::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::vector<Json> samples_;
};

TEST_F(ScoreFileTest, FindsTheWidthOut) {
  for (const std::size_t width : {std::size_t{4}, std::size_t{8}}) {
    const auto score = Score({Record(1, "the harbour", width), Record(0, "council voted", width)});
    ASSERT_TRUE(score.has_value()) << score.error().message;
    EXPECT_EQ(score->looks_like, width == 4 ? TokenWidth::kInt32 : TokenWidth::kInt64);
    EXPECT_EQ(score->corpus.gen_num, 2U);
    EXPECT_EQ(score->corpus.gen_len, 24U);
    EXPECT_EQ(score->tokens, 24U);
    ASSERT_EQ(samples_.size(), 2U);
    EXPECT_EQ(samples_[0]["index"], 1);
    EXPECT_EQ(samples_[0]["prediction"], "the harbour");
  }
}

TEST_F(ScoreFileTest, SaysThatTheWidthAskedForIsNotThatOfTheData) {
  const auto narrow = Score({Record(0, "council", 8)}, TokenWidth::kInt32);
  ASSERT_TRUE(narrow.has_value());
  EXPECT_EQ(narrow->looks_like, TokenWidth::kInt64);
  const auto wide = Score({Record(0, "council", 4)}, TokenWidth::kInt64);
  ASSERT_FALSE(wide.has_value());
  EXPECT_THAT(wide.error().message,
              AllOf(HasSubstr(":2: 28 bytes of data are no whole number of 8-byte tokens"),
                    HasSubstr("the data look like int32, and were read as int64")));
}

TEST_F(ScoreFileTest, KnowsThatNoWidthFitsAllRecords) {
  const std::string with_count = R"({"seq_id":0,"qsl_idx":1,"data":"00000000","token_count":9})";
  const auto score = Score({Record(0, "council", 4), with_count}, TokenWidth::kInt32);
  ASSERT_TRUE(score.has_value());
  EXPECT_EQ(score->looks_like, std::nullopt);
}

TEST_F(ScoreFileTest, RepeatedRecordsDoNotCount) {
  const auto score = Score({Record(0, "council", 4), Record(1, "", 4), Record(0, "voted", 4)});
  ASSERT_TRUE(score.has_value());
  EXPECT_EQ(score->repeated, 1U);
  EXPECT_EQ(score->first_repeated_line, 4U);
  EXPECT_EQ(score->empty, 1U);
  EXPECT_EQ(score->corpus.gen_num, 2U);
}

TEST_F(ScoreFileTest, ErrorsNameFileAndLine) {
  const std::string file = path_.string();
  EXPECT_THAT(Score({Record(0, "a", 4), Record(7, "b", 4)}).error().message,
              HasSubstr(file + ":3: sample 7 cannot be scored: the data set has no such sample"));
  EXPECT_THAT(Score({Record(9, "a", 4), Record(7, "b", 4)}).error().message,
              HasSubstr("such sample; it is the first of 2 such answers"));
  EXPECT_THAT(Score({R"({"seq_id":0,"qsl_idx":0,"data":"1B000000"})"}).error().message,
              HasSubstr(file + ":2: sample 0 cannot be scored: an id outside the vocabulary: "
                               "token id 27"));
  EXPECT_THAT(Score({R"({"seq_id":0,"qsl_idx":0,"data":"ABC"})"}).error().message,
              HasSubstr(file + ":2: \"data\" has 3 hexadecimal digits, expected an even number"));
  EXPECT_THAT(Score({R"({"seq_id":0,"qsl_idx":0,"data":"0G"})"}).error().message,
              HasSubstr(file + ":2: \"data\" holds something other than hexadecimal digits at"));
  EXPECT_THAT(Score({R"({"seq_id":0,"qsl_idx":0,"data":"0011"})"}).error().message,
              HasSubstr("neither int32 tokens, see line 2 (2 bytes"));
  EXPECT_THAT(Score({R"({"seq_id":0,"qsl_idx":0,"data":"","data":"01000000"})"}).error().message,
              HasSubstr(file + ":2: \"data\" stands twice in the record"));
  EXPECT_THAT(ScoreBytes("[\n" + Record(0, "a", 4) + ",\n").error().message,
              HasSubstr(file + ":3: the file ends inside"));
  EXPECT_THAT(ScoreBytes("[]").error().message, HasSubstr(file + ": holds no answer to score"));
}

// What truncate_accuracy_log.py leaves.
TEST_F(ScoreFileTest, ATruncatedLogIsNamed) {
  const std::string log = "[\n" + std::string(8000, ' ') + "]\n";
  const auto score =
      ScoreBytes(log.substr(0, 4096) + "\n\n...\n\n" + log.substr(log.size() - 4096));
  ASSERT_FALSE(score.has_value());
  EXPECT_THAT(score.error().message, HasSubstr("was truncated for submission"));
}

// More answers than are scored at once.
TEST_F(ScoreFileTest, ManyPairs) {
  std::string lines;
  for (int i = 0; i < 9000; ++i) {
    lines += fmt::format("{{\"prediction\":\"owl {}\",\"reference\":\"owl {}\"}}\n", i, i % 7);
    if (i % 100 == 0) lines += "\n";
  }
  ASSERT_TRUE(WriteFileAtomically(path_, lines).has_value());
  const auto score = ScorePairs(path_, nullptr);
  ASSERT_TRUE(score.has_value()) << score.error().message;
  EXPECT_EQ(score->corpus.gen_num, 9000U);
  EXPECT_EQ(score->scores[3].rouge1.fmeasure, 1.0);
  EXPECT_EQ(score->scores[8].rouge1.fmeasure, 0.5);
  ASSERT_TRUE(WriteFileAtomically(path_, lines + "{\"prediction\":\"a\"}\n").has_value());
  EXPECT_THAT(ScorePairs(path_, nullptr).error().message,
              HasSubstr(path_.string() + ":9091: \"reference\""));
}

}  // namespace
}  // namespace assay
