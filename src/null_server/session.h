// One connection to the null server. Inside the module only: names Boost.Asio.

#ifndef ASSAY_NULL_SERVER_SESSION_H_
#define ASSAY_NULL_SERVER_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "null_server/server_core.h"

namespace assay {

// Reads requests, one after the other, and answers them as the script says. What arrives while an
// answer is under way is kept for afterwards. Lives as long as something is outstanding.
class Session final : public ScheduledAnswer, public std::enable_shared_from_this<Session> {
 public:
  // `core` outlives the session.
  Session(ServerCore& core, boost::asio::ip::tcp::socket socket);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override;

  void Start();
  void OnDue(std::uint64_t ticket) override;
  void OnSlot(std::uint64_t ticket) override;
  // The server ends: what is unanswered is logged.
  void Abandon();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class State { kReading, kWaitingForSlot, kAnswering, kStalled, kClosed };

  void WaitReadable();
  void OnReadable();
  void Consume(std::string_view bytes, MonoTime read);
  void ConsumeInbox(MonoTime read);
  void Handle(MonoTime read);
  void HandleApi(ApiKind api, MonoTime read);
  void BeginAnswer(const ApiRequest& request, MonoTime read);
  void RespondAtOnce(int status, std::string_view message, std::string_view extra = "");
  void WriteNext();
  void MakeFault();
  void FinishAnswer();
  // Leaves the request: ends it in the log, gives its slot back. The connection stays.
  void EndServed(ServedEnd end);
  void NextRequest();
  void Send(std::string_view bytes);
  void WaitWritable();
  void Close();
  void Reset();
  void CloseAfterSending();
  void PeerClosed();

  ServerCore& core_;
  boost::asio::ip::tcp::socket socket_;
  State state_ = State::kReading;
  std::optional<Parser> parser_;
  bool told_to_continue_ = false;  // of a request with "Expect: 100-continue"
  std::string inbox_;              // read, not yet parsed
  std::string unsent_;             // the kernel would not take it yet
  bool close_when_sent_ = false;
  bool keep_alive_ = true;

  // Of the request that is being answered.
  std::uint64_t ticket_ = 0;
  std::optional<AnswerText> text_;
  ServedRequest served_;
  std::uint64_t prompt_tokens_ = 0;
  std::uint32_t next_write_ = 0;
  bool header_sent_ = false;
};

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_SESSION_H_
