#include "null_server/api_request.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ApiRequestReader, ReadsWhatClientsSend) {
  ApiRequestReader reader(nullptr);
  const auto ids = reader.Read(
      ApiKind::kCompletions,
      R"({"model":"m","prompt":[504,3575,282,4649,314],"max_tokens":8,"min_tokens":2,"stream":true,
          "stream_options":{"include_usage":true,"continuous_usage_stats":true},
          "return_token_ids":true,"ignore_eos":true,"temperature":0,"logprobs":null,"n":1})");
  ASSERT_TRUE(ids.has_value()) << ids.error().message;
  EXPECT_EQ(ids->model, "m");
  EXPECT_EQ(ids->prompt_tokens, 5U);
  EXPECT_EQ(ids->max_tokens, 8U);
  EXPECT_EQ(ids->min_tokens, 2U);
  EXPECT_TRUE(ids->stream && ids->include_usage && ids->continuous_usage);
  EXPECT_TRUE(ids->return_token_ids && ids->ignore_end);

  const auto text = reader.Read(ApiKind::kCompletions, R"({"prompt":"123456789"})");
  ASSERT_TRUE(text.has_value()) << text.error().message;
  EXPECT_EQ(text->prompt_tokens, 3U);
  EXPECT_FALSE(text->max_tokens.has_value());
  EXPECT_FALSE(text->stream);

  const auto chat = reader.Read(ApiKind::kChat,
                                R"({"messages":[{"role":"system","content":"1234"},
          {"role":"user","content":[{"type":"text","text":"5678"}]}],
          "max_tokens":3,"max_completion_tokens":9,"logprobs":false})");
  ASSERT_TRUE(chat.has_value()) << chat.error().message;
  EXPECT_EQ(chat->prompt_tokens, 2U);
  EXPECT_EQ(chat->max_tokens, 9U);
}

TEST(ApiRequestReader, RefusesWhatItCannotAnswer) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"prompt":)", "not valid JSON"},
      {"[]", "expected a JSON object"},
      {"{}", "\"prompt\" must be a text or an array of token ids"},
      {R"({"prompt":[]})", "\"prompt\" must be"},
      {R"({"prompt":"a","max_tokens":0})", "\"max_tokens\" must be at least 1"},
      {R"({"prompt":"a","max_tokens":-1})", "\"max_tokens\" must be an integer"},
      {R"({"prompt":"a","stream":"yes"})", "\"stream\" must be true or false"},
      {R"({"prompt":"a","n":2})", "\"n\" must be 1"},
      {R"({"prompt":"a","logprobs":1})", "\"logprobs\" is not supported"},
      {R"({"prompt":["a","b"]})", "more than one prompt"}};
  ApiRequestReader reader(nullptr);
  for (const auto& [body, part] : cases) {
    const auto request = reader.Read(ApiKind::kCompletions, body);
    ASSERT_FALSE(request.has_value()) << body;
    EXPECT_NE(request.error().message.find(part), std::string::npos) << request.error().message;
  }
  EXPECT_FALSE(reader.Read(ApiKind::kChat, R"({"messages":[]})").has_value());
  EXPECT_FALSE(reader.Read(ApiKind::kChat, R"({"messages":["hi"]})").has_value());
}

}  // namespace
}  // namespace assay
