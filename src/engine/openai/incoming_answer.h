// One answer as it comes: tokens, times and the ledger of their counts. No socket and no clock in
// here.

#ifndef ASSAY_ENGINE_OPENAI_INCOMING_ANSWER_H_
#define ASSAY_ENGINE_OPENAI_INCOMING_ANSWER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "assay/clock.h"
#include "assay/record.h"
#include "assay/tokenizer.h"

#include "engine/openai/event_parser.h"

namespace assay {

// What is the same for all answers of a test.
struct AnswerRules {
  const Tokenizer* tokenizer = nullptr;  // never null
  bool stream = true;
  // The prompts go as token ids, or as texts that the server encodes as our tokenizer does: then
  // ids of the prompt that it tells must be ours.
  bool prompts_are_ours = true;
  std::size_t max_tokens = 0;  // room that is made beforehand
};

// Tokens, not chunks. Of a chunk, the number of tokens is the best that the server tells with it:
// its ids; else usage so far; else timings so far; else one for a chunk with text, and for a chunk
// with empty text that neither has the role, nor tells the prompt's progress, nor is the last.
// Chunks that were read at one moment are one chunk. What a model reasons is part of its answer:
// its tokens are made, waited for and counted as the others are.
class IncomingAnswer {
 public:
  // `prompt_ids` must outlive the answer.
  void Begin(const AnswerRules& rules, std::span<const TokenId> prompt_ids);

  // The next event of a stream, or the whole of an answer that is not streamed.
  // Value: what is wrong with it; nullopt: nothing.
  [[nodiscard]] std::optional<RequestError> Add(const ServerEvent& event, MonoTime when);

  // The ids of the first chunk with tokens, once, after the Add that brought it. Empty ids: the
  // server tells none. nullopt: there was none yet, or it was told.
  [[nodiscard]] std::optional<std::span<const TokenId>> TakeFirstToken();

  [[nodiscard]] bool finished() const { return !finish_reason_.empty(); }
  [[nodiscard]] bool has_first_token() const { return first_seen_; }

  // Everything that is known when the answer is whole: ids where the server gave none, counts.
  // Errors: kinds "bad_finish", "no_answer".
  [[nodiscard]] std::optional<RequestError> Finish();
  // What came before a failure stays: counts and times, no derived ids.
  void Abandon() { FillCounts(); }

  [[nodiscard]] RequestOutcome& outcome() { return outcome_; }

 private:
  [[nodiscard]] std::optional<RequestError> Check(const ServerEvent& event);
  [[nodiscard]] std::uint64_t TokensIn(const ServerEvent& event);
  void NoteChunkCounts(const ServerEvent& event);
  void AddChunk(std::uint64_t tokens, MonoTime when);
  void DeriveIds();
  void FillCounts();

  AnswerRules rules_;
  std::span<const TokenId> prompt_ids_;
  RequestOutcome outcome_;
  std::string id_;
  std::string finish_reason_;
  std::string text_;
  EventCounts counts_;
  std::uint64_t counted_ = 0;                   // tokens in chunks so far
  std::uint64_t text_chunks_ = 0;               // events with text, as other tools count tokens
  std::optional<std::uint64_t> chunk_usage_;    // the last usage that came with a chunk
  std::optional<std::uint64_t> chunk_timings_;  // likewise
  std::size_t first_ids_ = 0;
  bool first_seen_ = false;
  bool first_told_ = false;
  bool any_choice_ = false;
  bool ids_seen_ = false;
  bool ids_missing_ = false;  // a chunk with text came without ids
};

}  // namespace assay

#endif  // ASSAY_ENGINE_OPENAI_INCOMING_ANSWER_H_
