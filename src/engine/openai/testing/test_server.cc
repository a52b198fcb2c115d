#include "engine/openai/testing/test_server.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/format.h"
#include "engine/openai/tls_socket.h"

namespace assay::testing_support {
namespace {

std::size_t ContentLength(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

std::string UniquePath(const char* suffix) {
  static std::atomic<int> count{0};
  return (std::filesystem::temp_directory_path() /
          fmt::format("assay-test-server-{}-{}{}", getpid(), count++, suffix))
      .string();
}

}  // namespace

std::string TestRequest::path() const {
  const std::size_t from = head.find(' ') + 1;
  return head.substr(from, head.find(' ', from) - from);
}

void TestPeer::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent =
        ssl_ != nullptr
            ? static_cast<ssize_t>(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())))
            : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void TestPeer::Reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void TestPeer::Sleep(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

void TestPeer::Respond(int status, std::string_view content_type, std::string_view body,
                       std::string_view more_fields) {
  Write(fmt::format("HTTP/1.1 {} X\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\r\n{}", status,
                    content_type, more_fields, body.size(), body));
}

void TestPeer::BeginStream() {
  Write(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
      "Transfer-Encoding: chunked\r\n\r\n");
}

void TestPeer::Chunk(std::string_view bytes) {
  Write(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes));
}

void TestPeer::Event(std::string_view data) {
  Chunk(fmt::format("data: {}\n\n", data));
}

void TestPeer::EndStream() {
  Event("[DONE]");
  Write("0\r\n\r\n");
}

std::string TokenEvent(int id, std::string_view text, int so_far, std::string_view finish) {
  return fmt::format(
      R"({{"id":"cmpl-1","choices":[{{"index":0,"text":"{}","finish_reason":{},"token_ids":[{}]}}],)"
      R"("usage":{{"completion_tokens":{}}}}})",
      text, finish, id, so_far);
}

void AnswerWell(const TestRequest& request, TestPeer& peer, int tokens) {
  if (request.body.find("\"stream\":true") == std::string::npos) {
    peer.Respond(200, "application/json",
                 R"({"id":"cmpl-1","choices":[{"index":0,"text":"abc","finish_reason":"length",)"
                 R"("token_ids":[0,1,2]}],"usage":{"completion_tokens":3}})");
    return;
  }
  peer.BeginStream();
  for (int i = 0; i < tokens; ++i) {
    const std::string letter(1, static_cast<char>('a' + i % 26));
    peer.Event(TokenEvent(i % 26, letter, i + 1, i + 1 == tokens ? "\"length\"" : "null"));
  }
  peer.EndStream();
}

TestServer::TestServer(Options options, Handler handler)
    : options_(std::move(options)), handler_(std::move(handler)) {
  if (options_.tls) MakeCertificate();
  Listen();
  acceptor_ = std::thread([this] { Accept(); });
}

TestServer::~TestServer() {
  stop_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
  if (context_ != nullptr) SSL_CTX_free(context_);
  if (!ca_file_.empty()) std::filesystem::remove(ca_file_);
  if (!socket_path_.empty()) std::filesystem::remove(socket_path_);
}

void TestServer::Listen() {
  sockaddr_storage storage{};
  socklen_t length = 0;
  if (options_.place == Place::kUnix) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path_ = UniquePath(".sock");
    std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size());
    length = sizeof(address);
    std::memcpy(&storage, &address, length);
  } else if (options_.place == Place::kIpv6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    length = sizeof(address);
    std::memcpy(&storage, &address, length);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    length = sizeof(address);
    std::memcpy(&storage, &address, length);
  }
  listener_ = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  ASSAY_CHECK(bind(listener_, address, length) == 0);
  ASSAY_CHECK(listen(listener_, 1024) == 0);
  ASSAY_CHECK(getsockname(listener_, address, &length) == 0);
  const char* scheme = options_.tls ? "https" : "http";
  if (options_.place == Place::kUnix) {
    url_ = "unix:" + socket_path_;
  } else if (options_.place == Place::kIpv6) {
    url_ = fmt::format("{}://[::1]:{}", scheme,
                       ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port));
  } else {
    url_ = fmt::format("{}://127.0.0.1:{}", scheme,
                       ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port));
  }
}

// A key and a certificate for 127.0.0.1, ::1 and localhost that it signs itself.
void TestServer::MakeCertificate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  const std::string common = "localhost";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                              "DNS:localhost,IP:127.0.0.1,IP:::1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  ASSAY_CHECK(X509_sign(certificate, key, EVP_sha256()) != 0);
  context_ = SSL_CTX_new(TLS_server_method());
  ASSAY_CHECK(SSL_CTX_use_certificate(context_, certificate) == 1);
  ASSAY_CHECK(SSL_CTX_use_PrivateKey(context_, key) == 1);
  ca_file_ = UniquePath(".pem");
  std::FILE* file = std::fopen(ca_file_.c_str(), "w");
  ASSAY_CHECK(file != nullptr && PEM_write_X509(file, certificate) == 1);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

void TestServer::Accept() {
  while (!stop_) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void TestServer::Serve(int fd) {
  SSL* ssl = nullptr;
  bool good = true;
  if (context_ != nullptr) {
    ssl = SSL_new(context_);
    good = AttachSocket(ssl, fd) && SSL_accept(ssl) == 1;
  }
  TestPeer peer(fd, ssl);
  std::string bytes;
  while (good && !stop_ && ServeOne(peer, bytes, fd, ssl)) {
  }
  if (ssl != nullptr) SSL_free(ssl);
  const std::lock_guard lock(mutex_);
  open_.remove(fd);
  close(fd);
}

bool TestServer::ServeOne(TestPeer& peer, std::string& bytes, int fd, ssl_st* ssl) {
  std::array<char, 65536> piece{};
  std::size_t end = std::string::npos;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos ||
         bytes.size() < end + 4 + ContentLength(bytes.substr(0, end))) {
    const auto got = ssl != nullptr
                         ? static_cast<ssize_t>(SSL_read(ssl, piece.data(), piece.size()))
                         : recv(fd, piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
  TestRequest request;
  request.head = bytes.substr(0, end + 2);
  request.body = bytes.substr(end + 4, ContentLength(request.head));
  bytes.erase(0, end + 4 + request.body.size());
  if (request.path() == "/v1/models") {
    const std::string usual = fmt::format(R"({{"data":[{{"id":"{}"}}]}})", options_.model);
    peer.Respond(200, "application/json",
                 options_.models_answer.empty() ? usual : options_.models_answer);
    return true;
  }
  if (request.path().find("completions") == std::string::npos) {
    peer.Respond(404, "text/plain", "");
    return true;
  }
  request.number = numbers_++;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  return handler_(request, peer);
}

std::vector<TestRequest> TestServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

}  // namespace assay::testing_support
