#include "engine/openai/openai_engine.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/openai/testing/byte_tokenizer.h"
#include "engine/openai/testing/test_server.h"

namespace assay {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::AnswerWell;
using testing_support::ByteTokenizer;
using testing_support::TestPeer;
using testing_support::TestRequest;
using testing_support::TestServer;
using testing_support::TokenEvent;

class Recorder final : public EngineSink {
 public:
  void OnFirstToken(std::uint64_t id, MonoTime /*when*/, std::span<const TokenId> tokens) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(first_tokens_.count(id), 0U);
    first_tokens_[id] = {tokens.begin(), tokens.end()};
  }
  void OnDone(RequestOutcome outcome) override {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
    done_.notify_all();
  }
  std::vector<RequestOutcome> Wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        done_.wait_for(lock, std::chrono::seconds(20), [&] { return outcomes_.size() >= count; }));
    std::sort(outcomes_.begin(), outcomes_.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return outcomes_;
  }
  std::map<std::uint64_t, std::vector<TokenId>> first_tokens() {
    const std::lock_guard lock(mutex_);
    return first_tokens_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<RequestOutcome> outcomes_;
  std::map<std::uint64_t, std::vector<TokenId>> first_tokens_;
};

// An engine with one prompt, asked as often as wanted.
class Harness {
 public:
  explicit Harness(const std::string& url) {
    options.endpoint.base_urls = {url};
    options.endpoint.ready_timeout_s = 0.0;
    options.tokenizer = std::make_shared<ByteTokenizer>();
    options.limits.max_new_tokens = 8;
    options.default_concurrency = 4;
  }

  Status Start() {
    const EndpointPrompt prompt{0, ids_, text_};
    options.prompts = {&prompt, 1};
    Result<std::unique_ptr<Engine>> loaded = LoadOpenAiEngine(options);
    if (!loaded) return loaded.error();
    engine = std::move(*loaded);
    return engine->Start(&recorder);
  }

  std::vector<RequestOutcome> Ask(std::size_t count) {
    std::vector<EngineRequest> requests;
    for (std::size_t i = 0; i < count; ++i) requests.push_back({next_id_++, 0, ids_, text_});
    engine->Submit(requests);
    return recorder.Wait(next_id_);
  }

  // Starts and asks once.
  RequestOutcome AskOnce() {
    const Status started = Start();
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().message);
    if (!started) return {};
    return Ask(1).front();
  }

  OpenAiOptions options;
  Recorder recorder;
  std::unique_ptr<Engine> engine;

 private:
  std::string text_ = "xyz";
  std::vector<TokenId> ids_{'x', 'y', 'z'};
  std::uint64_t next_id_ = 0;
};

std::string KindOf(const RequestOutcome& outcome) {
  return outcome.error ? outcome.error->kind : "none";
}

bool Good(const TestRequest& request, TestPeer& peer) {
  AnswerWell(request, peer);
  return true;
}

// Answers the probe well and everything after it by `fault`.
TestServer::Handler AfterProbe(std::function<bool(TestPeer&)> fault) {
  return [fault = std::move(fault)](const TestRequest& request, TestPeer& peer) {
    if (request.number > 0) return fault(peer);
    return Good(request, peer);
  };
}

TEST(OpenAiEngine, AnAnswerIsItsServersTokensWithTheirTimes) {
  TestServer server(Good);
  Harness h(server.url());
  const RequestOutcome o = h.AskOnce();
  EXPECT_EQ(KindOf(o), "none");
  EXPECT_THAT(o.token_ids, ElementsAre(0, 1, 2));
  EXPECT_TRUE(o.token_ids_are_engines);
  EXPECT_EQ(o.text, "abc");
  EXPECT_EQ(o.finish_reason, FinishReason::kLength);
  EXPECT_EQ(o.endpoint, server.url());
  EXPECT_EQ(o.prompt_tokens, 3U);
  ASSERT_TRUE(o.sent && o.first_byte && o.first_token && o.last_token);
  EXPECT_LE(*o.first_byte, *o.first_token);
  EXPECT_LE(*o.first_token, *o.last_token);
  EXPECT_LE(*o.last_token, o.done);
  std::uint64_t in_chunks = 0;
  for (const std::uint32_t n : o.chunk_tokens) in_chunks += n;
  EXPECT_EQ(in_chunks, 3U);
  EXPECT_TRUE(o.read_delay.has_value());
  ASSERT_EQ(h.recorder.first_tokens().count(0), 1U);
  EXPECT_EQ(h.recorder.first_tokens()[0].front(), 0);
}

TEST(OpenAiEngine, TheRequestIsThePromptsIdsAndGreedy) {
  TestServer server(Good);
  Harness h(server.url());
  h.options.endpoint.extra_body = R"({"priority": 7})";
  static_cast<void>(h.AskOnce());
  const TestRequest request = server.requests().back();
  EXPECT_EQ(request.path(), "/v1/completions");
  EXPECT_THAT(request.body, HasSubstr(R"("prompt":[120,121,122])"));
  for (const char* member :
       {R"("model":"letters")", R"("max_tokens":8)", R"("temperature":0)", R"("stream":true)",
        R"("cache_prompt":false)", R"("return_token_ids":true)", R"("priority":7)",
        R"("min_tokens":1)", R"("seed":42)"}) {
    EXPECT_THAT(request.body, HasSubstr(member));
  }
}

TEST(OpenAiEngine, EveryFaultIsItsOwnKind) {
  using Fault = std::function<bool(TestPeer&)>;
  const auto stream = [](std::function<void(TestPeer&)> events) -> Fault {
    return [events = std::move(events)](TestPeer& peer) {
      peer.BeginStream();
      peer.Event(TokenEvent(0, "a", 1));
      events(peer);
      return false;
    };
  };
  const std::vector<std::pair<std::string, Fault>> faults{
      {"http_4xx",
       [](TestPeer& p) { return p.Respond(400, "application/json", R"({"error":"no"})"), true; }},
      {"http_5xx", [](TestPeer& p) { return p.Respond(500, "text/plain", "oh"), true; }},
      {"http_429",
       [](TestPeer& p) {
         return p.Respond(429, "application/json", "{}", "Retry-After: 3\r\n"), true;
       }},
      {"http_3xx",
       [](TestPeer& p) { return p.Respond(302, "text/plain", "", "Location: /x\r\n"), true; }},
      {"connection_closed", [](TestPeer&) { return false; }},
      {"connection_reset", [](TestPeer& p) { return p.Reset(), false; }},
      {"bad_http", [](TestPeer& p) { return p.Write("SMTP ready\r\n\r\n"), false; }},
      {"wrong_content_type",
       [](TestPeer& p) { return p.Respond(200, "application/json", "{\"choices\":[]}"), true; }},
      {"stream_ended_early", stream([](TestPeer&) {})},
      {"stream_ended_early", stream([](TestPeer& p) { p.Write("0\r\n\r\n"); })},
      {"bad_json", stream([](TestPeer& p) { p.Event(R"({"choices":[{"text":)"); })},
      {"bad_utf8", stream([](TestPeer& p) { p.Event("{\"choices\":[{\"text\":\"\xF0\x9F\"}]}"); })},
      {"server_error", stream([](TestPeer& p) { p.Event(R"({"error":{"message":"out"}})"); })},
      {"server_error", stream([](TestPeer& p) { p.Chunk("error: {\"message\":\"out\"}\n\n"); })},
      {"wrong_answer", stream([](TestPeer& p) { p.Event(R"({"id":"cmpl-2","choices":[]})"); })},
      {"wrong_answer",
       stream([](TestPeer& p) { p.Event(R"({"choices":[{"index":1,"text":"b"}]})"); })},
      {"wrong_answer", stream([](TestPeer& p) {
         p.Event(R"({"choices":[{"index":0,"text":"b","prompt_token_ids":[1,2]}]})");
       })},
      {"bad_finish", stream([](TestPeer& p) {
         p.Event(TokenEvent(1, "b", 2, "\"abort\""));
         p.EndStream();
       })},
      {"first_token_timeout", [](TestPeer& p) { return p.BeginStream(), p.Sleep(900), false; }},
      {"token_timeout", stream([](TestPeer& p) { p.Sleep(900); })},
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    SCOPED_TRACE(i);
    TestServer server(AfterProbe(faults[i].second));
    Harness h(server.url());
    h.options.endpoint.first_token_timeout_s = 0.3;
    h.options.endpoint.token_timeout_s = 0.3;
    const RequestOutcome o = h.AskOnce();
    EXPECT_EQ(KindOf(o), faults[i].first);
    EXPECT_EQ(o.finish_reason, FinishReason::kError);
    ASSERT_TRUE(o.error.has_value());
    EXPECT_EQ(o.error->message.find('\n'), std::string::npos);
  }
}

TEST(OpenAiEngine, ATooLargeEventIsRefusedAndNotKept) {
  TestServer server(AfterProbe([](TestPeer& peer) {
    peer.BeginStream();
    const std::string piece(1 << 20, 'x');
    peer.Chunk("data: \"");
    for (int i = 0; i < 100; ++i) peer.Chunk(piece);
    return false;
  }));
  Harness h(server.url());
  EXPECT_EQ(KindOf(h.AskOnce()), "event_too_large");
}

TEST(OpenAiEngine, AServerThatNeverAnswersIsNotWaitedForForEver) {
  TestServer server(AfterProbe([](TestPeer& peer) { return peer.Sleep(900), false; }));
  Harness h(server.url());
  h.options.endpoint.request_timeout_s = 0.3;
  EXPECT_EQ(KindOf(h.AskOnce()), "request_timeout");
}

TEST(OpenAiEngine, AServerThatIsGoneIsRefused) {
  std::string url;
  {
    TestServer server(Good);
    url = server.url();
  }
  Harness h(url);
  const Status started = h.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(started.error().message, HasSubstr(url));
}

// A new connection to a port where nobody listens fails at once, before it gets its job.
TEST(OpenAiEngine, AServerThatGoesAwayInTheMiddleRefusesWhatIsAskedLater) {
  auto server = std::make_unique<TestServer>(Good);
  Harness h(server->url());
  ASSERT_TRUE(h.Start().has_value());
  EXPECT_EQ(KindOf(h.Ask(1).back()), "none");
  server.reset();
  h.Ask(4);
  const std::vector<RequestOutcome> outcomes = h.Ask(2);
  ASSERT_EQ(outcomes.size(), 7u);
  for (std::size_t i = 5; i < outcomes.size(); ++i) {
    EXPECT_EQ(KindOf(outcomes[i]), "connect_refused");
  }
}

TEST(OpenAiEngine, TheConnectionGoesOnAfterARefusal) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    if (request.number == 1) return peer.Respond(400, "application/json", "{}"), true;
    return Good(request, peer);
  });
  Harness h(server.url());
  h.options.default_concurrency = 1;
  // A stream's last chunk may still be on its way when the next request begins, on a connection of
  // its own.
  h.options.endpoint.stream = false;
  ASSERT_TRUE(h.Start().has_value());
  const auto outcomes = h.Ask(3);
  EXPECT_EQ(KindOf(outcomes[0]), "http_4xx");
  EXPECT_EQ(KindOf(outcomes[1]), "none");
  EXPECT_EQ(KindOf(outcomes[2]), "none");
  EXPECT_EQ(server.connections(), 2U);  // the one for /v1/models too
}

TEST(OpenAiEngine, RetriesAreOnRecord) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    if (request.number == 1) return peer.Respond(503, "text/plain", "busy"), true;
    return Good(request, peer);
  });
  Harness h(server.url());
  h.options.endpoint.retries = 2;
  const RequestOutcome o = h.AskOnce();
  EXPECT_EQ(KindOf(o), "none");
  ASSERT_EQ(o.retries.size(), 1U);
  EXPECT_EQ(o.retries[0].kind, "http_5xx");
  h.engine->Stop();
  EXPECT_EQ(h.engine->client_report()->retries, 1U);
}

TEST(OpenAiEngine, NoMoreRequestsAtOneMomentThanAllowed) {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  TestServer server([&](const TestRequest& request, TestPeer& peer) {
    const int at_once = ++now;
    int seen = most;
    while (seen < at_once && !most.compare_exchange_weak(seen, at_once)) {
    }
    peer.Sleep(5);
    --now;
    return Good(request, peer);
  });
  Harness h(server.url());
  h.options.endpoint.max_concurrency = 3;
  h.options.connections = 3;
  ASSERT_TRUE(h.Start().has_value());
  for (const RequestOutcome& o : h.Ask(24)) EXPECT_EQ(KindOf(o), "none");
  EXPECT_LE(most, 3);
  h.engine->Stop();
  const ClientReport report = *h.engine->client_report();
  EXPECT_EQ(report.peak_streams, 3U);
  EXPECT_EQ(report.connections[0].opened_before, 3U);
  // A connection is busy until its last message has ended: another may be opened meanwhile.
  EXPECT_LE(report.connections[0].opened_during, 3U);
  EXPECT_GT(report.read_delay.count, 0U);
}

TEST(OpenAiEngine, ConnectionsThatTheServerClosesAreOpenedAgain) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    AnswerWell(request, peer);
    return request.number == 0;
  });
  Harness h(server.url());
  ASSERT_TRUE(h.Start().has_value());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(KindOf(h.Ask(1).back()), "none");
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  h.engine->Stop();
  EXPECT_EQ(h.engine->client_report()->connections[0].closed_by_server, 3U);
}

TEST(OpenAiEngine, SeveralEndpointsShareTheRequests) {
  const auto slow = [](const TestRequest& request, TestPeer& peer) {
    peer.Sleep(10);
    return Good(request, peer);
  };
  TestServer one(slow);
  TestServer two(slow);
  Harness h(one.url());
  h.options.endpoint.base_urls.push_back(two.url());
  h.options.endpoint.client_threads = 2;
  ASSERT_TRUE(h.Start().has_value());
  const auto outcomes = h.Ask(40);
  const auto first = std::count_if(outcomes.begin(), outcomes.end(),
                                   [&](const auto& o) { return o.endpoint == one.url(); });
  EXPECT_GT(first, 8);
  EXPECT_LT(first, 32);
}

TEST(OpenAiEngine, Ipv6AndUnixSocketsAndTls) {
  std::vector<TestServer::Options> places(4);
  places[0].place = TestServer::Place::kIpv6;
  places[1].place = TestServer::Place::kUnix;
  places[2].tls = true;
  places[3].place = TestServer::Place::kIpv6;
  places[3].tls = true;
  for (const TestServer::Options& place : places) {
    TestServer server(place, Good);
    SCOPED_TRACE(server.url());
    Harness h(server.url());
    h.options.endpoint.ca_file = server.ca_file();
    const RequestOutcome o = h.AskOnce();
    EXPECT_EQ(KindOf(o), "none");
    EXPECT_THAT(o.token_ids, ElementsAre(0, 1, 2));
    if (!h.engine) continue;
    h.engine->Stop();
    EXPECT_EQ(h.engine->client_report()->connections[0].tls.count > 0, place.tls);
  }
}

TEST(OpenAiEngine, ACertificateThatIsNotTrustedIsRefusedUnlessInsecure) {
  TestServer::Options tls;
  tls.tls = true;
  TestServer server(tls, Good);
  Harness h(server.url());
  const Status started = h.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().message, HasSubstr("certificate"));
  Harness insecure(server.url());
  insecure.options.endpoint.insecure = true;
  EXPECT_EQ(KindOf(insecure.AskOnce()), "none");
}

TEST(OpenAiEngine, KeysGoToTheServerAndNowhereElse) {
  const std::string key = "sk-very-secret";
  TestServer server([&](const TestRequest& request, TestPeer& peer) {
    if (request.number == 0) return Good(request, peer);
    const std::string body = R"({"error":"bad key )" + key + R"( and second-secret"})";
    return peer.Respond(401, "application/json", body), true;
  });
  Harness h(server.url());
  h.options.api_key = key;
  h.options.headers = {{"X-Team", "second-secret"}};
  const RequestOutcome o = h.AskOnce();
  EXPECT_THAT(server.requests().back().head, HasSubstr("Authorization: Bearer " + key + "\r\n"));
  EXPECT_THAT(server.requests().back().head, HasSubstr("X-Team: second-secret\r\n"));
  ASSERT_TRUE(o.error.has_value());
  EXPECT_THAT(o.error->message, HasSubstr("bad key ***"));
  EXPECT_THAT(o.error->message, Not(HasSubstr("secret")));
  for (const auto& [name, value] : h.engine->info().settings) {
    EXPECT_THAT(value, Not(HasSubstr("secret")));
  }
}

TEST(OpenAiEngine, WholeAnswersHaveNoTimeOfAFirstToken) {
  TestServer server(Good);
  Harness h(server.url());
  h.options.endpoint.stream = false;
  const RequestOutcome o = h.AskOnce();
  EXPECT_EQ(KindOf(o), "none");
  EXPECT_THAT(o.token_ids, ElementsAre(0, 1, 2));
  EXPECT_FALSE(o.first_token.has_value());
  EXPECT_TRUE(o.chunk_times.empty());
  EXPECT_THAT(server.requests().back().body, HasSubstr(R"("stream":false)"));
}

TEST(OpenAiEngine, AServerThatRefusesIdsIsSaidAtTheStart) {
  TestServer server([](const TestRequest& request, TestPeer& peer) {
    if (request.body.find("\"prompt\":[") != std::string::npos) {
      return peer.Respond(400, "application/json", R"({"error":"a string, please"})"), true;
    }
    return Good(request, peer);
  });
  Harness h(server.url());
  const Status started = h.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().message, HasSubstr("--prompt-format text"));
  Harness text(server.url());
  text.options.endpoint.prompt_ids = false;
  EXPECT_EQ(KindOf(text.AskOnce()), "none");
  EXPECT_THAT(server.requests().back().body, HasSubstr(R"("prompt":"xyz")"));
}

TEST(OpenAiEngine, AServerThatPutsATokenBeforeThePromptIsRefused) {
  TestServer server([](const TestRequest&, TestPeer& peer) {
    peer.BeginStream();
    peer.Event(R"({"choices":[{"index":0,"text":"a","finish_reason":"length"}]})");
    peer.Event(R"({"choices":[],"usage":{"prompt_tokens":25,"completion_tokens":1}})");
    peer.EndStream();
    return true;
  });
  Harness h(server.url());
  const Status started = h.Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().message, HasSubstr("25 tokens in a prompt of 24"));
}

TEST(OpenAiEngine, TheModelMustBeOneThatIsServed) {
  TestServer::Options two;
  two.models_answer = R"({"data":[{"id":"a"},{"id":"b","max_model_len":10}]})";
  TestServer server(two, Good);
  Harness none(server.url());
  EXPECT_FALSE(none.Start().has_value());
  Harness wrong(server.url());
  wrong.options.model = "c";
  EXPECT_FALSE(wrong.Start().has_value());
  Harness right(server.url());
  right.options.model = "b";
  ASSERT_TRUE(right.Start().has_value());
  EXPECT_EQ(right.engine->info().context_tokens, 10U);
  const std::vector<TokenId> three(3, 1);
  EXPECT_FALSE(right.engine->CheckPrompt(three).has_value());  // 3 and 8 new ones
}

TEST(OpenAiEngine, StoppingCancelsWhatIsUnderWayAndWhatWaits) {
  TestServer server(AfterProbe([](TestPeer& peer) {
    peer.BeginStream();
    peer.Event(TokenEvent(0, "a", 1));
    peer.Sleep(300);
    return false;
  }));
  Harness h(server.url());
  h.options.endpoint.max_concurrency = 1;
  ASSERT_TRUE(h.Start().has_value());
  std::vector<EngineRequest> requests;
  const std::vector<TokenId> ids{'x', 'y', 'z'};
  for (std::uint64_t i = 0; i < 3; ++i) requests.push_back({i, 0, ids, "xyz"});
  h.engine->Submit(requests);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  h.engine->Stop();
  std::vector<std::string> kinds;
  for (const RequestOutcome& o : h.recorder.Wait(3)) kinds.push_back(KindOf(o));
  EXPECT_THAT(kinds, Each(std::string("cancelled")));
  EXPECT_EQ(kinds.size(), 3U);
}

TEST(OpenAiEngine, WarmUpsComeBeforeAndAskNoPromptOfTheTest) {
  TestServer server(Good);
  Harness h(server.url());
  h.options.endpoint.num_warmups = 5;
  static_cast<void>(h.AskOnce());
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 7U);  // the probe, five, and the one
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_THAT(requests[i].body, Not(HasSubstr("[120,121,122]")));
  }
}

}  // namespace
}  // namespace assay
