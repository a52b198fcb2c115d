#include "engine/openai/event_shape.h"

#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/openai/response_reader.h"

namespace assay {
namespace {

using ::testing::ElementsAre;

// As vLLM sends them.
constexpr std::string_view kCompletion =
    R"({"id":"cmpl-7","object":"text_completion","created":1795492476,"model":"m","choices":[{"index":0,)"
    R"("text":" of","logprobs":null,"finish_reason":null,"stop_reason":null,"prompt_token_ids":null,)"
    R"("token_ids":[1010]}],"usage":{"prompt_tokens":7,"total_tokens":9,"completion_tokens":2}})";
constexpr std::string_view kChat =
    R"({"id":"chatcmpl-7","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],)"
    R"("system_fingerprint":"f"})";

// The parser, and the shape that was learned from one event.
class Shaped {
 public:
  explicit Shaped(std::string_view first) { Learn(first); }
  void Learn(std::string_view first) {
    ServerEvent event;
    const std::string bytes = Padded(first);
    if (parser_.Parse({bytes.data(), first.size()}, event)) return;
    shape_.Learn({bytes.data(), first.size()}, event, parser_);
  }

  // What the shape reads; nullopt: it leaves it to the parser.
  [[nodiscard]] std::optional<ServerEvent> Read(std::string_view json) const {
    ServerEvent event;
    return shape_.Read(json, event) ? std::optional(event) : std::nullopt;
  }
  // Reads as the parser does, or leaves it to it.
  void ExpectTheParsersEvent(std::string_view json) {
    const std::optional<ServerEvent> ours = Read(json);
    if (!ours) return;
    ++read_;
    const std::string bytes = Padded(json);
    ServerEvent theirs;
    const auto wrong = parser_.Parse({bytes.data(), json.size()}, theirs);
    EXPECT_FALSE(wrong) << json;
    EXPECT_TRUE(*ours == theirs) << json;
  }
  [[nodiscard]] int read() const { return read_; }

 private:
  static std::string Padded(std::string_view json) {
    return std::string(json) + std::string(kReadPadding, '"');
  }
  EventParser parser_;
  EventShape shape_;
  int read_ = 0;
};

std::string Replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string replaced(text);
  return replaced.replace(replaced.find(what), what.size(), by);
}

TEST(EventShape, ReadsAnotherTokenOfTheSameStream) {
  Shaped shaped(kCompletion);
  std::string next = Replaced(kCompletion, " of", " the harbour");
  next = Replaced(next, "[1010]", "[3,2147483647,0]");
  next = Replaced(next, R"("total_tokens":9,"completion_tokens":2)",
                  R"("total_tokens":112,"completion_tokens":105)");
  const auto event = shaped.Read(next);
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->text, " the harbour");
  EXPECT_THAT(event->token_ids, ElementsAre(3, 2147483647, 0));
  EXPECT_EQ(event->counts.usage_output, 105U);
  EXPECT_EQ(event->counts.usage_prompt, 7U);
  EXPECT_EQ(event->id, "cmpl-7");
  shaped.ExpectTheParsersEvent(next);
  EXPECT_TRUE(Shaped(kChat).Read(Replaced(kChat, R"("a")", R"("")")).has_value());
}

TEST(EventShape, LeavesEverythingElseToTheParser) {
  const Shaped shaped(kCompletion);
  const auto left = [&](std::string_view what, std::string_view by) {
    return !shaped.Read(Replaced(kCompletion, what, by)).has_value();
  };
  EXPECT_TRUE(left(" of", R"(\n)"));
  EXPECT_TRUE(left(" of", "\t"));
  EXPECT_TRUE(left(" of", "\xC3\xA9"));
  EXPECT_TRUE(left(" of", "\xC3"));
  EXPECT_TRUE(left("[1010]", "[01]"));
  EXPECT_TRUE(left("[1010]", "[2147483648]"));
  EXPECT_TRUE(left("[1010]", "[1,]"));
  EXPECT_TRUE(left("[1010]", "[-1]"));
  EXPECT_TRUE(left("[1010]", "[1.0]"));
  EXPECT_TRUE(left("[1010]", "null"));
  EXPECT_TRUE(left("_tokens\":2}", "_tokens\":null}"));
  EXPECT_TRUE(left("_tokens\":2}", "_tokens\":18446744073709551616}"));
  EXPECT_TRUE(left(R"("finish_reason":null)", R"("finish_reason":"stop")"));
  EXPECT_TRUE(left("cmpl-7", "cmpl-8"));
  EXPECT_TRUE(left(R"(:2}})", R"(:2})"));
  EXPECT_TRUE(left(R"(:2}})", R"(:2}}})"));
  EXPECT_FALSE(shaped.Read("").has_value());
}

// A gap that another member of the same name would fill is none.
TEST(EventShape, LearnsNothingThatMeansSomethingElse) {
  const std::vector<std::string> odd{
      R"({"choices":[{"index":0,"text": "a"}],"x":{"text":"b"}})",
      R"({"choices":[{"index":0,"text":"a","text": "b"}]})",
      R"({"choices":[{"index":0,"text": "a"}],"x":{"text":"a"}})",
      R"({"choices":[{"index":0,"text":"a","token_ids": [3]}],"x":{"token_ids":[3]}})",
      R"({"choices":[{"index":0,"text":"a"}],"usage":{"completion\u005ftokens":3},"x":{"completion_tokens":3}})",
      R"({"choices":[{"index":0,"text":"a"}],"x":{"completion_tokens":3}})",
      R"({"choices":[{"index":0,"text":"a"}],"token_ids":[3]})",
      R"({"choices":[{"index":0,"text":"a","x":[1,"text":2]}]})",
      R"({"choices":[{"index":0,"text":"a\n"}]})",
      R"({"choices":[{"index":0,"text":"a","finish_reason":"stop"}]})",
      R"({"choices":[{"index":0,"delta":{"role":"assistant"}}]})",
      R"({"choices":[{"index":0,"text":"a"},{"index":1,"text":"b"}]})",
      "null"};
  for (const std::string& json : odd) EXPECT_FALSE(Shaped(json).Read(json).has_value()) << json;
}

TEST(EventShape, AMemberThatStandsTwiceIsNoGap) {
  const std::string twice =
      R"({"choices":[{"index":0,"text":"a"}],"usage":{"completion_tokens":3},"x":{"completion_tokens":3}})";
  const Shaped shaped(twice);
  EXPECT_TRUE(shaped.Read(Replaced(twice, R"("a")", R"("b")")).has_value());
  EXPECT_FALSE(shaped.Read(Replaced(twice, ":3}", ":4}")).has_value());
}

TEST(EventShape, ANumberThatIsNotWholeIsNoGap) {
  const std::string base = R"({"choices":[{"index":0,"text":"a"}],"usage":{"total_tokens":1e300}})";
  const Shaped shaped(base);
  EXPECT_TRUE(shaped.Read(Replaced(base, R"("a")", R"("b")")).has_value());
  EXPECT_FALSE(shaped.Read(Replaced(base, "1e300", "999999999999999999e300")).has_value());
}

TEST(EventShape, LearnsAnewWhereTheFirstEventIsAnother) {
  const std::string role = Replaced(kChat, R"({"content")", R"({"role":"assistant","content")");
  Shaped shaped(role);
  EXPECT_FALSE(shaped.Read(kChat).has_value());
  shaped.Learn(kChat);
  ASSERT_TRUE(shaped.Read(kChat).has_value());
  shaped.Learn(Replaced(kChat, R"("a")", R"("\n")"));
  EXPECT_TRUE(shaped.Read(kChat).has_value()) << "one escaped text takes nothing back";
  shaped.Learn(kCompletion);
  EXPECT_TRUE(shaped.Read(kCompletion).has_value());
  shaped.Learn(kChat);
  EXPECT_TRUE(shaped.Read(kCompletion).has_value()) << "and not for ever";
}

// Any byte in the place of any other, left out, or twice.
TEST(EventShape, ReadsEveryChangedEventAsTheParserDoes) {
  for (const std::string_view base : {kCompletion, kChat}) {
    Shaped shaped(base);
    for (std::size_t at = 0; at < base.size(); ++at) {
      std::string changed(base);
      for (int byte = 0; byte < 256; ++byte) {
        changed[at] = static_cast<char>(byte);
        shaped.ExpectTheParsersEvent(changed);
      }
      shaped.ExpectTheParsersEvent(std::string(base).erase(at, 1));
      shaped.ExpectTheParsersEvent(std::string(base).insert(at, 1, base[at]));
    }
    EXPECT_GT(shaped.read(), 200) << "the texts, numbers and the event itself";
  }
}

TEST(EventShape, ReadsTheCapturesAsTheParserDoes) {
  const fs::path captures = fs::path(ASSAY_SHARED_DIR) / "data" / "wire-captures";
  if (!fs::exists(captures)) GTEST_SKIP() << captures << " is missing";
  int read = 0;
  for (const auto& entry : fs::recursive_directory_iterator(captures)) {
    if (!entry.path().string().ends_with(".response.bin")) continue;
    const auto bytes = ReadFile(entry.path());
    ASSERT_TRUE(bytes.has_value());
    std::optional<Shaped> shaped;
    for (std::size_t at = 0; (at = bytes->find("data: {", at)) != std::string::npos;) {
      at += 6;
      const std::string json = bytes->substr(at, bytes->find('\n', at) - at);
      if (shaped) shaped->ExpectTheParsersEvent(json);
      if (shaped) read += shaped->read();
      if (!shaped || !shaped->Read(json)) shaped.emplace(json);
    }
  }
  EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace assay
