// One LoadGen test of one engine, recorded in a run directory. LoadGen's globals do not survive a
// second test: one per process.

#ifndef ASSAY_LOAD_LOADGEN_TEST_H_
#define ASSAY_LOAD_LOADGEN_TEST_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/engine.h"
#include "assay/result.h"

#include "base/file.h"
#include "host/server_watch.h"
#include "record/run_config.h"
#include "record/run_directory.h"

namespace assay {

// "6.0.17 @ d6147c7eb7": the LoadGen that is built in.
[[nodiscard]] std::string BuiltInLoadgen();

// A sample as the engine gets it.
struct PromptSample {
  std::uint64_t index = 0;  // in the data set
  std::vector<TokenId> ids;
  std::string text;
};

// How far a test is; read by whoever shows progress while it runs.
struct LoadCounters {
  std::atomic<std::uint64_t> issued{0};
  std::atomic<std::uint64_t> completed{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> tokens{0};         // output tokens of completed requests
  std::atomic<std::int64_t> first_issue_ns{0};  // steady clock; 0: nothing was issued yet
};

// Asks a server for its totals, while nothing is measured.
struct CounterSource {
  std::string url;
  std::function<std::optional<ServerCounters>()> read;
};

class LoadgenTest {
 public:
  // `config`, `samples` and `engine` must outlive the test. The test's directory, which must not
  // hold a journal, is created.
  LoadgenTest(fs::path run_dir, TestKind test, const RunConfig& config,
              std::span<const PromptSample> samples, Engine& engine);
  ~LoadgenTest();
  LoadgenTest(const LoadgenTest&) = delete;
  LoadgenTest& operator=(const LoadgenTest&) = delete;

  // Telemetry tells of this process and its descendants too: a server's, on this machine. Before
  // Run.
  void WatchEngine(std::int64_t pid);
  // Telemetry asks them how busy they are. Before Run.
  void WatchServers(std::vector<ServerSource> servers);
  // To be read right before LoadGen's test, after the engine's warm-up, and right after it. Before
  // Run.
  void set_counter_sources(std::vector<CounterSource> sources);

  // Runs it to its end and leaves in <run_dir>/<test>: LoadGen's logs untouched, requests.jsonl,
  // test.json, telemetry.jsonl unless config.telemetry_hz is 0. Failed requests do not make the
  // test fail. Errors: kInvalidArgument before anything is measured (settings, a prompt that does
  // not fit); kIo if the record could not be written; kUnavailable if LoadGen issued nothing.
  [[nodiscard]] Status Run();

  // From another thread while Run runs: closes the record as interrupted. Lines of the journal are
  // whole. The process must then end without returning from Run.
  void Interrupt();

  // Before Run: `stop` is called, from an engine's thread, when more than `max_failed` requests
  // have failed and the record is closed as failed. It must end the process.
  void StopAfterFailures(std::uint64_t max_failed, std::function<void()> stop);

  [[nodiscard]] const LoadCounters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay

#endif  // ASSAY_LOAD_LOADGEN_TEST_H_
