// What the connections of one null server share: options, the schedule's queue, slots, counters and
// the log. All of it belongs to the server's one thread. Inside the module only: names Boost.Asio.

#ifndef ASSAY_NULL_SERVER_SERVER_CORE_H_
#define ASSAY_NULL_SERVER_SERVER_CORE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "assay/clock.h"

#include "null_server/api_request.h"
#include "null_server/due_queue.h"
#include "null_server/null_server.h"
#include "null_server/request_log.h"
#include "null_server/service_pages.h"

namespace assay {

// Who waits for a moment or for a slot: a connection that answers a request.
class ScheduledAnswer {
 public:
  ScheduledAnswer() = default;
  ScheduledAnswer(const ScheduledAnswer&) = delete;
  ScheduledAnswer& operator=(const ScheduledAnswer&) = delete;
  virtual ~ScheduledAnswer() = default;

  // The moment has come that was asked for with this `ticket`.
  virtual void OnDue(std::uint64_t ticket) = 0;
  // A slot is free and is now this one's.
  virtual void OnSlot(std::uint64_t ticket) = 0;
};

class Session;

class ServerCore {
 public:
  explicit ServerCore(NullServerOptions server_options, std::optional<RequestLog> request_log);

  // Calls `answer->OnDue(ticket)` at `due`, or soon after; in order of time and then of asking.
  void At(MonoTime due, std::shared_ptr<ScheduledAnswer> answer, std::uint64_t ticket);
  // Calls `answer->OnSlot(ticket)`, at once where a slot is free, in order of asking.
  void AskForSlot(std::shared_ptr<ScheduledAnswer> answer, std::uint64_t ticket);
  void ReleaseSlot();
  // One who waits for a slot does no longer.
  void StopWaiting(const ScheduledAnswer* answer);
  [[nodiscard]] std::uint64_t NextNumber() { return next_number_++; }
  void Log(const ServedRequest& served);

  std::set<Session*> sessions;  // all that live; each enters and leaves by itself
  boost::asio::io_context io;
  const NullServerOptions options;
  const std::string model_json;  // options.model as JSON has it between the quotes
  std::optional<RequestLog> log;
  NullServerCounters counters;
  ApiRequestReader request_reader;
  std::vector<char> read_buffer;  // for one read at a time
  std::string write_buffer;       // for one write at a time

 private:
  struct Waiting {
    std::shared_ptr<ScheduledAnswer> answer;
    std::uint64_t ticket = 0;
  };
  void ServeDue();
  void Arm();

  DueQueue<Waiting> due_;
  boost::asio::steady_timer timer_;
  std::optional<MonoTime> armed_for_;  // ServeDue will be called at this time, or is posted
  std::deque<Waiting> waiting_;
  std::uint64_t next_number_ = 0;
};

}  // namespace assay

#endif  // ASSAY_NULL_SERVER_SERVER_CORE_H_
