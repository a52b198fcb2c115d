// What answers: the system under test, as the load sees it.

#ifndef ASSAY_ENGINE_H_
#define ASSAY_ENGINE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/clock.h"
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

enum class FinishReason { kStop, kLength, kError };

// A failure of one request. `kind` is one of the words in docs/formats.md ("engine", "cancelled",
// "scripted", ...).
struct RequestError {
  std::string kind;
  std::string message;
};

// Everything an engine knows of one finished request. Times are the steady clock's.
struct RequestOutcome {
  std::uint64_t id = 0;
  std::optional<MonoTime> sent;         // handed to the computation, or the last byte left
  std::optional<MonoTime> first_byte;   // endpoints only
  std::optional<MonoTime> first_token;  // absent if no token came
  std::optional<MonoTime> last_token;
  MonoTime done{};                      // the engine knows that the answer is complete
  // Arrival of tokens: chunk i came at chunk_times[i] with chunk_tokens[i] tokens.
  std::vector<MonoTime> chunk_times;
  std::vector<std::uint32_t> chunk_tokens;
  // The end token is an output token and stands here.
  std::vector<TokenId> token_ids;
  // True where token_ids are the engine's own; false where they were derived by encoding `text`.
  bool token_ids_are_engines = true;
  std::optional<std::string> text;      // as the engine sent it, where it sends text
  std::uint64_t prompt_tokens = 0;
  FinishReason finish_reason = FinishReason::kStop;
  std::string endpoint;                 // URL of the one that answered; empty for embedded engines
  std::optional<RequestError> error;
  // Other counts of the output tokens and who gave them ("usage", "timings"); for the token ledger.
  std::vector<std::pair<std::string, std::uint64_t>> other_counts;
};

// Told by an engine, from its own threads, as things happen. Implementations are thread-safe, return
// quickly and never call back into the engine.
class EngineSink {
 public:
  EngineSink() = default;
  EngineSink(const EngineSink&) = delete;
  EngineSink& operator=(const EngineSink&) = delete;
  virtual ~EngineSink() = default;

  // At most once per request, before its OnDone. `tokens`: the ids of the first chunk, at least one;
  // valid during the call.
  virtual void OnFirstToken(std::uint64_t id, MonoTime when, std::span<const TokenId> tokens) = 0;
  // Exactly once per request, whatever happened to it.
  virtual void OnDone(RequestOutcome outcome) = 0;
};

// What an engine is. Recorded as it stands and shown in reports.
struct EngineInfo {
  std::string engine;                        // "llama", "openai", "scripted"
  std::string version;                       // of the library or server
  std::string model_name;                    // as the model's own metadata says; may be empty
  std::string model_path;
  std::string model_sha256;                  // empty where there is no file
  std::uint64_t model_size_bytes = 0;        // of the weights
  std::uint64_t parameter_count = 0;         // 0: unknown
  std::string precision;                     // "F16", "F16 made from Q4_1", "Q4_1", ...
  std::uint64_t context_tokens = 0;          // per sequence; 0: no limit known
  std::string device;                        // "CPU", "CUDA0: NVIDIA ...", ...
  std::int64_t layers_total = 0;             // 0: not applicable
  std::int64_t layers_on_gpu = 0;
  // Further settings that ran ("threads" -> "2"), for the record; order kept.
  std::vector<std::pair<std::string, std::string>> settings;
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
  // Takes requests in this order; returns at once. Thread-safe.
  virtual void Submit(std::span<const EngineRequest> requests) = 0;
  // Ends: every request that has not finished gets OnDone with error kind "cancelled". When it
  // returns, the sink is not called again. Idempotent; also called by the destructor.
  virtual void Stop() = 0;
};

}  // namespace assay

#endif  // ASSAY_ENGINE_H_
