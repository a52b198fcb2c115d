#include "load/loadgen_test.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include <loadgen.h>
#include <sys/prctl.h>

#include "base/format.h"
#include "host/process_usage.h"
#include "host/telemetry_sampler.h"
#include "host/thread_scheduling.h"
#include "load/loadgen_sut.h"
#include "load/test_settings.h"
#include "record/journal.h"

namespace mlperf {
const std::string& LoadgenVersion();
const std::string& LoadgenGitRevision();
}  // namespace mlperf

namespace assay {
namespace {

// LoadGen writes names into its JSON without escaping them.
std::string WithoutJsonSpecials(std::string name) {
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '"' || c == '\\'; }, '_');
  return name;
}

// LoadGen's summary drops blanks at the end, so there are none where something is not known.
std::string SutName(const EngineInfo& info) {
  std::string name = "assay " + info.engine;
  for (const std::string& part : {info.model_name, info.precision}) {
    if (!part.empty()) name += " " + part;
  }
  return name;
}

ScheduleKind ScheduleOf(Scenario scenario) {
  switch (scenario) {
    case Scenario::kOffline:
      return ScheduleKind::kAllAtOnce;
    case Scenario::kServer:
    case Scenario::kInteractive:
      return ScheduleKind::kServer;
    case Scenario::kSingleStream:
      break;
  }
  return ScheduleKind::kOnCompletion;
}

// LoadGen reads a file of this name, if there is one, and lets it override the settings. No file in
// the run's own directory has it, and the working directory is never looked at.
constexpr const char* kNoAuditConfig = "no-audit.config";

}  // namespace

std::string BuiltInLoadgen() {
  return fmt::format("{} @ {}", mlperf::LoadgenVersion(), mlperf::LoadgenGitRevision());
}

struct LoadgenTest::State {
  fs::path run_dir;
  const RunConfig& config;
  std::span<const PromptSample> samples;
  Engine& engine;
  LoadCounters counters;
  std::mutex record_mutex;  // guards record and telemetry
  TestRecord record;
  std::optional<JournalWriter> journal;
  std::optional<LoadgenSut> sut;
  std::optional<LoadgenQsl> qsl;
  std::optional<std::int64_t> engine_pid;
  std::vector<ServerSource> servers{};
  std::unique_ptr<TelemetrySampler> telemetry;
  std::optional<std::uint64_t> max_failed;
  std::function<void()> stop_after_failures;
  ProcessUsage usage_at_start;
  std::vector<ThreadScheduling> threads_at_start;
  std::vector<CounterSource> counter_sources{};

  [[nodiscard]] fs::path Directory() const { return TestDirectory(run_dir, record.test); }
  [[nodiscard]] Status CheckPrompts() const;
  [[nodiscard]] Status Prepare(const mlperf::TestSettings& settings);
  [[nodiscard]] Status StartTelemetry();
  [[nodiscard]] Status StopTelemetry();
  void StartTest(const mlperf::TestSettings& settings);
  void ReadCountersBefore();
  void ReadCountersAfter();
  [[nodiscard]] Status WriteEnd(const std::string& status, const std::string& message);
  [[nodiscard]] Status Finish();
  void CloseRecord(const std::string& status, const std::string& message);
  void StopTooManyFailed();
};

Status LoadgenTest::State::CheckPrompts() const {
  for (const PromptSample& sample : samples) {
    const Status fits = engine.CheckPrompt(sample.ids);
    if (!fits) {
      return MakeError(fits.error().code, "sample {}: {}", sample.index, fits.error().message);
    }
  }
  return Ok{};
}

Status LoadgenTest::State::Prepare(const mlperf::TestSettings& settings) {
  ASSAY_RETURN_IF_ERROR(MakeDirectories(Directory()));
  ASSAY_ASSIGN_OR_RETURN(JournalWriter writer,
                         JournalWriter::Create(Directory() / "requests.jsonl"));
  journal.emplace(std::move(writer));
  const EngineInfo& info = engine.info();
  LoadgenSut::Options options;
  options.name = WithoutJsonSpecials(SutName(info));
  options.samples = samples;
  options.engine = &engine;
  options.journal = &*journal;
  options.counters = &counters;
  options.schedule = ScheduleOf(config.scenario);
  options.schedule_rng_seed = settings.schedule_rng_seed;
  options.target_qps = settings.server_target_qps;
  options.clock = &SteadyClock();
  options.max_failed = max_failed;
  options.on_too_many_failed = [this] { StopTooManyFailed(); };
  sut.emplace(std::move(options));
  qsl.emplace(WithoutJsonSpecials(fs::path(config.dataset).filename().string()), samples.size(),
              SteadyClock());
  record.engine = info;
  record.loadgen_version = BuiltInLoadgen();
  record.loadgen_settings = ToJson(settings);
  return Ok{};
}

Status LoadgenTest::State::StartTelemetry() {
  if (config.telemetry_hz == 0.0) return Ok{};
  TelemetryOptions options;
  options.rate_hz = config.telemetry_hz;
  options.engine_pid = engine_pid;
  options.servers = servers;
  ASSAY_ASSIGN_OR_RETURN(auto sampler,
                         TelemetrySampler::Start(Directory() / "telemetry.jsonl", options));
  const std::lock_guard lock(record_mutex);
  telemetry = std::move(sampler);
  return Ok{};
}

Status LoadgenTest::State::StopTelemetry() {
  TelemetrySampler* sampler = nullptr;
  {
    const std::lock_guard lock(record_mutex);
    sampler = telemetry.get();
  }
  return sampler == nullptr ? Status(Ok{}) : sampler->Stop();
}

void LoadgenTest::State::StartTest(const mlperf::TestSettings& settings) {
  // LoadGen sleeps in this thread until a query is due; the kernel adds up to 50 us otherwise.
  prctl(PR_SET_TIMERSLACK, 1UL);
  mlperf::LogSettings log;
  log.log_output.outdir = Directory().string();
  log.enable_trace = config.trace;
  mlperf::StartTest(&*sut, &*qsl, settings, log, (Directory() / kNoAuditConfig).string());
}

void LoadgenTest::State::ReadCountersBefore() {
  std::vector<EndpointCounters> before;
  before.reserve(counter_sources.size());
  for (const CounterSource& source : counter_sources) {
    before.push_back({source.url, source.read(), std::nullopt});
  }
  const std::lock_guard lock(record_mutex);
  record.server_counters = std::move(before);
}

void LoadgenTest::State::ReadCountersAfter() {
  std::vector<std::optional<ServerCounters>> after;
  for (const CounterSource& source : counter_sources) after.push_back(source.read());
  const std::lock_guard lock(record_mutex);
  for (std::size_t i = 0; i < after.size(); ++i) record.server_counters[i].after = after[i];
}

Status LoadgenTest::State::WriteEnd(const std::string& status, const std::string& message) {
  const std::lock_guard lock(record_mutex);
  const ProcessUsage usage = ReadProcessUsage();
  record.clocks_end = ReadClockPair();
  record.status = status;
  record.message = message;
  if (qsl && qsl->loaded_ns() != 0) record.origin_not_before_ns = qsl->loaded_ns();
  record.issued = counters.issued;
  record.completed = counters.completed;
  record.failed = counters.failed;
  record.peak_rss_bytes = usage.peak_rss_bytes;
  record.cpu_seconds = usage.cpu_seconds - usage_at_start.cpu_seconds;
  return WriteTestRecord(run_dir, record);
}

Status LoadgenTest::State::Finish() {
  std::optional<Error> failure = sut->journal_error();
  {
    const std::lock_guard lock(record_mutex);
    record.work = engine.work();
  }
  const Status sampled = StopTelemetry();
  if (!failure && !sampled) failure = sampled.error();
  if (!failure && counters.issued == 0) {
    failure = MakeError(ErrorCode::kUnavailable,
                        "{}: LoadGen issued no query (can it write there?)", Directory().string());
  }
  Status written = WriteEnd(failure ? "failed" : "completed", failure ? failure->message : "");
  if (failure) return *failure;
  return written;
}

LoadgenTest::LoadgenTest(fs::path run_dir, TestKind test, const RunConfig& config,
                         std::span<const PromptSample> samples, Engine& engine)
    : state_(new State{std::move(run_dir),
                       config,
                       samples,
                       engine,
                       {},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {},
                       {}}) {
  state_->record.test = test;
}

LoadgenTest::~LoadgenTest() = default;

void LoadgenTest::WatchEngine(std::int64_t pid) {
  state_->engine_pid = pid;
}

void LoadgenTest::WatchServers(std::vector<ServerSource> servers) {
  state_->servers = std::move(servers);
}

const LoadCounters& LoadgenTest::counters() const {
  return state_->counters;
}

void LoadgenTest::set_counter_sources(std::vector<CounterSource> sources) {
  state_->counter_sources = std::move(sources);
}

Status LoadgenTest::Run() {
  State& s = *state_;
  ASSAY_ASSIGN_OR_RETURN(const mlperf::TestSettings settings,
                         MakeTestSettings(s.config, s.record.test));
  ASSAY_RETURN_IF_ERROR(s.CheckPrompts());
  ASSAY_RETURN_IF_ERROR(s.Prepare(settings));
  ASSAY_RETURN_IF_ERROR(s.engine.Start(&*s.sut));
  s.ReadCountersBefore();
  ASSAY_RETURN_IF_ERROR(s.StartTelemetry());
  {
    const std::lock_guard lock(s.record_mutex);
    s.record.engine = s.engine.info();  // starting tells more of a server
    s.usage_at_start = ReadProcessUsage();
    s.threads_at_start = ReadThreadScheduling();
    s.record.clocks_start = ReadClockPair();
    ASSAY_RETURN_IF_ERROR(WriteTestRecord(s.run_dir, s.record));
  }
  s.StartTest(settings);
  s.record.threads = SchedulingBetween(s.threads_at_start, ReadThreadScheduling());
  s.engine.Stop();
  s.record.client = s.engine.client_report();
  s.ReadCountersAfter();
  return s.Finish();
}

void LoadgenTest::State::CloseRecord(const std::string& status, const std::string& message) {
  if (sut) sut->CloseJournal();
  // The process ends next: there is nobody left to tell of a record that cannot be written.
  static_cast<void>(StopTelemetry());
  static_cast<void>(WriteEnd(status, message));
}

void LoadgenTest::State::StopTooManyFailed() {
  CloseRecord("failed", fmt::format("stopped: more than {} requests failed", *max_failed));
  stop_after_failures();
}

void LoadgenTest::Interrupt() {
  state_->CloseRecord("interrupted", "stopped by a signal");
}

void LoadgenTest::StopAfterFailures(std::uint64_t max_failed, std::function<void()> stop) {
  state_->max_failed = max_failed;
  state_->stop_after_failures = std::move(stop);
}

}  // namespace assay
