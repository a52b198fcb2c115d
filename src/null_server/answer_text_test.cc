// The layouts expected here are those of docs/formats.md, which follows what vLLM 0.32.0 and
// llama-server (llama.cpp 0c1e570) were seen to send.

#include "null_server/answer_text.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

const Vocabulary kVocabulary{{" a", " b"}, {10, 11}, 2};

AnswerPlan PlanOf(std::uint32_t tokens, bool ends_by_itself) {
  AnswerPlan plan;
  plan.tokens = tokens;
  plan.ends_by_itself = ends_by_itself;
  return plan;
}

AnswerText TextOf(ServerStyle style, const ApiRequest& request, const AnswerPlan& plan,
                  std::uint32_t chunk_tokens = 1) {
  AnswerText::Context context;
  context.style = style;
  context.model = "m";
  context.vocabulary = &kVocabulary;
  context.chunk_tokens = chunk_tokens;
  context.id = "cmpl-7";
  context.created = 1795491735;
  return AnswerText(context, request, plan);
}

ApiRequest Streaming(ApiKind api) {
  ApiRequest request;
  request.api = api;
  request.stream = true;
  request.prompt_tokens = 5;
  return request;
}

// Removes the HTTP chunks' framing; a failure of the test where it is none.
std::string Unframed(std::string_view bytes) {
  std::string payload;
  while (!bytes.empty()) {
    const std::size_t line = bytes.find("\r\n");
    const std::size_t size = std::stoul(std::string(bytes.substr(0, line)), nullptr, 16);
    payload += bytes.substr(line + 2, size);
    EXPECT_EQ(bytes.substr(line + 2 + size, 2), "\r\n");
    bytes.remove_prefix(line + size + 4);
  }
  return payload;
}

TEST(AnswerText, VllmCompletionsAsCaptured) {
  ApiRequest request = Streaming(ApiKind::kCompletions);
  request.return_token_ids = true;
  request.include_usage = true;
  const AnswerText text = TextOf(ServerStyle::kVllm, request, PlanOf(2, false));
  std::string out;
  text.AppendTokens(0, 2, out);
  text.AppendEnd(out);
  EXPECT_EQ(
      Unframed(out),
      R"(data: {"id":"cmpl-7","object":"text_completion","created":1795491735,"model":"m","choices":[{"index":0,"text":" a","logprobs":null,"finish_reason":null,"stop_reason":null,"prompt_token_ids":null,"token_ids":[10]}]})"
      "\n\n"
      R"(data: {"id":"cmpl-7","object":"text_completion","created":1795491735,"model":"m","choices":[{"index":0,"text":" b","logprobs":null,"finish_reason":"length","stop_reason":null,"prompt_token_ids":null,"token_ids":[11]}]})"
      "\n\n"
      R"(data: {"id":"cmpl-7","object":"text_completion","created":1795491735,"model":"m","choices":[],"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2},"system_fingerprint":"assay-null-server"})"
      "\n\ndata: [DONE]\n\n");
}

TEST(AnswerText, VllmChatSendsTheRoleWithTheHeader) {
  const AnswerText text = TextOf(ServerStyle::kVllm, Streaming(ApiKind::kChat), PlanOf(2, true));
  std::string start;
  text.AppendStart(start);
  EXPECT_THAT(start, HasSubstr("transfer-encoding: chunked\r\n\r\n"));
  EXPECT_THAT(start, HasSubstr(R"("delta":{"role":"assistant","content":""})"));
  std::string out;
  text.AppendTokens(0, 2, out);
  EXPECT_EQ(
      Unframed(out),
      R"(data: {"id":"cmpl-7","object":"chat.completion.chunk","created":1795491735,"model":"m","choices":[{"index":0,"delta":{"content":" a"},"logprobs":null,"finish_reason":null,"token_ids":null}]})"
      "\n\n"
      R"(data: {"id":"cmpl-7","object":"chat.completion.chunk","created":1795491735,"model":"m","choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":null,"token_ids":null}]})"
      "\n\n");
}

TEST(AnswerText, LlamaChatPutsRoleAndFirstTokenIntoOneHttpChunk) {
  ApiRequest request = Streaming(ApiKind::kChat);
  request.include_usage = true;
  const AnswerText text = TextOf(ServerStyle::kLlama, request, PlanOf(2, true));
  std::string out;
  text.AppendTokens(0, 2, out);
  EXPECT_EQ(out.find("\r\n0"), std::string::npos);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\r'), 2)
      << "one HTTP chunk: the end token has none";
  EXPECT_THAT(out, HasSubstr(R"("delta":{"role":"assistant","content":null})"));
  EXPECT_THAT(out, HasSubstr(R"("delta":{"content":" a"})"));
  std::string end;
  text.AppendEnd(end);
  EXPECT_THAT(end, HasSubstr(R"({"finish_reason":"stop","index":0,"delta":{}})"));
  EXPECT_THAT(end, HasSubstr(R"("usage":{"completion_tokens":2,"prompt_tokens":5,)"));
  EXPECT_THAT(end, HasSubstr(R"("predicted_n":2)"));
}

TEST(AnswerText, LlamaCompletionsFinishInAnEventOfTheirOwn) {
  const AnswerText text =
      TextOf(ServerStyle::kLlama, Streaming(ApiKind::kCompletions), PlanOf(1, false));
  std::string out;
  text.AppendTokens(0, 1, out);
  EXPECT_EQ(
      Unframed(out),
      R"(data: {"choices":[{"text":" a","index":0,"logprobs":null,"finish_reason":null}],"created":1795491735,"model":"m","system_fingerprint":"assay-null-server","object":"text_completion","id":"cmpl-7"})"
      "\n\n");
  std::string end;
  text.AppendEnd(end);
  EXPECT_THAT(end, HasSubstr(R"({"text":"","index":0,"logprobs":null,"finish_reason":"length"})"));
  EXPECT_THAT(end, HasSubstr(R"("completion_tokens":1)"));
}

TEST(AnswerText, MergesTokensIntoEvents) {
  ApiRequest request = Streaming(ApiKind::kCompletions);
  request.return_token_ids = true;
  request.continuous_usage = true;
  const AnswerText text = TextOf(ServerStyle::kVllm, request, PlanOf(5, false), 2);
  std::string out;
  text.AppendTokens(0, 4, out);
  EXPECT_THAT(out, HasSubstr(R"("text":" a b")"));
  EXPECT_THAT(out,
              HasSubstr(R"("token_ids":[10,11]}],"usage":{"prompt_tokens":5,"total_tokens":7,)"));
  EXPECT_THAT(out, HasSubstr(R"("total_tokens":9,"completion_tokens":4})"));
  EXPECT_THAT(out, Not(HasSubstr(R"("finish_reason":"length")")));
}

// Of a stream without its framing: at least four, each JSON but the last.
void ExpectJsonEvents(std::string events) {
  int count = 0;
  for (std::size_t end = events.find("\n\n"); end != std::string::npos; end = events.find("\n\n")) {
    const std::string data = events.substr(6, end - 6);
    EXPECT_EQ(events.substr(0, 6), "data: ");
    EXPECT_TRUE(data == "[DONE]" || ParseJson(data, "event").has_value()) << data;
    events.erase(0, end + 2);
    ++count;
  }
  EXPECT_TRUE(events.empty());
  EXPECT_GE(count, 4);
}

void ExpectJson(ServerStyle style, ApiKind api, bool usage) {
  ApiRequest request = Streaming(api);
  request.include_usage = request.continuous_usage = request.return_token_ids = usage;
  const AnswerText text = TextOf(style, request, PlanOf(3, usage));
  std::string out;
  text.AppendStart(out);
  out.erase(0, out.find("\r\n\r\n") + 4);
  text.AppendTokens(0, 3, out);
  text.AppendEnd(out);
  ExpectJsonEvents(Unframed(out));
  request.stream = false;
  std::string whole;
  TextOf(style, request, PlanOf(3, usage)).AppendWhole(whole);
  const auto body = ParseJson(whole.substr(whole.find("\r\n\r\n") + 4), "body");
  ASSERT_TRUE(body.has_value()) << whole;
  EXPECT_EQ((*body)["usage"]["completion_tokens"], 3);
}

TEST(AnswerText, EveryEventAndBodyIsJson) {
  for (const ServerStyle style : {ServerStyle::kVllm, ServerStyle::kLlama}) {
    for (const ApiKind api : {ApiKind::kCompletions, ApiKind::kChat}) {
      for (const bool usage : {false, true}) ExpectJson(style, api, usage);
    }
  }
}

TEST(VocabularyOf, DefaultWordsNeedNoEscaping) {
  const Vocabulary vocabulary = DefaultVocabulary();
  ASSERT_EQ(vocabulary.words.size(), vocabulary.ids.size());
  for (const std::string& word : vocabulary.words) {
    EXPECT_EQ(ToJsonLine(Json(word)), "\"" + word + "\"");
  }
}

}  // namespace
}  // namespace assay
