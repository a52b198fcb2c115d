// One connection to an endpoint and the request that is under way on it.

#ifndef ASSAY_ENGINE_OPENAI_CONNECTION_H_
#define ASSAY_ENGINE_OPENAI_CONNECTION_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/clock.h"
#include "assay/engine.h"
#include "assay/record.h"

#include "engine/openai/answer_reader.h"
#include "engine/openai/delay_histogram.h"
#include "engine/openai/transport.h"

namespace assay {

// One of the servers that answer.
struct Endpoint {
  std::shared_ptr<const Dialer> dialer;
  // Request line and fields of every request, up to and with "Content-Length: ". Holds keys.
  std::string head;
  std::atomic<std::int64_t> in_flight{0};
};

// A request to be sent.
struct Job {
  std::uint64_t id = 0;
  const std::string* body = nullptr;  // outlives the job
  std::span<const TokenId> prompt_ids;
  EngineSink* sink = nullptr;
  std::vector<RequestError> retries;  // what failed before
};

// How a request ended.
struct JobEnd {
  Job job;
  RequestOutcome outcome;
  bool had_first_token = false;
  std::optional<Nanos> retry_after;  // the server's wish
};

// 0: no limit.
struct ClientTimeouts {
  Nanos connect{};
  Nanos first_token{};
  Nanos token{};
  Nanos request{};
};

// What all connections of a thread use.
struct ConnectionContext {
  const Clock* clock = nullptr;
  AnswerRules rules;
  ClientTimeouts timeouts;
  // Never to be repeated in a message, also where a server does.
  std::span<const std::string> secrets;
  std::span<char> buffer;  // for reading; kReadPadding more bytes lie behind it
  ReaderScratch scratch;
  DelayHistogram read_delay;
  DelayHistogram read_delay_bound;
  // wall clock - steady clock, now; and since when the thread may have left readable sockets alone.
  std::int64_t wall_minus_steady_ns = 0;
  MonoTime readable_since{};
};

// Driven by one thread: OnReady when the descriptor's state changed (edge-triggered), then
// TakeEnd. No exception, lock or log in here; memory is allocated per request, not per token.
class Connection {
 public:
  enum class State { kOpening, kIdle, kBusy, kDraining, kClosed };

  // Begins to connect.
  Connection(Endpoint& endpoint, ConnectionContext& context);
  ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // REQUIRES: free().
  void Start(Job job);
  // `ended`: the other side will send no more.
  void OnReady(bool ended);
  void CheckTimeouts(MonoTime now);
  void Cancel(const RequestError& error);

  // Has a request ended that was not taken yet?
  [[nodiscard]] bool ended() const { return end_.has_value(); }
  // REQUIRES: ended().
  [[nodiscard]] JobEnd TakeEnd();

  [[nodiscard]] State state() const { return state_; }
  // Can take a job: idle, or opening without one.
  [[nodiscard]] bool free() const {
    return !job_ && (state_ == State::kIdle || state_ == State::kOpening);
  }
  [[nodiscard]] Endpoint& endpoint() { return endpoint_; }
  [[nodiscard]] const Transport& transport() const { return *transport_; }
  [[nodiscard]] bool failed_to_open() const { return failed_to_open_; }
  [[nodiscard]] const RequestError& failure() const { return failure_; }
  // Was it closed because of a request that failed?
  [[nodiscard]] bool ended_badly() const { return !failure_.kind.empty(); }

  // The loop's: what epoll watches; the place in its list; what was done with it.
  int registered_fd = -1;
  std::size_t position = 0;
  bool counted = false;
  bool listed_free = false;
  bool served = false;
  bool removed = false;

 private:
  void OnOpening();
  void Send();
  void Read(bool ended);
  void NoteDelay(MonoTime now, std::int64_t arrived_wall_ns);
  void Consume(std::string_view bytes);
  void OnEnd();
  // The answer is complete or failed.
  void OnSettled();
  void Fail(RequestError error);
  void EndJob(std::optional<RequestError> error);
  [[nodiscard]] RequestError Redacted(RequestError error) const;

  Endpoint& endpoint_;
  ConnectionContext& context_;
  std::unique_ptr<Transport> transport_;
  AnswerReader reader_;
  State state_ = State::kOpening;
  bool failed_to_open_ = false;
  RequestError failure_;  // the last one
  std::optional<Job> job_;
  std::optional<JobEnd> end_;
  std::string head_;         // of the request under way
  std::size_t written_ = 0;  // bytes of head and body that the kernel has
  bool sent_ = false;
  MonoTime now_{};    // of the bytes at hand
  MonoTime since_{};  // of the present state
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_CONNECTION_H_
