#include "engine/openai/client_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/format.h"

namespace assay {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10U;
constexpr int kEventsAtOnce = 256;
constexpr std::chrono::milliseconds kTickTime{50};
// A call that finds something at once takes a few microseconds.
constexpr auto kCertainlyWaited = std::chrono::microseconds(50);
constexpr auto kClockPairTime = std::chrono::milliseconds(10);
// Between a failure and the next attempt, where the server does not say.
constexpr auto kRetryDelay = std::chrono::milliseconds(200);
constexpr auto kLongestRetryDelay = std::chrono::seconds(60);

bool MayRetry(const JobEnd& end) {
  if (!end.outcome.error || end.had_first_token) return false;
  const std::string& kind = end.outcome.error->kind;
  return kind == "http_429" || kind == "http_5xx" || kind == "connection_closed" ||
         kind == failure::kReset || kind == failure::kRefused || kind == failure::kConnect ||
         kind == failure::kConnectTimeout;
}

}  // namespace

ClientLoop::ClientLoop(const Options& options)
    : options_(options),
      buffer_(kBufferBytes + kReadPadding),
      free_(options.endpoints->size()),
      closes_(options.endpoints->size()),
      open_(options.endpoints->size()) {
  context_.clock = options.clock;
  context_.rules = options.rules;
  context_.timeouts = options.timeouts;
  context_.secrets = options.secrets;
  context_.buffer = {buffer_.data(), kBufferBytes};
  figures_.connections.resize(options.endpoints->size());
  figures_.connect.resize(options.endpoints->size());
  figures_.tls.resize(options.endpoints->size());
  for (std::size_t i = 0; i < options.endpoints->size(); ++i) {
    figures_.connections[i].endpoint = (*options.endpoints)[i]->dialer->url().text;
  }
}

ClientLoop::~ClientLoop() {
  Stop();
  if (epoll_ >= 0) close(epoll_);
  if (event_ >= 0) close(event_);
}

Status ClientLoop::Start(std::uint64_t connections_per_endpoint) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  if (epoll_ < 0 || event_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &event) != 0) {
    return MakeError(ErrorCode::kIo, "epoll: {}", std::generic_category().message(errno));
  }
  keep_open_ = connections_per_endpoint;
  still_opening_ = keep_open_ * options_.endpoints->size();
  thread_ = std::thread([this] { Run(); });
  std::unique_lock lock(mutex_);
  opened_.wait(lock, [this] { return still_opening_ == 0 || !opening_failure_.empty(); });
  if (opening_failure_.empty()) return Ok{};
  return Error{ErrorCode::kUnavailable, opening_failure_};
}

void ClientLoop::Wake() {
  if (woken_.exchange(true)) return;
  const std::uint64_t one = 1;
  static_cast<void>(write(event_, &one, sizeof(one)));
}

void ClientLoop::Submit(std::span<const Job> jobs) {
  load_.fetch_add(jobs.size(), std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    inbox_.insert(inbox_.end(), jobs.begin(), jobs.end());
  }
  Wake();
}

void ClientLoop::BeginMeasurement() {
  {
    const std::lock_guard lock(mutex_);
    begin_measurement_ = true;
  }
  Wake();
}

void ClientLoop::Stop() {
  if (!thread_.joinable()) return;
  stop_ = true;
  Wake();
  thread_.join();
}

void ClientLoop::Run() {
  pthread_setname_np(pthread_self(), options_.name.c_str());
  for (const auto& endpoint : *options_.endpoints) {
    for (std::uint64_t i = 0; i < keep_open_; ++i) OpenIdle(*endpoint);
  }
  while (!stop_) {
    Turn();
    removed_.clear();
  }
  CancelAll();
  figures_.read_delay = context_.read_delay;
  figures_.read_delay_bound = context_.read_delay_bound;
}

void ClientLoop::Turn() {
  // Written by the kernel; what it leaves is never read.
  std::array<epoll_event, kEventsAtOnce> events;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const bool timed = streams_ > 0 || !delayed_.empty() || still_opening_ > 0;
  const int timeout = timed ? static_cast<int>(kTickTime.count()) : -1;
  const MonoTime before = options_.clock->Now();
  const int count = epoll_wait(epoll_, events.data(), kEventsAtOnce, timeout);
  const MonoTime now = options_.clock->Now();
  // Where it had to wait, nothing was readable before; else, not before it returned the last time.
  context_.readable_since = now - before > kCertainlyWaited ? now : last_return_;
  last_return_ = now;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) continue;
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    connection.OnReady((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    Settle(connection);
  }
  if (woken_) TakeInbox();
  StartJobs();
  if (now - last_clock_pair_ >= kClockPairTime) ReadClocks(now);
  if (timed && now - last_tick_ >= kTickTime) Tick(now);
}

// Clocks drift by less than a microsecond in the time between two readings.
void ClientLoop::ReadClocks(MonoTime now) {
  last_clock_pair_ = now;
  const ClockPair pair = ReadClockPair();
  context_.wall_minus_steady_ns = pair.wall_ns - pair.steady_ns;
}

void ClientLoop::TakeInbox() {
  std::uint64_t drained = 0;
  static_cast<void>(read(event_, &drained, sizeof(drained)));
  woken_ = false;
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.end(), std::make_move_iterator(inbox_.begin()),
                  std::make_move_iterator(inbox_.end()));
  inbox_.clear();
  if (!begin_measurement_) return;
  begin_measurement_ = false;
  measuring_ = true;
  context_.read_delay = {};
  context_.read_delay_bound = {};
  figures_.peak_streams = 0;
  figures_.retries = 0;
}

void ClientLoop::StartJobs() {
  while (!waiting_.empty() && streams_ < options_.max_streams) {
    Connection& connection = FreeConnection();
    ++streams_;
    figures_.peak_streams = std::max(figures_.peak_streams, streams_);
    connection.endpoint().in_flight.fetch_add(1, std::memory_order_relaxed);
    connection.Start(std::move(waiting_.front()));
    waiting_.pop_front();
    // A new one may be connected already, or have failed: its job is told of it.
    if (connection.state() == Connection::State::kOpening) connection.OnReady(false);
    Settle(connection);
  }
}

// Of the endpoint that has least under way; of equal ones, in turn.
Connection& ClientLoop::FreeConnection() {
  const std::size_t count = options_.endpoints->size();
  std::size_t best = next_endpoint_++ % count;
  const auto under_way = [this](std::size_t i) {
    return (*options_.endpoints)[i]->in_flight.load(std::memory_order_relaxed);
  };
  for (std::size_t k = 1; k < count; ++k) {
    const std::size_t i = (best + k) % count;
    if (under_way(i) < under_way(best)) best = i;
  }
  if (free_[best].empty()) return Open(*(*options_.endpoints)[best]);
  Connection& connection = *free_[best].back();
  free_[best].pop_back();
  connection.listed_free = false;
  return connection;
}

Connection& ClientLoop::Open(Endpoint& endpoint) {
  auto& connection = *connections_.emplace_back(std::make_unique<Connection>(endpoint, context_));
  connection.position = connections_.size() - 1;
  ++open_[IndexOf(endpoint)];
  return connection;
}

void ClientLoop::OpenIdle(Endpoint& endpoint) {
  Connection& connection = Open(endpoint);
  connection.OnReady(false);  // it may be connected already, or have failed
  Settle(connection);
}

void ClientLoop::Watch(Connection& connection) {
  const int fd = connection.transport().fd();
  if (fd == connection.registered_fd || fd < 0) return;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0) connection.registered_fd = fd;
}

std::size_t ClientLoop::IndexOf(const Endpoint& endpoint) const {
  const auto& all = *options_.endpoints;
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.get() == &endpoint; });
  return static_cast<std::size_t>(it - all.begin());
}

void ClientLoop::Settle(Connection& connection) {
  if (connection.removed) return;
  if (!connection.counted && connection.state() != Connection::State::kOpening) {
    CountOpened(connection);
  }
  if (connection.ended()) {
    --streams_;
    connection.endpoint().in_flight.fetch_sub(1, std::memory_order_relaxed);
    connection.served = true;
    End(connection.TakeEnd());
  }
  if (connection.state() == Connection::State::kClosed) return Remove(connection);
  Watch(connection);
  const bool to_be_closed = connection.served && closes_[IndexOf(connection.endpoint())];
  if (connection.free() && !connection.listed_free && !to_be_closed) {
    connection.listed_free = true;
    free_[IndexOf(connection.endpoint())].push_back(&connection);
  }
}

void ClientLoop::CountOpened(Connection& connection) {
  connection.counted = true;
  const std::size_t i = IndexOf(connection.endpoint());
  const Transport& transport = connection.transport();
  if (!connection.failed_to_open()) {
    ++(measuring_ ? figures_.connections[i].opened_during : figures_.connections[i].opened_before);
    if (transport.connect_time()) figures_.connect[i].Add(transport.connect_time()->count());
    if (transport.tls_time()) figures_.tls[i].Add(transport.tls_time()->count());
  }
  if (still_opening_ == 0) return;
  const std::lock_guard lock(mutex_);
  --still_opening_;
  if (connection.failed_to_open() && opening_failure_.empty()) {
    opening_failure_ = connection.failure().message;
  }
  opened_.notify_all();
}

void ClientLoop::Remove(Connection& connection) {
  Endpoint& endpoint = connection.endpoint();
  const std::size_t index = IndexOf(endpoint);
  if (connection.listed_free) std::erase(free_[index], &connection);
  if (!connection.failed_to_open() && !connection.ended_badly()) {
    ++figures_.connections[index].closed_by_server;
    closes_[index] = closes_[index] || connection.served;
  }
  connection.removed = true;
  const std::size_t position = connection.position;
  std::swap(connections_[position], connections_.back());
  connections_[position]->position = position;
  removed_.push_back(std::move(connections_.back()));
  connections_.pop_back();
  --open_[index];
  const bool again = !removed_.back()->failed_to_open() && open_[index] < keep_open_ && !stop_;
  if (again) OpenIdle(endpoint);
}

void ClientLoop::End(JobEnd end) {
  if (end.job.retries.size() < options_.retries && MayRetry(end)) {
    ++figures_.retries;
    end.job.retries.push_back(*end.outcome.error);
    const Nanos wait = std::min<Nanos>(end.retry_after.value_or(kRetryDelay), kLongestRetryDelay);
    delayed_.push_back({options_.clock->Now() + wait, std::move(end.job)});
    return;
  }
  load_.fetch_sub(1, std::memory_order_relaxed);
  end.job.sink->OnDone(std::move(end.outcome));
}

void ClientLoop::Tick(MonoTime now) {
  last_tick_ = now;
  // Backwards: the last one takes the place of one that is removed; what is opened comes behind.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    Connection& connection = *connections_[i];
    connection.CheckTimeouts(now);
    Settle(connection);
  }
  for (std::size_t i = delayed_.size(); i-- > 0;) {
    if (delayed_[i].due > now) continue;
    waiting_.push_front(std::move(delayed_[i].job));
    delayed_.erase(delayed_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  StartJobs();
}

void ClientLoop::CancelAll() {
  const RequestError cancelled{"cancelled", "the test ended"};
  for (std::size_t i = connections_.size(); i-- > 0;) {
    connections_[i]->Cancel(cancelled);
    if (connections_[i]->ended()) End(connections_[i]->TakeEnd());
  }
  TakeInbox();
  for (Delayed& delayed : delayed_) waiting_.push_back(std::move(delayed.job));
  delayed_.clear();
  for (Job& job : waiting_) {
    RequestOutcome outcome;
    outcome.id = job.id;
    outcome.done = options_.clock->Now();
    outcome.prompt_tokens = job.prompt_ids.size();
    outcome.finish_reason = FinishReason::kError;
    outcome.error = cancelled;
    outcome.retries = job.retries;
    load_.fetch_sub(1, std::memory_order_relaxed);
    job.sink->OnDone(std::move(outcome));
  }
  waiting_.clear();
}

}  // namespace assay
