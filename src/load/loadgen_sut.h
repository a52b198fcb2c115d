// The engine as LoadGen's system under test, and the journal of what passes between them.

#ifndef ASSAY_LOAD_LOADGEN_SUT_H_
#define ASSAY_LOAD_LOADGEN_SUT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <query_sample.h>
#include <query_sample_library.h>
#include <system_under_test.h>

#include "assay/clock.h"
#include "assay/engine.h"

#include "load/loadgen_test.h"
#include "load/schedule.h"
#include "record/journal.h"

namespace assay {

// Where the offsets of a test's schedule come from.
enum class ScheduleKind { kAllAtOnce, kServer, kOnCompletion };

// LoadGen calls IssueQuery from its issuing thread; the engine calls the sink from its own.
//
// Towards LoadGen: FirstTokenComplete once for every sample, then QuerySamplesComplete. A sample
// that failed or has no token gets both with size 0 and 0 tokens: LoadGen reads out of bounds for a
// sample that was completed without them.
class LoadgenSut final : public mlperf::SystemUnderTest, public EngineSink {
 public:
  struct Options {
    std::string name;  // without quotes, backslashes and control characters
    std::span<const PromptSample> samples;
    Engine* engine = nullptr;
    JournalWriter* journal = nullptr;
    LoadCounters* counters = nullptr;
    ScheduleKind schedule = ScheduleKind::kAllAtOnce;
    std::uint64_t schedule_rng_seed = 0;
    double target_qps = 0.0;
    const Clock* clock = nullptr;
    // Called once, from an engine's thread, when more requests than this have failed; its journal
    // line is written then.
    std::optional<std::uint64_t> max_failed;
    std::function<void()> on_too_many_failed;
  };
  explicit LoadgenSut(Options options);

  const std::string& Name() override { return options_.name; }
  void IssueQuery(const std::vector<mlperf::QuerySample>& samples) override;
  void FlushQueries() override {}

  void OnFirstToken(std::uint64_t id, MonoTime when, std::span<const TokenId> tokens) override;
  void OnDone(RequestOutcome outcome) override;

  // The first journal line that could not be written, if any.
  [[nodiscard]] std::optional<Error> journal_error();
  // From here on nothing is written to the journal; lines under way are whole.
  void CloseJournal();

 private:
  struct Pending {
    mlperf::ResponseId response_id = 0;
    std::uint64_t sample_index = 0;
    std::optional<std::int64_t> offset_ns;
    std::int64_t issued_ns = 0;
    std::optional<ToldTimes> told_first;
  };
  [[nodiscard]] std::optional<std::int64_t> NextOffset();
  void Write(const RequestRecord& record);

  Options options_;
  ServerSchedule server_schedule_;  // used where options_.schedule is kServer
  std::mutex mutex_;                // guards what follows
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::uint64_t next_id_ = 0;
  std::optional<std::int64_t> origin_ns_;  // smallest issued - offset so far

  std::mutex journal_mutex_;  // guards what follows
  bool journal_closed_ = false;
  std::optional<Error> journal_error_;
};

// The samples as LoadGen's library: only counts and callbacks, the prompts are in memory anyway.
class LoadgenQsl final : public mlperf::QuerySampleLibrary {
 public:
  LoadgenQsl(std::string name, std::size_t count, const Clock& clock)
      : name_(std::move(name)), count_(count), clock_(clock) {}

  const std::string& Name() override { return name_; }
  std::size_t TotalSampleCount() override { return count_; }
  std::size_t PerformanceSampleCount() override { return count_; }
  void LoadSamplesToRam(const std::vector<mlperf::QuerySampleIndex>& samples) override;
  void UnloadSamplesFromRam(const std::vector<mlperf::QuerySampleIndex>& /*samples*/) override {}

  // When the last LoadSamplesToRam returned; steady ns, 0 before.
  [[nodiscard]] std::int64_t loaded_ns() const { return loaded_ns_.load(); }

 private:
  std::string name_;
  std::size_t count_;
  const Clock& clock_;
  std::atomic<std::int64_t> loaded_ns_{0};
};

}  // namespace assay

#endif  // ASSAY_LOAD_LOADGEN_SUT_H_
