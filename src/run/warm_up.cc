#include "run/warm_up.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "base/format.h"
#include "base/json.h"

namespace assay {
namespace {

constexpr std::size_t kSingleRequests = 16;
constexpr std::size_t kFirstBatch = 8;
constexpr double kOfflineMargin = 1.25;
constexpr double kFirstShare = 0.85;
constexpr double kNextShare = 0.8;
constexpr int kRates = 6;
constexpr std::size_t kLeastAtRate = 30;
constexpr double kServerMargin = 0.95;
constexpr auto kPatience = std::chrono::minutes(10);
constexpr std::uint64_t kArrivalSeed = 1;

double SecondsBetween(MonoTime from, MonoTime to) {
  return std::chrono::duration<double>(to - from).count();
}

// Times of one request, by its id.
struct Request {
  MonoTime due{};
  std::optional<MonoTime> first;
  std::optional<MonoTime> done;
  std::size_t tokens = 0;
  std::string error;
};

// Collects what the engine tells; the warm-up waits for it.
class Collector : public EngineSink {
 public:
  void OnFirstToken(std::uint64_t id, MonoTime when, std::span<const TokenId>) override {
    const std::lock_guard lock(mutex_);
    requests_.at(id).first = when;
  }
  void OnDone(RequestOutcome outcome) override {
    const std::lock_guard lock(mutex_);
    Request& request = requests_.at(outcome.id);
    request.done = outcome.done;
    request.tokens = outcome.token_ids.size();
    if (outcome.error) request.error = outcome.error->message;
    ++ended_;
    changed_.notify_all();
  }

  // Ids of `count` further requests, from the value on.
  std::uint64_t Add(std::size_t count, MonoTime due) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t first = requests_.size();
    requests_.resize(requests_.size() + count);
    for (std::size_t i = first; i < requests_.size(); ++i) requests_[i].due = due;
    return first;
  }
  // Until all have ended. Value: those from `first` on.
  Result<std::vector<Request>> Wait(std::uint64_t first) {
    std::unique_lock lock(mutex_);
    while (ended_ < requests_.size()) {
      const std::size_t before = ended_;
      if (!changed_.wait_for(lock, kPatience, [&] { return ended_ > before; })) {
        return MakeError(ErrorCode::kUnavailable,
                         "warm-up: no request ended in {} minutes; --target-qps or "
                         "--expected-latency makes it needless",
                         kPatience.count());
      }
    }
    std::vector<Request> requests(requests_.begin() + static_cast<std::ptrdiff_t>(first),
                                  requests_.end());
    for (const Request& request : requests) {
      if (!request.error.empty()) {
        return MakeError(ErrorCode::kUnavailable, "warm-up: a request failed: {}", request.error);
      }
    }
    return requests;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Request> requests_;
  std::size_t ended_ = 0;
};

struct Measured {
  std::vector<Request> requests;
  double seconds = 0.0;
  [[nodiscard]] double Rate() const { return static_cast<double>(requests.size()) / seconds; }
};

// To four significant digits: LoadGen's log prints six, and its queries must follow from what it
// prints.
double Rounded(double value) {
  const std::string digits = fmt::format("{:.4g}", value);
  double rounded = value;
  std::from_chars(digits.data(), digits.data() + digits.size(), rounded);
  return rounded;
}

// sorted[floor(n p)], as LoadGen takes a percentile.
double Percentile99(std::vector<double> values) {
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  return values[values.size() * 99 / 100];
}

class WarmUp {
 public:
  WarmUp(std::span<const PromptSample> samples, Engine& engine, const Clock& clock,
         const WarmUpLengths& lengths)
      : samples_(samples), engine_(engine), clock_(clock), lengths_(lengths) {}
  ~WarmUp() { engine_.Stop(); }
  WarmUp(const WarmUp&) = delete;
  WarmUp& operator=(const WarmUp&) = delete;

  Status Start() { return engine_.Start(&collector_); }

  Result<LoadEstimate> SingleStream() {
    double sum = 0.0;
    std::size_t count = 0;
    while (count < kSingleRequests && sum < lengths_.single_stream) {
      ASSAY_ASSIGN_OR_RETURN(const Measured one, Batch(1));
      sum += one.seconds;
      ++count;
    }
    const double mean_ms = 1e3 * sum / static_cast<double>(count);
    return LoadEstimate{"--expected-latency",
                        Rounded(mean_ms),
                        mean_ms,
                        count,
                        sum,
                        fmt::format("the mean latency of {} requests, one after another", count)};
  }

  Result<LoadEstimate> Offline() {
    ASSAY_ASSIGN_OR_RETURN(const Measured batch, LongBatch());
    return LoadEstimate{
        "--target-qps",
        Rounded(kOfflineMargin * batch.Rate()),
        batch.Rate(),
        batch.requests.size(),
        batch.seconds,
        fmt::format("{} times the {:.4g} samples/s of a batch of {}: a test that is too short is "
                    "invalid, one that is too long is not",
                    kOfflineMargin, batch.Rate(), batch.requests.size())};
  }

  Result<LoadEstimate> Server(const LatencyLimits& limits) {
    ASSAY_ASSIGN_OR_RETURN(const Measured batch, LongBatch());
    double rate = kFirstShare * batch.Rate();
    Measured at_rate;
    bool kept = false;
    for (int i = 0; i < kRates && !kept; ++i) {
      if (i > 0) rate *= kNextShare;
      ASSAY_ASSIGN_OR_RETURN(at_rate, AtRate(rate));
      kept = Keeps(at_rate.requests, limits);
    }
    std::string method = fmt::format(
        "{} of {:.4g} queries/s, at which {} requests in {:.0f} s {}; a batch reached "
        "{:.4g} samples/s",
        kServerMargin, rate, at_rate.requests.size(), at_rate.seconds,
        kept ? "kept the latency limits" : "still broke the latency limits", batch.Rate());
    return LoadEstimate{"--target-qps",  Rounded(kServerMargin * rate),
                        batch.Rate(),    at_rate.requests.size(),
                        at_rate.seconds, std::move(method)};
  }

 private:
  // Submits the next `count` samples and waits for them.
  Result<Measured> Batch(std::size_t count) {
    const MonoTime start = clock_.Now();
    const std::uint64_t first = collector_.Add(count, start);
    std::vector<EngineRequest> requests;
    for (std::size_t i = 0; i < count; ++i) requests.push_back(NextRequest(first + i));
    engine_.Submit(requests);
    ASSAY_ASSIGN_OR_RETURN(std::vector<Request> ended, collector_.Wait(first));
    return Measured{std::move(ended), SecondsBetween(start, clock_.Now())};
  }

  Result<Measured> LongBatch() {
    for (std::size_t count = std::min(kFirstBatch, samples_.size());; count *= 2) {
      count = std::min(count, samples_.size());
      ASSAY_ASSIGN_OR_RETURN(Measured batch, Batch(count));
      if (batch.seconds >= lengths_.batch || count == samples_.size()) return batch;
    }
  }

  // Requests at random times, `qps` in the mean.
  Result<Measured> AtRate(double qps) {
    const auto count = std::max(kLeastAtRate, static_cast<std::size_t>(lengths_.rate * qps));
    std::mt19937_64 random(kArrivalSeed);
    std::exponential_distribution<double> between(qps);
    const MonoTime start = clock_.Now();
    MonoTime due = start;
    std::optional<std::uint64_t> first;
    for (std::size_t i = 0; i < count; ++i) {
      std::this_thread::sleep_until(due);
      const std::uint64_t id = collector_.Add(1, due);
      if (!first) first = id;
      const EngineRequest request = NextRequest(id);
      engine_.Submit({&request, 1});
      due += std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(between(random)));
    }
    ASSAY_ASSIGN_OR_RETURN(std::vector<Request> ended, collector_.Wait(*first));
    return Measured{std::move(ended), SecondsBetween(start, clock_.Now())};
  }

  static bool Keeps(const std::vector<Request>& requests, const LatencyLimits& limits) {
    std::vector<double> ttft;
    std::vector<double> tpot;
    for (const Request& r : requests) {
      if (!r.first || !r.done) return false;
      ttft.push_back(1e9 * SecondsBetween(r.due, *r.first));
      if (r.tokens > 1) {
        tpot.push_back(1e9 * SecondsBetween(*r.first, *r.done) / static_cast<double>(r.tokens - 1));
      }
    }
    const auto below = [](double value, const std::optional<std::uint64_t>& limit) {
      return !limit || value < static_cast<double>(*limit);
    };
    return below(Percentile99(std::move(ttft)), limits.ttft_ns) &&
           below(Percentile99(std::move(tpot)), limits.tpot_ns);
  }

  EngineRequest NextRequest(std::uint64_t id) {
    const PromptSample& sample = samples_[next_++ % samples_.size()];
    return {id, sample.index, sample.ids, sample.text};
  }

  std::span<const PromptSample> samples_;
  Engine& engine_;
  const Clock& clock_;
  const WarmUpLengths lengths_;
  Collector collector_;
  std::size_t next_ = 0;
};

}  // namespace

Result<LoadEstimate> EstimateLoad(Scenario scenario, const LatencyLimits& limits,
                                  std::span<const PromptSample> samples, Engine& engine,
                                  const Clock& clock, const WarmUpLengths& lengths) {
  WarmUp warm_up(samples, engine, clock, lengths);
  ASSAY_RETURN_IF_ERROR(warm_up.Start());
  switch (scenario) {
    case Scenario::kSingleStream:
      return warm_up.SingleStream();
    case Scenario::kOffline:
      return warm_up.Offline();
    case Scenario::kServer:
    case Scenario::kInteractive:
      break;
  }
  return warm_up.Server(limits);
}

Status WriteWarmUp(const fs::path& run_dir, const WarmUpRecord& record) {
  Json json{{"engine", ToJson(record.engine)}, {"estimate", nullptr}};
  if (record.estimate) json["estimate"] = ToJson(*record.estimate);
  return WriteFileAtomically(run_dir / kWarmUpFile, ToPrettyJson(json));
}

Result<WarmUpRecord> ReadWarmUp(const fs::path& run_dir) {
  const std::string where = (run_dir / kWarmUpFile).string();
  ASSAY_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(run_dir / kWarmUpFile));
  ASSAY_ASSIGN_OR_RETURN(const Json json, ParseJson(bytes, where));
  WarmUpRecord record;
  const auto engine = json.find("engine");
  if (engine == json.end()) {
    return MakeError(ErrorCode::kParse, "{}: \"engine\" is missing", where);
  }
  ASSAY_ASSIGN_OR_RETURN(record.engine, EngineInfoFromJson(*engine, where + ": engine"));
  ASSAY_ASSIGN_OR_RETURN(
      record.estimate,
      LoadEstimateFromJson(json.value("estimate", Json(nullptr)), where + ": estimate"));
  return record;
}

}  // namespace assay
