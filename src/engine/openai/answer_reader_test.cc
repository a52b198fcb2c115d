#include "engine/openai/answer_reader.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"
#include "engine/openai/testing/byte_tokenizer.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Bytes on the heap with exactly the padding that a reader may look at.
class Padded {
 public:
  explicit Padded(std::string_view bytes)
      : memory_(std::make_unique<char[]>(bytes.size() + kReadPadding)), size_(bytes.size()) {
    std::memcpy(memory_.get(), bytes.data(), bytes.size());
    std::memset(memory_.get() + bytes.size(), '"', kReadPadding);
  }
  [[nodiscard]] std::string_view view() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t size_;
};

class Reading {
 public:
  explicit Reading(bool stream = true) : reader_(scratch_) {
    rules_.tokenizer = &tokenizer_;
    rules_.stream = stream;
    rules_.prompts_are_ours = false;
    rules_.max_tokens = 128;
    reader_.Begin(rules_, {});
  }
  // Read at a moment of its own.
  void Feed(std::string_view bytes) {
    if (bytes.empty() || reader_.response_done()) return;
    reader_.Feed(Padded(bytes).view(), FromNanos(++now_));
  }
  void End() {
    if (!reader_.response_done()) reader_.End();
  }
  [[nodiscard]] std::string Kind() const {
    if (!reader_.settled()) return "not settled";
    return reader_.error() ? reader_.error()->kind : "none";
  }
  [[nodiscard]] RequestOutcome& outcome() { return reader_.answer().outcome(); }
  AnswerReader& reader() { return reader_; }
  [[nodiscard]] std::uint64_t InChunks() {
    std::uint64_t sum = 0;
    for (const std::uint32_t n : outcome().chunk_tokens) sum += n;
    return sum;
  }
  // Everything but times, which depend on how the bytes came.
  [[nodiscard]] std::string Summary() {
    std::string counts;
    for (const auto& [name, count] : outcome().other_counts) {
      counts += fmt::format("{}={} ", name, count);
    }
    return fmt::format("{} [{}] engine's {} finish {} chunks {} {}prompt {} cached {} text {}",
                       Kind(), fmt::join(outcome().token_ids, ","), outcome().token_ids_are_engines,
                       static_cast<int>(outcome().finish_reason), InChunks(), counts,
                       outcome().server_prompt_tokens.value_or(0),
                       outcome().cached_tokens.value_or(0), outcome().text.value_or("-"));
  }

 private:
  testing_support::ByteTokenizer tokenizer_;
  ReaderScratch scratch_;
  AnswerRules rules_;
  AnswerReader reader_;
  std::int64_t now_ = 0;
};

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string Chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

// A stream of these bodies, each an HTTP chunk, and its end.
std::string Stream(const std::vector<std::string>& chunks) {
  std::string bytes(kHead);
  for (const std::string& chunk : chunks) bytes += Chunk(chunk);
  return bytes + "0\r\n\r\n";
}

std::string ReadWhole(const std::string& bytes, bool stream = true) {
  Reading reading(stream);
  reading.Feed(bytes);
  reading.End();
  return reading.Summary();
}

TEST(AnswerReader, EventsMayBeSplitAndJoinedInAnyWay) {
  const std::string a = R"(data: {"choices":[{"index":0,"text":"a"}]})";
  const std::string b = R"(data: {"choices":[{"index":0,"text":"b","finish_reason":"stop"}]})";
  const std::string usual = ReadWhole(Stream({a + "\n\n", b + "\n\n", "data: [DONE]\n\n"}));
  EXPECT_THAT(usual, HasSubstr("none [97,98,256] engine's false"));
  EXPECT_EQ(usual, ReadWhole(Stream({a + "\n\n" + b + "\n\ndata: [DONE]\n\n"})));
  EXPECT_EQ(usual, ReadWhole(Stream({a + "\r\n\r\n" + b + "\r\n\r\ndata: [DONE]\r\n\r\n"})));
  EXPECT_EQ(usual, ReadWhole(Stream({a + "\r\r" + b + "\r\rdata:[DONE]\r\r"})));
  EXPECT_EQ(usual, ReadWhole(Stream({":\n\n: ping\n\ndata: null\n\n" + a.substr(0, 20),
                                     a.substr(20) + "\n", "id: 7\nretry\n\n",
                                     b + "\n\n:\n\ndata: [DONE]\n\n"})));
  EXPECT_EQ(usual, ReadWhole(Stream({"\xEF\xBB\xBF" + a + "\n\n",
                                     "data: {\"choices\":\ndata: [{\"text\":\"b\",\ndata: "
                                     "\"finish_reason\":\"stop\"}]}\n\n",
                                     "data: [DONE]\n\n"})));
}

TEST(AnswerReader, AStreamIsAnsweredAtDoneAndItsResponseEndsLater) {
  Reading r;
  r.Feed(std::string(kHead) + Chunk("data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":"
                                    "\"length\"}]}\n\ndata: [DONE]\n\n"));
  EXPECT_EQ(r.Kind(), "none");
  EXPECT_FALSE(r.reader().response_done());
  r.Feed("0\r\n\r\n");
  EXPECT_TRUE(r.reader().response_done());
  EXPECT_TRUE(r.reader().reusable());
}

TEST(AnswerReader, ABodyWithoutLengthEndsWithTheConnection) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
  EXPECT_THAT(ReadWhole(head + "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}"
                               "\n\n"),
              HasSubstr("none [97,256]"));
  EXPECT_THAT(ReadWhole(head + "data: {\"choices\":[{\"text\":\"a\"}]}\n\n"),
              HasSubstr("stream_ended_early"));
  // What no empty line ends is no event.
  EXPECT_THAT(ReadWhole(head + "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}"),
              HasSubstr("stream_ended_early"));
}

TEST(AnswerReader, InterimResponsesAreSkipped) {
  EXPECT_THAT(
      ReadWhole("HTTP/1.1 100 Continue\r\n\r\n" +
                Stream({"data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"length\"}]}"
                        "\n\ndata: [DONE]\n\n"})),
      HasSubstr("none [97]"));
}

TEST(AnswerReader, ChunksAreNotTokens) {
  Reading r;
  r.Feed(std::string(kHead));
  // A role; three tokens at once; an empty text that is a token; the end token; usage apart.
  r.Feed(Chunk("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"));
  EXPECT_FALSE(r.outcome().first_token.has_value());
  r.Feed(
      Chunk("data: {\"choices\":[{\"delta\":{\"content\":\"abc\"},\"token_ids\":[5,6,7]}]}\n\n"));
  EXPECT_EQ(r.outcome().first_token, FromNanos(3));
  r.Feed(Chunk("data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"token_ids\":[8]}]}\n\n"));
  r.Feed(
      Chunk("data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"token_ids\":[9],"
            "\"finish_reason\":\"stop\"}]}\n\n"));
  r.Feed(
      Chunk("data: {\"choices\":[],\"usage\":{\"completion_tokens\":5,\"prompt_tokens\":9,"
            "\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\n"));
  r.Feed(Chunk("data: [DONE]\n\n"));
  EXPECT_EQ(r.Kind(), "none");
  EXPECT_THAT(r.outcome().token_ids, ElementsAre(5, 6, 7, 8, 9));
  EXPECT_TRUE(r.outcome().token_ids_are_engines);
  EXPECT_THAT(r.outcome().chunk_tokens, ElementsAre(3, 1, 1));
  EXPECT_THAT(r.outcome().chunk_times, ElementsAre(FromNanos(3), FromNanos(4), FromNanos(5)));
  EXPECT_EQ(r.outcome().last_token, FromNanos(5));
  EXPECT_EQ(r.outcome().cached_tokens, 4U);
  EXPECT_EQ(r.outcome().server_prompt_tokens, 9U);
  EXPECT_THAT(r.outcome().other_counts,
              UnorderedElementsAre(Pair("usage", 5U), Pair("text_chunks", 1U)));
}

TEST(AnswerReader, ReasoningIsPartOfTheAnswer) {
  const std::string end =
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n";
  const auto event = [](std::string_view delta) {
    return fmt::format("data: {{\"choices\":[{{\"index\":0,\"delta\":{{{}}}}}]}}\n\n", delta);
  };
  for (const char* name : {"reasoning_content", "reasoning"}) {
    const std::string read = ReadWhole(Stream(
        {event(R"("role":"assistant","content":"")"), event(fmt::format(R"("{}":"a")", name)),
         event(fmt::format(R"("{}":"b","content":null)", name)),
         event(fmt::format(R"("{}":null,"content":"c")", name)), event(R"("content":"d")"), end}));
    EXPECT_THAT(read, HasSubstr("none [97,98,99,100]")) << name;
    EXPECT_THAT(read, HasSubstr("chunks 4 text_chunks=4")) << name;
    EXPECT_THAT(read, HasSubstr("text abcd")) << name;
  }
  const std::string whole =
      R"({"choices":[{"message":{"content":"c","reasoning_content":"ab"},"finish_reason":"length"}]})";
  EXPECT_THAT(ReadWhole(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                    "Content-Length: {}\r\n\r\n{}",
                                    whole.size(), whole),
                        false),
              HasSubstr("text abc"));
}

TEST(AnswerReader, ChunksReadAtOneMomentAreOne) {
  Reading r;
  r.Feed(Stream({"data: {\"choices\":[{\"text\":\"a\"}]}\n\n",
                 "data: {\"choices\":[{\"text\":\"b\","
                 "\"finish_reason\":\"length\"}]}\n\n",
                 "data: [DONE]\n\n"}));
  EXPECT_THAT(r.outcome().chunk_tokens, ElementsAre(2));
}

TEST(AnswerReader, CountsThatComeWithEachChunkAreBelieved) {
  for (const char* source :
       {"\"usage\":{\"completion_tokens\":", "\"timings\":{\"predicted_n\":"}) {
    Reading r;
    r.Feed(std::string(kHead));
    const auto event = [&](const char* choice, int so_far) {
      r.Feed(
          Chunk(fmt::format("data: {{\"choices\":[{{{}}}],{}{}}}}}\n\n", choice, source, so_far)));
    };
    event("\"text\":\"a\"", 1);
    event("\"text\":\"bc\"", 3);
    event("\"text\":\"\"", 4);
    event("\"text\":\"\",\"finish_reason\":\"length\"", 4);
    r.Feed(Chunk("data: [DONE]\n\n"));
    EXPECT_EQ(r.Kind(), "none");
    EXPECT_THAT(r.outcome().chunk_tokens, ElementsAre(1, 2, 1)) << source;
  }
}

TEST(AnswerReader, ATotalWithTheLastChunkSaysNothingOfWhenTheTokensCame) {
  Reading r;
  r.Feed(std::string(kHead));
  r.Feed(Chunk("data: {\"choices\":[{\"text\":\"ab\"}]}\n\n"));
  r.Feed(
      Chunk("data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}],"
            "\"usage\":{\"completion_tokens\":9}}\n\n"));
  r.Feed(Chunk("data: [DONE]\n\n"));
  EXPECT_THAT(r.outcome().chunk_tokens, ElementsAre(1, 1));
  EXPECT_FALSE(r.outcome().token_ids_are_engines);
}

TEST(AnswerReader, ProgressOfThePromptIsNoToken) {
  Reading r;
  r.Feed(std::string(kHead));
  r.Feed(Chunk("data: {\"choices\":[{\"text\":\"\"}],\"prompt_progress\":{\"total\":5}}\n\n"));
  EXPECT_FALSE(r.outcome().first_token.has_value());
  r.Feed(Chunk("data: {\"choices\":[{\"text\":\"\"}]}\n\n"));
  EXPECT_TRUE(r.outcome().first_token.has_value());
}

// What the file's own server says, found without our reader: the last count in its bytes.
std::optional<std::uint64_t> LastUsage(const std::string& bytes) {
  constexpr std::string_view kKey = "\"completion_tokens\":";
  const std::size_t at = bytes.rfind(kKey);
  if (at == std::string::npos) return std::nullopt;
  return std::stoull(bytes.substr(at + kKey.size()));
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct Capture {
  std::string name, request, response;
  [[nodiscard]] bool stream() const { return Contains(request, "\"stream\": true"); }
};

std::vector<Capture> Captures() {
  std::vector<Capture> captures;
  const fs::path root = fs::path(ASSAY_SHARED_DIR) / "data" / "wire-captures";
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(root, error)) {
    const std::string path = entry.path().string();
    const std::size_t end = path.rfind(".response.bin");
    if (end == std::string::npos) continue;
    Capture c{path.substr(0, end), ReadFile(path.substr(0, end) + ".request.bin").value(),
              ReadFile(path).value()};
    const bool asks = c.request.rfind("POST /v1/completions", 0) == 0 ||
                      c.request.rfind("POST /v1/chat/completions", 0) == 0;
    if (asks) captures.push_back(std::move(c));
  }
  return captures;
}

TEST(Captures, EverySplitOfEveryCaptureReadsAlike) {
  const std::vector<Capture> captures = Captures();
  if (captures.empty()) GTEST_SKIP() << "needs " << ASSAY_SHARED_DIR << "/data/wire-captures";
  EXPECT_GT(captures.size(), 100U);
  for (const Capture& c : captures) {
    SCOPED_TRACE(c.name);
    const std::string whole = ReadWhole(c.response, c.stream());
    for (std::size_t split = 1; split < c.response.size(); ++split) {
      Reading reading(c.stream());
      reading.Feed(std::string_view(c.response).substr(0, split));
      reading.Feed(std::string_view(c.response).substr(split));
      reading.End();
      ASSERT_EQ(reading.Summary(), whole) << "split at " << split;
    }
    Reading bytewise(c.stream());
    for (const char& byte : c.response) bytewise.Feed({&byte, 1});
    bytewise.End();
    ASSERT_EQ(bytewise.Summary(), whole);
  }
}

TEST(Captures, TokensAreWhatTheServerCounted) {
  const std::vector<Capture> captures = Captures();
  if (captures.empty()) GTEST_SKIP() << "needs " << ASSAY_SHARED_DIR << "/data/wire-captures";
  std::size_t exact = 0;
  for (const Capture& c : captures) {
    SCOPED_TRACE(c.name);
    Reading reading(c.stream());
    reading.Feed(c.response);
    reading.End();
    const std::string status = c.response.substr(9, 3);
    if (status != "200") {
      EXPECT_EQ(reading.Kind(), fmt::format("http_{}xx", status[0]));
      continue;
    }
    if (Contains(c.name, "_n2") || Contains(c.name, "batch_prompts")) {
      EXPECT_EQ(reading.Kind(), "wrong_answer");
      continue;
    }
    EXPECT_EQ(reading.Kind(), "none");
    const auto usage = LastUsage(c.response);
    const bool ids = Contains(c.response, "\"token_ids\":[");
    // llama-server knows no usage with each chunk.
    const bool each =
        (Contains(c.name, "contusage") && Contains(c.name, "vllm")) || Contains(c.name, "timings");
    EXPECT_EQ(reading.outcome().token_ids_are_engines, ids);
    if (ids && usage) {
      EXPECT_EQ(reading.outcome().token_ids.size(), *usage);
    }
    if (c.stream() && usage && (ids || each)) {
      // llama-server's chat has no chunk for the end token.
      const bool end_untold =
          Contains(c.name, "llama/chat") && reading.outcome().finish_reason == FinishReason::kStop;
      EXPECT_EQ(reading.InChunks() + (end_untold ? 1U : 0U), *usage);
      ++exact;
    }
  }
  EXPECT_GE(exact, 10U);
}

}  // namespace
}  // namespace assay
