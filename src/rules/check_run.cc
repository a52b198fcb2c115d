#include "rules/check_run.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <unordered_map>
#include <utility>

#include "base/format.h"
#include "rules/check_answers.h"

namespace assay {
namespace {

// The client limited the run where its delay is this share of TTFT, and more than a scheduler's
// whim.
constexpr double kLimitingShare = 0.10;
constexpr double kVisibleShare = 0.02;
constexpr double kDelayFloorNs = 5e6;
// The wall clock may be slewed; this much in a test is more than keeping time needs.
constexpr double kDriftFloorNs = 1e7;
constexpr double kDriftShare = 1e-4;

std::string LowerAlphanumeric(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

// "meta-llama/Meta-Llama-3.1-8B-Instruct" and the like name the benchmark's model.
bool NamesBenchmarkModel(std::string_view name) {
  const std::string found = LowerAlphanumeric(name);
  const std::string model = LowerAlphanumeric(kModel);
  constexpr std::array<std::string_view, 4> kPrefixes{"", "meta", "metallama", "metallamameta"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return found == std::string(prefix) + model; });
}

// One figure of a delay beside the same figure of TTFT.
struct DelayShare {
  std::string_view figure;
  double delay_ns = 0.0;
  double ttft_ns = 0.0;

  [[nodiscard]] bool Reaches(double share) const {
    return delay_ns >= kDelayFloorNs && delay_ns >= share * ttft_ns;
  }
};

// The tail where there are enough requests to speak of it, otherwise the mean: one request that the
// machine held up is no client that limits the run.
DelayShare ShareOf(const Distribution& delay, const Distribution& ttft) {
  const auto delay_tail = delay.Percentile("p99");
  const auto ttft_tail = ttft.Percentile("p99");
  if (delay_tail && ttft_tail) return {"at the 99th percentile", *delay_tail, *ttft_tail};
  return {"in the mean", delay.mean.value_or(0.0), ttft.mean.value_or(0.0)};
}

void CheckOutcome(const TestEnd& end, Findings& findings) {
  if (end.outcome == "completed") return;
  const std::string_view name = TestDirectoryName(end.test);
  FindingText text{
      .message = fmt::format("The {} test did not reach its end: {}.", name, end.outcome),
      .found = end.message,
      .needed = "completed",
      .fix = "repeat the run",
      .file = "run.json"};
  if (end.signal) text.found = fmt::format("signal {}; {}", *end.signal, end.message);
  findings.Error(end.outcome == "interrupted" ? rule::kInterrupted : rule::kCrashed,
                 std::move(text));
}

void CheckMissingTests(const RunEvidence& run, const Scope& scope, Findings& findings) {
  const std::vector<TestKind>& planned = run.record.config.tests;
  const auto is_planned = [&planned](TestKind test) {
    return std::find(planned.begin(), planned.end(), test) != planned.end();
  };
  if (planned == std::vector{TestKind::kCompliance}) {
    findings.Note(rule::kTestMissing,
                  {.message = "The run holds the compliance test alone; speed and accuracy are "
                              "another run's.",
                   .file = "run.json"});
  } else {
    for (const TestKind test : {TestKind::kPerformance, TestKind::kAccuracy}) {
      if (is_planned(test)) continue;
      findings.Breach(rule::kTestMissing, {.message = fmt::format("The {} test was not asked for.",
                                                                  TestDirectoryName(test)),
                                           .needed = "performance and accuracy of the same system",
                                           .fix = "--mode both",
                                           .file = "run.json"});
    }
    if (scope.benchmark->needs_test06 && findings.round_asked() &&
        !is_planned(TestKind::kCompliance)) {
      findings.Warning(rule::kTestMissing,
                       {.message = "A submission needs the compliance test TEST06 as well.",
                        .needed = "TEST06 of the same system and scenario",
                        .fix = "--mode compliance in a run of its own, or --mode all",
                        .file = "run.json"});
    }
  }
  for (const TestKind test : planned) {
    if (Find(run, test) != nullptr) continue;
    findings.Error(rule::kTestMissing,
                   {.message = fmt::format("The {} test was asked for and left nothing.",
                                           TestDirectoryName(test)),
                    .needed = fmt::format("{}/", TestDirectoryName(test)),
                    .fix = "repeat the run",
                    .file = "run.json"});
  }
}

void CheckManifestState(const RunEvidence& run, Findings& findings) {
  const ManifestCheck& manifest = run.manifest;
  if (!manifest.present) {
    findings.NotRun("that the record is unchanged", "the run has no manifest, it did not end");
    return;
  }
  const std::array<std::pair<std::string_view, const std::vector<std::string>*>, 3> lists{
      {{"was changed", &manifest.changed},
       {"is missing", &manifest.missing},
       {"was added", &manifest.added}}};
  for (const auto& [what, files] : lists) {
    for (const std::string& file : *files) {
      findings.Error(rule::kManifest,
                     {.message = fmt::format("A file of the record {} after the run ended.", what),
                      .needed = "the record as manifest.json has it",
                      .fix = "restore the record, or repeat the run",
                      .file = file});
    }
  }
}

void CheckAccuracyLogAgainstJournal(const TestEvidence& test, Findings& findings) {
  if (test.test != TestKind::kAccuracy || test.loadgen.answers.empty()) return;
  const Agreement agreement = CompareAnswers(test.loadgen.answers, test.answers);
  if (agreement.alike == agreement.compared && agreement.compared > 0) return;
  findings.Error(
      rule::kLogsDiffer,
      {.message = "LoadGen's accuracy log and the journal hold different answers.",
       .found = agreement.compared == 0
                    ? "no sample in both"
                    : fmt::format("samples {}", fmt::join(agreement.first_differing, ", ")),
       .needed = "the same token ids",
       .fix = "repeat the run; the record is not of one piece",
       .file = test.loadgen.AccuracyFile()});
}

std::string FailureKinds(const std::map<std::string, std::uint64_t>& failures) {
  std::string text;
  for (const auto& [kind, count] : failures) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", kind, Grouped(count));
  }
  return text;
}

void CheckTokenSources(const TestEvidence& test, Findings& findings) {
  const TokenLedger& ledger = test.metrics->ledger;
  if (ledger.ids_derived > 0) {
    findings.Note(
        rule::kDerivedTokens,
        {.message = fmt::format("The token ids of {} answers are derived from their text.",
                                Grouped(ledger.ids_derived)),
         .needed = "ids from the engine",
         .file = test.JournalFile()});
  }
  for (const TokenSource& source : ledger.sources) {
    // Of chunks, not every token may be told; events with text are no count of tokens at all.
    if (source.disagreements == 0 || source.name == "chunks" || source.name == "text_chunks") {
      continue;
    }
    findings.Warning(
        rule::kTokenLedger,
        {.message =
             fmt::format("{} of {} answers have another token count by \"{}\" "
                         "than by their ids.",
                         Grouped(source.disagreements), Grouped(source.requests), source.name),
         .found = fmt::format("{} tokens in all; requests {}{}", Grouped(source.tokens),
                              fmt::join(source.disagreeing_ids, ", "),
                              source.disagreements > source.disagreeing_ids.size() ? ", ..." : ""),
         .needed = "the number of ids",
         .fix = "see the engine's documentation for what it counts",
         .file = test.JournalFile()});
  }
}

void CheckClientDelay(const TestEvidence& test, Findings& findings) {
  const Metrics& m = *test.metrics;
  const DelayShare share = ShareOf(m.issue_delay, m.ttft);
  if (!share.Reaches(kVisibleShare)) return;
  FindingText text{
      .message =
          fmt::format("The client's own delay in issuing requests is {:.1f} ms {}, {:.0f} % "
                      "of TTFT.",
                      share.delay_ns / 1e6, share.figure, 100.0 * share.delay_ns / share.ttft_ns),
      .found = fmt::format("{:.1f} ms of {:.1f} ms", share.delay_ns / 1e6, share.ttft_ns / 1e6),
      .needed = fmt::format("less than {:.0f} %", 100.0 * kLimitingShare),
      .fix = "give the client processors of its own, or lower the rate",
      .file = test.JournalFile()};
  if (share.Reaches(kLimitingShare)) {
    findings.Error(rule::kClientDelay, std::move(text));
  } else {
    findings.Warning(rule::kClientDelay, std::move(text));
  }
}

void CheckToldLate(const TestEvidence& test, Findings& findings) {
  const Metrics& m = *test.metrics;
  const double latest =
      std::max(m.told_first_delay.max.value_or(0.0), m.told_done_delay.max.value_or(0.0));
  if (latest <= static_cast<double>(kTellAllowanceNs)) return;
  findings.Warning(
      rule::kToldLate,
      {.message = "LoadGen was told of a token or an answer long after the journal says it came.",
       .found = fmt::format("{:.1f} ms at most", latest / 1e6),
       .needed = fmt::format("at most {} ms", kTellAllowanceNs / 1'000'000),
       .fix = "give the client processors of its own",
       .file = test.JournalFile()});
}

void CheckClocks(const TestEvidence& test, Findings& findings) {
  const TestRecord& record = *test.record;
  if (!record.clocks_end) return;
  const auto steady =
      static_cast<double>(record.clocks_end->steady_ns - record.clocks_start.steady_ns);
  const auto wall = static_cast<double>(record.clocks_end->wall_ns - record.clocks_start.wall_ns);
  const double drift = std::abs(wall - steady);
  if (drift <= std::max(kDriftFloorNs, kDriftShare * steady)) return;
  findings.Warning(
      rule::kClock,
      {.message = "The wall clock, by which LoadGen times, ran unlike the steady one.",
       .found = fmt::format("{:+.1f} ms in {:.1f} s", (wall - steady) / 1e6, steady / 1e9),
       .needed = fmt::format("within {} ppm", kDriftShare * 1e6),
       .fix = "let the clock settle (chronyc tracking), and repeat",
       .file = test.loadgen.directory + "test.json"});
}

}  // namespace

void CheckRunEnd(const RunEvidence& run, const Scope& scope, Findings& findings) {
  for (const UnreadableFile& file : run.unreadable) {
    findings.Error(rule::kUnreadable, {.message = "A file of the record cannot be read.",
                                       .found = file.reason,
                                       .fix = "restore it, or repeat the run",
                                       .file = file.file});
  }
  if (!ReachedItsEnd(run.record)) {
    findings.Error(rule::kInterrupted,
                   {.message = run.record.interrupted ? "The run was interrupted."
                                                      : "The run never reached its end.",
                    .needed = "a run to its end",
                    .fix = "repeat the run",
                    .file = "run.json"});
  }
  for (const TestEnd& end : run.record.tests) CheckOutcome(end, findings);
  CheckMissingTests(run, scope, findings);
  CheckManifestState(run, findings);
}

void CheckModel(const EngineInfo& engine, const RunConfig& config, Findings& findings) {
  const std::string name = engine.model_name.empty() ? engine.model_path : engine.model_name;
  if (!NamesBenchmarkModel(engine.model_name)) {
    findings.Breach(
        rule::kModel,
        {.message = fmt::format("The model is not {}.", kModel),
         .found = fmt::format("{} ({})", name.empty() ? engine.engine : name,
                              engine.precision.empty() ? "precision not known" : engine.precision),
         .needed = std::string(kModel),
         .fix = fmt::format("--model with {}", kModel),
         .file = "run.json"});
  } else if (engine.precision != kPrecision) {
    findings.Note(
        rule::kModelPrecision,
        {.message = "The weights are not in the reference's precision.",
         .found = engine.precision.empty() ? "not known" : engine.precision,
         .needed = fmt::format("{}, or a described quantisation after training", kPrecision)});
  }
  const auto asked = config.llama.gpu_layers;
  if (asked && *asked < engine.layers_total) {
    findings.Warning(rule::kGpuLayers,
                     {.message = "Only some of the layers were asked onto the accelerator.",
                      .found = fmt::format("--gpu-layers {}: {} of {} layers", *asked,
                                           engine.layers_on_gpu, engine.layers_total),
                      .needed = "all layers",
                      .fix = "leave --gpu-layers out",
                      .file = "run.json"});
  }
}

void CheckRequests(const TestEvidence& test, Findings& findings) {
  if (!test.metrics) return;
  const RequestCounts& counts = test.metrics->counts;
  if (counts.failed > 0) {
    findings.Error(
        rule::kFailedRequests,
        {.message = fmt::format("{} of {} requests of the {} test failed.", Grouped(counts.failed),
                                Grouped(counts.ended), TestDirectoryName(test.test)),
         .found = FailureKinds(counts.failures),
         .needed = "an answer to every request",
         .fix = "remove the cause (requests.jsonl tells it for each), and repeat the run",
         .file = test.JournalFile()});
  }
  if (test.record->status == "completed" && counts.issued && *counts.issued != counts.ended) {
    findings.Error(
        rule::kFailedRequests,
        {.message = "The journal has not every request that was issued.",
         .found = fmt::format("{} of {}", Grouped(counts.ended), Grouped(*counts.issued)),
         .needed = Grouped(*counts.issued),
         .fix = "repeat the run",
         .file = test.JournalFile()});
  }
  if (counts.duplicate_ids > 0) {
    findings.Error(rule::kRepeatedRequests,
                   {.message = fmt::format("{} journal lines repeat another one's request.",
                                           Grouped(counts.duplicate_ids)),
                    .needed = "one line a request",
                    .fix = "repeat the run",
                    .file = test.JournalFile()});
  }
  if (test.journal->cut_off) {
    findings.Error(rule::kJournalCutOff,
                   {.message = "The journal's last line was cut off; what is before it is whole.",
                    .needed = "a line that ends",
                    .fix = "repeat the run",
                    .file = test.JournalFile(),
                    .line = test.journal->requests.size() + 1});
  }
  CheckAccuracyLogAgainstJournal(test, findings);
  CheckTokenSources(test, findings);
}

void CheckMeasurement(const TestEvidence& test, Findings& findings) {
  if (!test.metrics) return;
  CheckClocks(test, findings);
  CheckToldLate(test, findings);
  if (test.metrics->schedule_contradictory) {
    findings.Error(rule::kSchedule,
                   {.message = "A request was issued before LoadGen can have begun its schedule.",
                    .needed = "issue times at or after the scheduled ones",
                    .fix = "repeat the run; the record is not of one piece",
                    .file = test.JournalFile()});
  }
  if (test.test == TestKind::kPerformance) CheckClientDelay(test, findings);
  if (!test.comparison) {
    findings.NotRun(fmt::format("LoadGen's figures of the {} test", TestDirectoryName(test.test)),
                    "no detail log");
    return;
  }
  for (const LoadgenFigure& figure : Disagreements(*test.comparison)) {
    findings.Warning(
        rule::kLoadgenFigures,
        {.message = fmt::format("LoadGen's {} does not follow from the journal.", figure.key),
         .found = fmt::format("{}", figure.loadgen),
         .needed = fmt::format("from {} to {}", figure.lowest, figure.highest),
         .fix = "give the client a quiet machine, and repeat the run",
         .file = test.loadgen.DetailFile(),
         .line = figure.line});
  }
  const std::string& unusable = test.comparison->token_figures_unusable;
  if (!unusable.empty() && test.test == TestKind::kPerformance) {
    findings.Warning(rule::kLoadgenFigures,
                     {.message = "LoadGen's token figures mean nothing in this run.",
                      .found = unusable,
                      .fix = "make every answer at least two tokens long, and none fail",
                      .file = test.loadgen.DetailFile()});
  }
}

}  // namespace assay
