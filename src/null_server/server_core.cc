#include "null_server/server_core.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/json.h"

namespace assay {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 18U;

std::string InsideQuotes(const std::string& text) {
  const std::string quoted = ToJsonLine(Json(text));
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

ServerCore::ServerCore(NullServerOptions server_options, std::optional<RequestLog> request_log)
    : io(1),
      options(std::move(server_options)),
      model_json(InsideQuotes(options.model)),
      log(std::move(request_log)),
      request_reader(options.tokenizer),
      read_buffer(kReadBytes),
      timer_(io) {}

void ServerCore::At(MonoTime due, std::shared_ptr<ScheduledAnswer> answer, std::uint64_t ticket) {
  due_.Push(due, {std::move(answer), ticket});
  Arm();
}

void ServerCore::Arm() {
  const std::optional<MonoTime> next = due_.NextDue();
  if (!next || (armed_for_ && *armed_for_ <= *next)) return;
  armed_for_ = next;
  if (*next <= SteadyClock().Now()) {
    timer_.cancel();
    boost::asio::post(io, [this] { ServeDue(); });
    return;
  }
  timer_.expires_at(*next);  // cancels an earlier wait
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) ServeDue();
  });
}

// No more than were waiting at its start: answers without pauses never keep the sockets from being
// read.
void ServerCore::ServeDue() {
  armed_for_ = MonoTime::min();  // those called below need not arm
  const MonoTime now = SteadyClock().Now();
  for (std::size_t left = due_.size(); left > 0; --left) {
    const std::optional<Waiting> item = due_.PopDue(now);
    if (!item) break;
    item->answer->OnDue(item->ticket);
  }
  armed_for_.reset();
  Arm();
}

void ServerCore::AskForSlot(std::shared_ptr<ScheduledAnswer> answer, std::uint64_t ticket) {
  if (options.slots != 0 && counters.running >= options.slots) {
    ++counters.waiting;
    waiting_.push_back({std::move(answer), ticket});
    return;
  }
  ++counters.running;
  answer->OnSlot(ticket);
}

void ServerCore::ReleaseSlot() {
  --counters.running;
  if (waiting_.empty()) return;
  const Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  --counters.waiting;
  ++counters.running;
  next.answer->OnSlot(next.ticket);
}

void ServerCore::StopWaiting(const ScheduledAnswer* answer) {
  const auto it = std::find_if(waiting_.begin(), waiting_.end(), [answer](const Waiting& waiting) {
    return waiting.answer.get() == answer;
  });
  if (it == waiting_.end()) return;
  waiting_.erase(it);
  --counters.waiting;
}

void ServerCore::Log(const ServedRequest& served) {
  if (log) log->Add(served);
}

}  // namespace assay
