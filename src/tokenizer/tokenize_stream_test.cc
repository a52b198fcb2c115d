#include "tokenizer/tokenize_stream.h"

#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tokenizer/hf_tokenizer.h"
#include "tokenizer/small_tokenizer.h"

namespace assay {
namespace {

std::unique_ptr<const Tokenizer> Small() {
  WorkerThreads helper(1);
  auto parts =
      tok::ParseHfTokenizer(ToJsonLine(tok::SmallTokenizer({{"h", "e"}})), {}, "t", &helper);
  return std::make_unique<tok::BpeTokenizer>(*std::move(parts));
}

// What came out, and the error if there was one.
std::pair<std::string, std::string> Answer(const std::string& input,
                                           const TokenizeStreamOptions& options) {
  std::istringstream in(input);
  std::ostringstream out;
  const Status status = TokenizeStream(*Small(), in, out, options, "in");
  return {out.str(), status ? "" : status.error().message};
}

TEST(TokenizeStream, AnswersLineByLine) {
  using P = std::pair<std::string, std::string>;
  EXPECT_EQ(Answer("{\"text\":\"he\"}\n{\"text\":\"\",\"id\":7}", {}),
            P("{\"ids\":[257,256]}\n{\"ids\":[257]}\n", ""));
  EXPECT_EQ(Answer("{\"text\":\"he!\"}\n", {.mode = TokenizeMode::kCount}),
            P("{\"count\":3}\n", ""));
  EXPECT_EQ(Answer("{\"ids\":[257,256,32,46,195]}\n", {.mode = TokenizeMode::kDecode}),
            P("{\"text\":\"he.\uFFFD\"}\n", ""));
  EXPECT_EQ(Answer("{\"ids\":[257,256,32,46]}\n",
                   {.mode = TokenizeMode::kDecode, .decode = {false, false}}),
            P("{\"text\":\"<s>he .\"}\n", ""));
}

TEST(TokenizeStream, ErrorsNameTheLineAndKeepEarlierAnswers) {
  const auto [out, error] = Answer("{\"text\":\"h\"}\n{\"txt\":\"h\"}\n", {});
  EXPECT_EQ(out, "{\"ids\":[257,104]}\n");
  EXPECT_EQ(error, "in:2: \"text\" must be a string, found nothing");
  EXPECT_EQ(Answer("\n", {}).second.rfind("in:1: not valid JSON", 0), 0U);
  EXPECT_EQ(Answer("[]\n", {}).second.rfind("in:1: ", 0), 0U);
  const TokenizeStreamOptions decode{.mode = TokenizeMode::kDecode};
  EXPECT_EQ(Answer("{}\n", decode).second, "in:1: \"ids\" must be an array, found nothing");
  EXPECT_EQ(Answer("{\"ids\":[1,-1]}\n", decode).second,
            "in:1: \"ids\"[1] must be an integer from 0 to 2147483647, found -1");
  EXPECT_EQ(Answer("{\"ids\":[1,259]}\n", decode).second,
            "in:1: token id 259 at position 1 is not in the vocabulary of 259 ids");
}

TEST(TokenizeStream, SaysWhenItCannotWrite) {
  std::istringstream in("{\"text\":\"h\"}\n");
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const Status status = TokenizeStream(*Small(), in, out, {}, "in");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace assay
