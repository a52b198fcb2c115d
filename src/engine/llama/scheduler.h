// Continuous batching: which sequences are computed when.

#ifndef ASSAY_ENGINE_LLAMA_SCHEDULER_H_
#define ASSAY_ENGINE_LLAMA_SCHEDULER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "assay/clock.h"
#include "assay/engine.h"
#include "assay/result.h"

#include "engine/llama/decoder.h"

namespace assay {

// Runs requests on the slots of a decoder. A round of work is one chunk of the oldest prompt that
// is not complete, together with short prompts that fit into the same batch, then one token for
// every sequence that generates. A slot that became free takes the next request before the next
// round.
//
// Nothing is shared between sequences: every prompt is computed in its entirety, and its cache is
// removed when its sequence ends.
//
// Not thread-safe; the sink is called from Round and CancelAll.
class Scheduler {
 public:
  // `decoder` and `sink` outlive the scheduler. `end_tokens`: ids that end a generation.
  Scheduler(Decoder& decoder, EngineSink& sink, GenerationLimits limits,
            std::vector<TokenId> end_tokens);

  [[nodiscard]] std::size_t free_slots() const { return slots_.size() - active_; }
  [[nodiscard]] bool idle() const { return active_ == 0; }

  // REQUIRES: free_slots() > 0, and a prompt that is not empty and fits the context.
  void Admit(const EngineRequest& request);
  // `more_waiting`: requests wait for a slot, so that every slot is soon in use again.
  // Errors: kInterrupted when the decoder was interrupted; every other failure ends the requests
  // concerned with an error of kind "engine".
  [[nodiscard]] Status Round(bool more_waiting);
  [[nodiscard]] const EngineWork& work() const { return work_; }
  // Ends every request with an error of kind "cancelled".
  void CancelAll();

 private:
  struct Sequence {
    EngineRequest request;
    RequestOutcome outcome;
    std::size_t prompt_done = 0;  // prompt tokens that are in the cache

    [[nodiscard]] std::size_t PromptLeft() const { return request.prompt_ids.size() - prompt_done; }
    // Of the last token, which is not in the cache yet.
    [[nodiscard]] std::int32_t NextPosition() const;
  };
  // A token whose logits are asked for.
  struct Asked {
    int slot;
    int place;
  };

  [[nodiscard]] Status StepGenerations();
  [[nodiscard]] Status StepPrompts();
  // Chooses what of the prompts is computed next, as (slot, tokens).
  [[nodiscard]] std::vector<std::pair<int, std::size_t>> ChoosePrompts() const;
  [[nodiscard]] Status FailBatch(const std::vector<int>& slots, const Error& error);
  void TakeToken(const Asked& asked, MonoTime when);
  void CloseGaps();
  void End(int slot, FinishReason reason);
  void EndWithError(int slot, std::string_view kind, std::string_view message);

  [[nodiscard]] Sequence& At(int slot) { return *slots_[static_cast<std::size_t>(slot)]; }

  Decoder& decoder_;
  EngineSink& sink_;
  GenerationLimits limits_;
  std::vector<TokenId> end_tokens_;
  std::vector<std::optional<Sequence>> slots_;
  std::size_t active_ = 0;
  EngineWork work_;
  std::deque<int> prompts_;  // slots whose prompt is not complete, oldest first
};

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_SCHEDULER_H_
