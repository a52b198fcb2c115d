// The run directory: the only interface between running and judging. docs/formats.md defines its
// files.

#ifndef ASSAY_RECORD_RUN_DIRECTORY_H_
#define ASSAY_RECORD_RUN_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/client_report.h"
#include "assay/clock.h"
#include "assay/record.h"
#include "assay/result.h"
#include "assay/thread_scheduling.h"

#include "base/file.h"
#include "base/json.h"
#include "record/run_config.h"
#include "record/server_record.h"

namespace assay {

// inputs/samples.jsonl: what was asked. `article`, `reference` and `prompt_ids` are absent where
// the run kept only hashes.
struct InputSample {
  std::uint64_t index = 0;
  std::string id;
  std::optional<std::string> article;
  std::optional<std::string> reference;
  std::optional<std::vector<TokenId>> prompt_ids;
  std::string sha256;  // of article, a zero byte, and reference
};
[[nodiscard]] Json ToJson(const InputSample& sample);
[[nodiscard]] Result<std::vector<InputSample>> ReadInputSamples(const fs::path& run_dir);

// How a test ended, as its supervisor saw it.
struct TestEnd {
  TestKind test = TestKind::kPerformance;
  // "completed"; "failed" (it said why); "crashed" (a signal, or no word); "interrupted";
  // "running" while it runs, and for ever where the supervisor was killed.
  std::string outcome = "running";
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string message;  // its last words; empty: none
};

// What the data set was.
struct DatasetRecord {
  std::string path;
  std::string sha256;
  std::string format;       // "mlcommons-json", "jsonl"
  std::uint64_t count = 0;  // records in the file
  std::string identity;     // "cnn_dailymail-validation-13368", "edge-5000", "none"
  bool bundled_sample = false;
  // Articles among the run's samples that have a near-duplicate there (docs/metrics.md).
  std::uint64_t near_duplicates = 0;
  std::uint64_t near_duplicate_clusters = 0;
};

// run.json.
struct RunRecord {
  std::string assay_version;
  std::string build;                 // "g++ 12.2.0, RelWithDebInfo, CUDA off"
  std::vector<std::string> command;  // argv
  std::string started_utc;
  std::optional<std::string> ended_utc;  // absent: the supervisor did not reach the end
  bool interrupted = false;
  RunConfig config;
  DatasetRecord dataset;
  Tokenizer::Identity tokenizer;
  std::string prompt_template_sha256;
  Json host;                           // host/host_info.h writes it, reports show it
  std::optional<ServerRecord> server;  // absent: nothing was asked over a connection
  std::vector<TestEnd> tests;
};
[[nodiscard]] Status WriteRunRecord(const fs::path& run_dir, const RunRecord& record);
[[nodiscard]] Result<RunRecord> ReadRunRecord(const fs::path& run_dir);

[[nodiscard]] Json ToJson(const EngineInfo& engine);
// Errors: kParse; `where` names the text.
[[nodiscard]] Result<EngineInfo> EngineInfoFromJson(const Json& json, const std::string& where);

// <test>/test.json: written by the test's own process when it starts and again when it ends.
struct TestRecord {
  TestKind test = TestKind::kPerformance;
  std::optional<EngineInfo> engine;  // absent: it did not load
  std::string loadgen_version;
  // LoadGen's TestSettings as handed to StartTest; names as in its test_settings.h, order kept.
  Json loadgen_settings = Json::object();
  ClockPair clocks_start;
  std::optional<ClockPair> clocks_end;  // absent: the test did not end
  // The schedule's origin is not before this (the last callback before LoadGen issues); steady ns.
  std::optional<std::int64_t> origin_not_before_ns;
  std::uint64_t issued = 0;
  std::uint64_t completed = 0;  // with an answer
  std::uint64_t failed = 0;
  std::optional<EngineWork> work;   // absent: the engine does not tell, or did not end
  std::int64_t peak_rss_bytes = 0;  // of the test's process, at its end
  double cpu_seconds = 0.0;         // user and system, between StartTest and its end
  // Of the test's process between StartTest and its end; empty: the kernel does not tell, or no
  // end.
  std::vector<ThreadScheduling> threads;
  std::optional<ClientReport> client;  // of an endpoint's client; absent: embedded, or no end
  std::vector<EndpointCounters> server_counters;  // of each endpoint
  std::string status = "running";                 // "running", "completed", "failed", "interrupted"
  std::string message;
};
[[nodiscard]] Status WriteTestRecord(const fs::path& run_dir, const TestRecord& record);
// nullopt: the test has no directory or no record.
[[nodiscard]] Result<std::optional<TestRecord>> ReadTestRecord(const fs::path& run_dir,
                                                               TestKind test);

[[nodiscard]] fs::path TestDirectory(const fs::path& run_dir, TestKind test);
// Neither interrupted nor killed. How its tests ended is another question.
[[nodiscard]] inline bool ReachedItsEnd(const RunRecord& record) {
  return record.ended_utc && !record.interrupted;
}
// Does `dir` look like a run directory: has it a run.json?
[[nodiscard]] bool IsRunDirectory(const fs::path& dir);

// manifest.json: SHA-256 and size of every file under the run directory that is not derived
// (score.json, samples.jsonl, metrics.json, verdict.json, report.*). Never rewritten.
[[nodiscard]] Status WriteManifest(const fs::path& run_dir);
struct ManifestCheck {
  bool present = false;              // no manifest: the run did not end
  std::vector<std::string> changed;  // relative paths
  std::vector<std::string> missing;
  std::vector<std::string> added;
};
[[nodiscard]] Result<ManifestCheck> CheckManifest(const fs::path& run_dir);

}  // namespace assay

#endif  // ASSAY_RECORD_RUN_DIRECTORY_H_
