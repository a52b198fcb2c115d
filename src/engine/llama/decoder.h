// llama.cpp's context as a set of slots, each with the cache of one sequence.

#ifndef ASSAY_ENGINE_LLAMA_DECODER_H_
#define ASSAY_ENGINE_LLAMA_DECODER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <llama.h>

#include "assay/result.h"
#include "assay/tokenizer.h"

namespace assay {

struct FreeModel {
  void operator()(llama_model* model) const { llama_model_free(model); }
};
struct FreeContext {
  void operator()(llama_context* context) const { llama_free(context); }
};
using ModelPtr = std::unique_ptr<llama_model, FreeModel>;
using ContextPtr = std::unique_ptr<llama_context, FreeContext>;

// Tokens are added to a batch, computed together, and leave logits where they were asked for.
// Not thread-safe, but for Interrupt.
class Decoder {
 public:
  // `context` has `slots` sequences and takes `batch` tokens at once.
  Decoder(ContextPtr context, int slots, int batch);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  [[nodiscard]] int slots() const { return slots_; }
  [[nodiscard]] int batch() const { return batch_size_; }

  void Clear() { batch_.n_tokens = 0; }
  // REQUIRES: fewer than batch() tokens since Clear, and `position` the next one of `slot`.
  // Value: the token's place in the batch.
  int Add(TokenId token, std::int32_t position, int slot, bool want_logits);

  // Computes the batch and waits until the logits are there.
  // Errors: kInterrupted after Interrupt; kUnavailable with the library's reason. The caches of the
  // batch's slots are then undefined: forget them.
  [[nodiscard]] Status Run();
  // Of a token added with want_logits, after Run: one per entry of the vocabulary, the caller's to
  // change. Valid until the next Run.
  [[nodiscard]] std::span<float> Logits(int place);

  // Removes a sequence from its slot; nothing of it is left for the next one.
  void Forget(int slot);
  // Moves a sequence to a slot that is free.
  void Move(int from, int to);

  // Makes the current and every later Run fail soon. Thread-safe.
  void Interrupt() { interrupted_ = true; }

 private:
  ContextPtr context_;
  int slots_;
  int batch_size_;
  std::size_t vocabulary_size_;
  llama_batch batch_;
  std::atomic<bool> interrupted_ = false;
};

// The greedy choice.
// Value: the id of the largest logit, the lowest such id where several are equal; nullopt if any
// logit is not a number or all are minus infinity.
[[nodiscard]] std::optional<TokenId> Greedy(std::span<const float> logits);

}  // namespace assay

#endif  // ASSAY_ENGINE_LLAMA_DECODER_H_
