// A server that does what a test tells it, byte by byte: also what no good server does.

#ifndef ASSAY_ENGINE_OPENAI_TESTING_TEST_SERVER_H_
#define ASSAY_ENGINE_OPENAI_TESTING_TEST_SERVER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace assay::testing_support {

struct TestRequest {
  std::string head;  // request line and fields
  std::string body;
  std::uint64_t number = 0;  // among those to completions, from 0; the engine's probe is the first

  [[nodiscard]] std::string path() const;
};

// The server's side of one connection.
class TestPeer {
 public:
  TestPeer(int fd, ssl_st* ssl) : fd_(fd), ssl_(ssl) {}
  void Write(std::string_view bytes);
  // Ends the connection at once with a reset.
  void Reset();
  void Sleep(int milliseconds);

  // A whole answer.
  void Respond(int status, std::string_view content_type, std::string_view body,
               std::string_view more_fields = "");
  // A stream in HTTP chunks.
  void BeginStream();
  void Event(std::string_view data);  // "data: ...\n\n" as one HTTP chunk
  void Chunk(std::string_view bytes);
  void EndStream();  // "[DONE]" and the last chunk

 private:
  int fd_;
  ssl_st* ssl_;
};

// What one token looks like: vLLM's event with its id and the usage so far.
[[nodiscard]] std::string TokenEvent(int id, std::string_view text, int so_far,
                                     std::string_view finish = "null");
// Answers with `tokens` tokens 0, 1, 2, ... and their letters, the last of finish reason "length".
void AnswerWell(const TestRequest& request, TestPeer& peer, int tokens = 3);

// Answers /v1/models itself. One thread a connection; loopback only.
class TestServer {
 public:
  enum class Place { kIpv4, kIpv6, kUnix };
  struct Options {
    Place place = Place::kIpv4;
    bool tls = false;
    std::string model = "letters";
    std::string models_answer;  // instead of the usual one
  };
  // False: the connection is closed after it.
  using Handler = std::function<bool(const TestRequest&, TestPeer&)>;

  TestServer(Options options, Handler handler);
  explicit TestServer(Handler handler) : TestServer(Options(), std::move(handler)) {}
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::string url() const { return url_; }
  // The certificate that a client must trust, PEM. With TLS only.
  [[nodiscard]] std::string ca_file() const { return ca_file_; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  // Requests to completions so far.
  [[nodiscard]] std::vector<TestRequest> requests();

 private:
  void Listen();
  void MakeCertificate();
  void Accept();
  void Serve(int fd);
  bool ServeOne(TestPeer& peer, std::string& bytes, int fd, ssl_st* ssl);

  Options options_;
  Handler handler_;
  int listener_ = -1;
  std::string url_;
  std::string socket_path_;
  std::string ca_file_;
  ssl_ctx_st* context_ = nullptr;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::uint64_t> numbers_{0};
  std::mutex mutex_;
  std::vector<TestRequest> requests_;
  std::list<int> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace assay::testing_support

#endif  // ASSAY_ENGINE_OPENAI_TESTING_TEST_SERVER_H_
