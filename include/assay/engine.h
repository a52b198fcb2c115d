// What answers: the system under test, as the load sees it.

#ifndef ASSAY_ENGINE_H_
#define ASSAY_ENGINE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "assay/client_report.h"
#include "assay/clock.h"
#include "assay/record.h"
#include "assay/result.h"
#include "assay/tokenizer.h"

namespace assay {

// One prompt. The views must stay valid until the request's OnDone.
struct EngineRequest {
  std::uint64_t id = 0;            // unique within a test, from 0 in order of issue
  std::uint64_t sample_index = 0;  // in the data set
  std::span<const TokenId> prompt_ids;
  std::string_view prompt_text;
};

// Limits of every answer of a run.
struct GenerationLimits {
  std::int32_t min_new_tokens = 1;    // end tokens are masked before this many
  std::int32_t max_new_tokens = 128;  // the end token counts
  bool ignore_end_tokens = false;     // only for benchmarks with fixed lengths
};

// Told by an engine, from its own threads, as things happen. Implementations are thread-safe,
// return quickly and never call back into the engine.
class EngineSink {
 public:
  EngineSink() = default;
  EngineSink(const EngineSink&) = delete;
  EngineSink& operator=(const EngineSink&) = delete;
  virtual ~EngineSink() = default;

  // At most once per request, before its OnDone. `tokens`: the ids of the first chunk; empty where
  // ids are derived at the end; valid during the call.
  virtual void OnFirstToken(std::uint64_t id, MonoTime when, std::span<const TokenId> tokens) = 0;
  // Exactly once per request, whatever happened to it.
  virtual void OnDone(RequestOutcome outcome) = 0;
};

// Contract: takes prompts, tells first token and completion as they happen, returns token ids. It
// never alters a request silently: what it cannot do it refuses, before anything is measured.
// Greedy sampling always. No state survives from one request to another.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  [[nodiscard]] virtual const EngineInfo& info() const = 0;
  // Would this prompt be answered? Errors: kInvalidArgument: it does not fit the context, it is
  // empty, an id is outside the vocabulary. Called for every sample before the test.
  [[nodiscard]] virtual Status CheckPrompt(std::span<const TokenId> prompt_ids) const = 0;
  // Once, before Submit. `sink` outlives the engine's last call to it (Stop). Warm-up, which is not
  // measured, happens in here.
  [[nodiscard]] virtual Status Start(EngineSink* sink) = 0;
  // Takes requests in this order; returns at once. Thread-safe. After Stop they are dropped.
  virtual void Submit(std::span<const EngineRequest> requests) = 0;
  // Ends: every request that has not finished gets OnDone with error kind "cancelled". When it
  // returns, the sink is not called again. Idempotent; also called by the destructor.
  virtual void Stop() = 0;
  // What was computed, after Stop. Value: nullopt where an engine does not keep prompts and
  // generation apart, and before Stop.
  [[nodiscard]] virtual std::optional<EngineWork> work() const { return std::nullopt; }
  // What the client of an endpoint says of itself, after Stop; nullopt of an embedded engine.
  [[nodiscard]] virtual std::optional<ClientReport> client_report() const { return std::nullopt; }
};

}  // namespace assay

#endif  // ASSAY_ENGINE_H_
