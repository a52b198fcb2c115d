// What happened: the facts about one request and about the engine that answered it, as they are
// written into the run directory.

#ifndef ASSAY_RECORD_H_
#define ASSAY_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/clock.h"
#include "assay/tokenizer.h"

namespace assay {

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
  MonoTime done{};  // the engine knows that the answer is complete
  // Arrival of tokens: chunk i came at chunk_times[i] with chunk_tokens[i] tokens.
  std::vector<MonoTime> chunk_times;
  std::vector<std::uint32_t> chunk_tokens;
  // The end token is an output token and stands here.
  std::vector<TokenId> token_ids;
  // True where token_ids are the engine's own; false where they were derived by encoding `text`.
  bool token_ids_are_engines = true;
  std::optional<std::string> text;  // as the engine sent it, where it sends text
  std::uint64_t prompt_tokens = 0;
  FinishReason finish_reason = FinishReason::kStop;
  std::string endpoint;  // URL of the one that answered; empty for embedded engines
  std::optional<RequestError> error;
  // Other counts of the output tokens and who gave them ("usage", "timings"); for the token ledger.
  std::vector<std::pair<std::string, std::uint64_t>> other_counts;
  // What a server says of the prompt: its tokens, and how many of them came from a cache.
  std::optional<std::uint64_t> server_prompt_tokens;
  std::optional<std::uint64_t> cached_tokens;
  // Attempts before this one that failed, in order; empty unless retrying was asked for.
  std::vector<RequestError> retries;
  // Endpoints: the longest that bytes of this answer lay readable before they were time-stamped.
  std::optional<Nanos> read_delay;
};

// What a model reads and computes for one token: what the limits of a machine follow from
// (docs/metrics.md).
struct ModelCosts {
  std::uint64_t weight_bytes = 0;           // read in every step, however many sequences it serves
  std::uint64_t weights = 0;                // multiplied for every token
  std::uint64_t output_bytes = 0;           // of these, those of the output: not for prompt tokens,
  std::uint64_t output_weights = 0;         // whose logits nobody asks for
  std::uint64_t cache_bytes_per_token = 0;  // keys and values of one token of context, all layers
  std::uint64_t attention_flops = 0;        // of one token, for each token of its context
  std::string arithmetic;  // "f32": what the weights are multiplied in; empty: not known
};

// What an engine computed in one phase.
struct PhaseWork {
  std::uint64_t steps = 0;           // each reads the weights once
  std::uint64_t tokens = 0;          // computed
  std::uint64_t context_tokens = 0;  // sum over the tokens of what each attends to, itself included
  Nanos time{};                      // of the steps, from building one to its tokens being known
};
struct EngineWork {
  PhaseWork prompts;
  PhaseWork generation;
};

// What an engine is. Recorded as it stands and shown in reports.
struct EngineInfo {
  std::string engine;      // "llama", "openai", "scripted"
  std::string version;     // of the library or server
  std::string model_name;  // as the model's own metadata says; may be empty
  std::string model_path;
  std::string model_sha256;            // empty where there is no file
  std::uint64_t model_size_bytes = 0;  // of the weights
  std::uint64_t parameter_count = 0;   // 0: unknown
  std::string precision;               // "F16", "F16 made from Q4_1", "Q4_1", ...
  std::uint64_t context_tokens = 0;    // per sequence; 0: no limit known
  std::string device;                  // "CPU", "CUDA0: NVIDIA ...", ...
  std::int64_t layers_total = 0;       // 0: not applicable
  std::int64_t layers_on_gpu = 0;
  std::optional<ModelCosts> costs;  // absent: no_costs says why
  std::string no_costs;
  // Further settings that ran ("threads" -> "2"), for the record; order kept.
  std::vector<std::pair<std::string, std::string>> settings;
};

}  // namespace assay

#endif  // ASSAY_RECORD_H_
