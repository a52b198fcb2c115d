// A thread that sends requests and reads answers, and the connections that it does it on.

#ifndef ASSAY_ENGINE_OPENAI_CLIENT_LOOP_H_
#define ASSAY_ENGINE_OPENAI_CLIENT_LOOP_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "assay/client_report.h"
#include "assay/clock.h"
#include "assay/result.h"

#include "engine/openai/connection.h"

namespace assay {

// Several loops share the endpoints.
using Endpoints = std::vector<std::unique_ptr<Endpoint>>;

class ClientLoop {
 public:
  struct Options {
    Endpoints* endpoints = nullptr;
    std::span<const std::string> secrets;
    AnswerRules rules;
    ClientTimeouts timeouts;
    std::uint64_t max_streams = 1;  // requests under way in this loop at one moment
    std::uint64_t retries = 0;
    std::string name;  // of the thread, 15 bytes at most
    const Clock* clock = &SteadyClock();
  };
  explicit ClientLoop(const Options& options);
  ~ClientLoop();
  ClientLoop(const ClientLoop&) = delete;
  ClientLoop& operator=(const ClientLoop&) = delete;

  // Starts the thread; it keeps so many connections to each endpoint open. Returns when they are.
  // Errors: kUnavailable, with the first failure; kIo.
  [[nodiscard]] Status Start(std::uint64_t connections_per_endpoint);
  // Thread-safe; returns at once. Jobs start in this order, each on the endpoint that has least
  // under way.
  void Submit(std::span<const Job> jobs);
  // Jobs under way and waiting; for whoever chooses among loops.
  [[nodiscard]] std::uint64_t load() const { return load_.load(std::memory_order_relaxed); }
  // What is opened from here on was opened during the measurement, and delays are counted anew.
  void BeginMeasurement();
  // Every job that has not ended fails with "cancelled"; the thread ends. Idempotent.
  void Stop();

  // After Stop: its part of the report, and delays to be merged.
  struct Figures {
    std::vector<EndpointConnections> connections;  // without their distributions
    std::vector<DelayHistogram> connect;           // one an endpoint
    std::vector<DelayHistogram> tls;
    DelayHistogram read_delay;
    DelayHistogram read_delay_bound;
    std::uint64_t peak_streams = 0;
    std::uint64_t retries = 0;
  };
  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  struct Delayed {
    MonoTime due;
    Job job;
  };

  void Run();
  void Turn();
  void ReadClocks(MonoTime now);
  void TakeInbox();
  void StartJobs();
  void Tick(MonoTime now);
  [[nodiscard]] Connection& FreeConnection();
  // A new connection, of which nothing has been looked at yet.
  [[nodiscard]] Connection& Open(Endpoint& endpoint);
  void OpenIdle(Endpoint& endpoint);
  void Watch(Connection& connection);
  // After anything happened to a connection: its job's end, its place, its successor.
  void Settle(Connection& connection);
  void CountOpened(Connection& connection);
  void Remove(Connection& connection);
  void End(JobEnd end);
  [[nodiscard]] std::size_t IndexOf(const Endpoint& endpoint) const;
  void CancelAll();
  void Wake();

  const Options options_;
  ConnectionContext context_;
  std::vector<char> buffer_;
  int epoll_ = -1;
  int event_ = -1;

  // The thread's own.
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> removed_;  // until the events at hand are handled
  std::vector<std::vector<Connection*>> free_;        // by endpoint; the last is used first
  // By endpoint: closes connections after an answer without announcing it, as llama-server does
  // after a stream. None is used twice then: a request could meet the closing.
  std::vector<bool> closes_;
  std::deque<Job> waiting_;
  std::vector<Delayed> delayed_;  // retries that are not due yet
  std::uint64_t streams_ = 0;
  std::uint64_t keep_open_ = 0;      // connections to each endpoint
  std::vector<std::uint64_t> open_;  // connections by endpoint
  std::size_t next_endpoint_ = 0;
  MonoTime last_return_{};  // of epoll_wait
  MonoTime last_tick_{};
  MonoTime last_clock_pair_{};
  bool measuring_ = false;
  Figures figures_;

  std::atomic<std::uint64_t> load_{0};
  std::atomic<bool> woken_{false};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // guards what follows
  std::vector<Job> inbox_;
  bool begin_measurement_ = false;
  std::condition_variable opened_;
  std::uint64_t still_opening_ = 0;
  std::string opening_failure_;

  std::thread thread_;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_CLIENT_LOOP_H_
