// The server over real sockets, with a client of Boost.Beast. Times are compared with the server's
// own log, never with how fast this machine is.

#include "null_server/null_server.h"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "null_server/request_log.h"

namespace assay {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using testing::HasSubstr;

struct Response {
  error_code error;  // what ended the reading early
  unsigned status = 0;
  std::string body;
  std::string retry_after;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    socket_.set_option(asio::ip::tcp::no_delay(true));
  }

  void Write(std::string_view bytes) {
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()));
  }
  void Close() { socket_.close(); }

  Response Read() {
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{1} << 30U);
    Response response;
    http::read(socket_, buffer_, parser, response.error);
    response.status = parser.get().result_int();
    response.body = parser.get().body();
    response.retry_after = std::string(parser.get()["retry-after"]);
    return response;
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

std::string Post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", path, headers,
                     body.size(), body);
}

const std::string kStream =
    Post("/v1/completions", R"({"prompt":[1,2,3],"max_tokens":4,"stream":true})");

class NullServerTest : public testing::Test {
 protected:
  void Start(NullServerOptions options = {}) {
    Stop();
    log_ = fs::path(testing::TempDir()) /
           fmt::format("assay_null_server_{}.jsonl",
                       testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove(log_);
    options.log = log_;
    auto server = NullServer::Create(std::move(options));
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::thread([this] { EXPECT_TRUE(server_->Run(false).has_value()); });
  }
  void TearDown() override { Stop(); }

  void Stop() {
    if (!server_) return;
    server_->Stop();
    thread_.join();
    server_.reset();
  }
  // Ends the server and reads its log.
  std::vector<ServedRequest> Served() {
    Stop();
    auto served = ReadServedRequests(log_);
    EXPECT_TRUE(served.has_value()) << served.error().message;
    return std::move(*served);
  }
  [[nodiscard]] Response Ask(std::string_view request) const {
    Client client(server_->port());
    client.Write(request);
    return client.Read();
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  fs::path log_;
  std::unique_ptr<NullServer> server_;
  std::thread thread_;
};

NullServerOptions Timed(double ttft_ms, double tpot_ms) {
  NullServerOptions options;
  options.script.ttft = {DrawnTime::Kind::kFixed, ttft_ms, 0.0};
  options.script.tpot = {DrawnTime::Kind::kFixed, tpot_ms, 0.0};
  return options;
}

NullServerOptions Faulty(NullServerFault fault) {
  NullServerOptions options;
  options.script.fault = fault;
  options.script.fault_rate = 1.0;
  return options;
}

int Count(std::string_view text, std::string_view part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST_F(NullServerTest, StreamsAnAnswerAndKeepsTheConnection) {
  Start();
  Client client(port());
  for (int i = 0; i < 3; ++i) {
    client.Write(kStream);
    const Response response = client.Read();
    ASSERT_FALSE(response.error) << response.error.message();
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(Count(response.body, "\"text\":"), 4);
    EXPECT_THAT(response.body, HasSubstr("\"finish_reason\":\"length\""));
    EXPECT_EQ(response.body.substr(response.body.size() - 14), "data: [DONE]\n\n");
  }
  const auto served = Served();
  ASSERT_EQ(served.size(), 3U);
  EXPECT_EQ(served[2].number, 2U);
  EXPECT_EQ(served[2].tokens, 4U);
  EXPECT_EQ(served[2].end, ServedEnd::kDone);
}

TEST_F(NullServerTest, ReadsARequestSplitAtEveryByte) {
  Start();
  const std::string request = Post(
      "/v1/chat/completions", R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":2})",
      "X-Request-Id: split-1\r\n");
  Client client(port());
  for (std::size_t at = 1; at < request.size(); ++at) {
    client.Write(std::string_view(request).substr(0, at));
    client.Write(std::string_view(request).substr(at));
    const Response response = client.Read();
    ASSERT_FALSE(response.error) << "split at " << at << ": " << response.error.message();
    const auto body = ParseJson(response.body, "body");
    ASSERT_TRUE(body.has_value()) << response.body;
    EXPECT_EQ((*body)["usage"]["completion_tokens"], 2);
    EXPECT_EQ((*body)["id"], "chatcmpl-split-1");
  }
  EXPECT_EQ(Served().size(), request.size() - 1);
}

TEST_F(NullServerTest, ReadsARequestByteByByteAndSeveralAtOnce) {
  Start();
  Client client(port());
  for (const char c : kStream) client.Write({&c, 1});
  EXPECT_EQ(client.Read().status, 200U);
  client.Write(kStream + kStream + kStream);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Count(client.Read().body, "\"text\":"), 4);
  const auto served = Served();
  EXPECT_EQ(served.size(), 4U);
}

TEST_F(NullServerTest, NeverWritesBeforeTheSchedule) {
  NullServerOptions options = Timed(15.0, 2.0);
  options.script.ttft = {DrawnTime::Kind::kUniform, 5.0, 15.0};
  options.script.seed = 3;
  const AnswerScript script = options.script;
  Start(std::move(options));
  std::vector<std::thread> clients;
  clients.reserve(8);
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([this] { EXPECT_EQ(Count(Ask(kStream).body, "\"text\":"), 4); });
  }
  for (std::thread& client : clients) client.join();
  auto all = Served();
  ASSERT_EQ(all.size(), 8U);
  for (const ServedRequest& served : all) {
    const AnswerPlan plan = PlanAnswer(script, served.number, {.max_tokens = 4});
    EXPECT_EQ(served.plan.ttft, plan.ttft) << "the plan of request " << served.number;
    EXPECT_EQ(served.start, served.read);
    ASSERT_EQ(served.writes.size(), 4U);
    for (std::uint32_t i = 0; i < 4; ++i) {
      EXPECT_GE(served.writes[i] - served.read, WriteAt(script, plan, i).due);
    }
  }
}

TEST_F(NullServerTest, AnswersNoMoreAtATimeThanItsSlots) {
  NullServerOptions options = Timed(5.0, 0.0);
  options.slots = 1;
  Start(std::move(options));
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([this] { EXPECT_EQ(Ask(kStream).status, 200U); });
  }
  for (std::thread& client : clients) client.join();
  const auto served = Served();
  ASSERT_EQ(served.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_GE(served[i].start, served[i - 1].writes.back());
}

TEST_F(NullServerTest, ServicePages) {
  NullServerOptions options;
  options.model = "a \"model\"";
  Start(std::move(options));
  EXPECT_EQ(Ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").body, "");
  const auto models = ParseJson(Ask("GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n").body, "models");
  ASSERT_TRUE(models.has_value());
  EXPECT_EQ((*models)["data"][0]["id"], "a \"model\"");
  EXPECT_EQ((*models)["data"][0]["max_model_len"], 131072);
  EXPECT_EQ(Ask(kStream).status, 200U);
  const std::string metrics = Ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").body;
  EXPECT_THAT(metrics, HasSubstr("vllm:generation_tokens_total{engine=\"0\",model_name=\"a "
                                 "\\\"model\\\"\"} 4.0"));
  EXPECT_THAT(metrics, HasSubstr("vllm:prompt_tokens_total"));
  EXPECT_THAT(metrics, HasSubstr("finished_reason=\"length\"} 1.0"));
  EXPECT_EQ(Ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").status, 404U);
  EXPECT_EQ(Ask("GET /v1/completions HTTP/1.1\r\nHost: x\r\n\r\n").status, 405U);
}

TEST_F(NullServerTest, RefusesWhatIsNoRequest) {
  Start();
  EXPECT_EQ(Ask("HELO\r\n\r\n").status, 400U);
  EXPECT_EQ(Ask("GET /health HTTP/1.0\r\n\r\n").status, 505U);
  EXPECT_EQ(Ask(Post("/v1/completions", "{\"prompt\":")).status, 400U);
  EXPECT_EQ(Ask("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n")
                .status,
            413U);
  Client client(port());
  client.Write(
      "POST /v1/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
      "Content-Length: 27\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100U);
  client.Write(R"({"prompt":"a","stream":true})");
}

TEST_F(NullServerTest, MakesEachFault) {
  const std::vector<std::pair<NullServerFault, std::string>> ends{
      {NullServerFault::kReset, "Connection reset by peer"},
      {NullServerFault::kEarlyEnd, "partial message"},
      {NullServerFault::kNoEnd, ""},
      {NullServerFault::kBrokenJson, ""},
      {NullServerFault::kBrokenUtf8, ""},
      {NullServerFault::kErrorEvent, ""}};
  for (const auto& [fault, message] : ends) {
    Start(Faulty(fault));
    const Response response = Ask(kStream);
    EXPECT_EQ(response.error ? response.error.message() : "", message) << FaultName(fault);
    EXPECT_EQ(response.status, 200U) << FaultName(fault);
    EXPECT_EQ(Count(response.body, "\"finish_reason\":null"),
              fault == NullServerFault::kBrokenUtf8 ? 3 : 2)
        << FaultName(fault) << response.body;
    EXPECT_EQ(Count(response.body, "[DONE]"), 0) << FaultName(fault);
    EXPECT_EQ(Count(response.body, "\xC3"), fault == NullServerFault::kBrokenUtf8 ? 1 : 0);
    EXPECT_EQ(Count(response.body, "{\"error\":"), fault == NullServerFault::kErrorEvent ? 1 : 0);
    const auto served = Served();
    ASSERT_EQ(served.size(), 1U);
    EXPECT_EQ(served[0].end, ServedEnd::kFault);
    EXPECT_EQ(served[0].plan.fault, fault);
    EXPECT_EQ(served[0].tokens, 2U);
  }
  Start(Faulty(NullServerFault::kHttp500));
  EXPECT_EQ(Ask(kStream).status, 500U);
  Start(Faulty(NullServerFault::kHttp429));
  const Response busy = Ask(kStream);
  EXPECT_EQ(busy.status, 429U);
  EXPECT_EQ(busy.retry_after, "1");
}

TEST_F(NullServerTest, AStalledAnswerEndsWhenItsClientGoes) {
  for (const NullServerFault fault : {NullServerFault::kStall, NullServerFault::kSilent}) {
    NullServerOptions options = Faulty(fault);
    options.slots = 1;
    Start(std::move(options));
    Client first(port());
    first.Write(kStream);
    Client second(port());  // gets the slot only when the first is gone
    second.Write(kStream);
    first.Close();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    second.Close();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto served = Served();
    ASSERT_EQ(served.size(), 2U);
    EXPECT_EQ(served[0].end, ServedEnd::kClientClosed);
    EXPECT_EQ(served[1].end, ServedEnd::kClientClosed);
  }
}

TEST_F(NullServerTest, WhatIsUnansweredAtTheEndStandsInTheLog) {
  Start(Timed(60'000.0, 0.0));
  Client client(port());
  client.Write(kStream);
  EXPECT_EQ(Ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").status, 200U);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto served = Served();
  ASSERT_EQ(served.size(), 1U);
  EXPECT_EQ(served[0].end, ServedEnd::kUnanswered);
  EXPECT_TRUE(served[0].writes.empty());
}

// A client that does not read: the server waits for it and loses nothing.
TEST_F(NullServerTest, AnAnswerThatTheKernelCannotHoldArrivesWhole) {
  Start();
  Client client(port());
  client.Write(Post("/v1/completions", R"({"prompt":"a","max_tokens":60000,"stream":true})"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const Response response = client.Read();
  EXPECT_FALSE(response.error);
  EXPECT_EQ(Count(response.body, "data: {"), 60000);
}

TEST(NullServerCreate, SaysWhyItCannotListen) {
  NullServerOptions options;
  options.host = "localhost";
  const auto name = NullServer::Create(options);
  ASSERT_FALSE(name.has_value());
  EXPECT_EQ(name.error().code, ErrorCode::kInvalidArgument);
  options.host = "192.0.2.1";  // for documentation: nobody's
  const auto foreign = NullServer::Create(options);
  ASSERT_FALSE(foreign.has_value());
  EXPECT_THAT(foreign.error().message, HasSubstr("cannot listen at 192.0.2.1"));
}

}  // namespace
}  // namespace assay
