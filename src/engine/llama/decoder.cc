#include "engine/llama/decoder.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "engine/llama/backend.h"

namespace assay {
namespace {

constexpr std::int32_t kAborted = 2;  // llama_decode

bool IsSet(void* flag) {
  return static_cast<std::atomic<bool>*>(flag)->load();
}

}  // namespace

Decoder::Decoder(ContextPtr context, int slots, int batch)
    : context_(std::move(context)),
      slots_(slots),
      batch_size_(batch),
      vocabulary_size_(static_cast<std::size_t>(
          llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(context_.get()))))),
      batch_(llama_batch_init(batch, 0, 1)) {
  llama_set_abort_callback(context_.get(), IsSet, &interrupted_);
}

Decoder::~Decoder() {
  llama_batch_free(batch_);
}

int Decoder::Add(TokenId token, std::int32_t position, int slot, bool want_logits) {
  ASSAY_CHECK(batch_.n_tokens < batch_size_);
  const std::int32_t place = batch_.n_tokens++;
  batch_.token[place] = token;
  batch_.pos[place] = position;
  batch_.n_seq_id[place] = 1;
  batch_.seq_id[place][0] = slot;
  batch_.logits[place] = want_logits ? 1 : 0;
  return place;
}

Status Decoder::Run() {
  if (interrupted_) return MakeError(ErrorCode::kInterrupted, "stopped");
  const BackendLogScope log;
  try {
    const std::int32_t code = llama_decode(context_.get(), batch_);
    if (code == 0) {
      llama_synchronize(context_.get());
      return Ok{};
    }
    if (code == kAborted) return MakeError(ErrorCode::kInterrupted, "stopped");
    return MakeError(ErrorCode::kUnavailable, "llama_decode failed with code {}: {}", code,
                     log.Errors());
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kUnavailable, "llama_decode failed: {}", error.what());
  }
}

std::span<float> Decoder::Logits(int place) {
  float* logits = llama_get_logits_ith(context_.get(), place);
  ASSAY_CHECK(logits != nullptr);
  return {logits, vocabulary_size_};
}

void Decoder::Forget(int slot) {
  // A whole sequence can always be removed.
  ASSAY_CHECK(llama_memory_seq_rm(llama_get_memory(context_.get()), slot, -1, -1));
}

void Decoder::Move(int from, int to) {
  llama_memory_seq_cp(llama_get_memory(context_.get()), from, to, -1, -1);
  Forget(from);
}

std::optional<TokenId> Greedy(std::span<const float> logits) {
  // Lanes that do not depend on each other, so that the compiler can use vector instructions:
  // first the maximum, then its first place.
  constexpr std::size_t kLanes = 16;
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  std::array<float, kLanes> highest{};
  highest.fill(kLowest);
  std::array<int, kLanes> not_numbers{};
  const std::size_t whole = logits.size() - logits.size() % kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float x = logits[i + lane];
      highest[lane] = x > highest[lane] ? x : highest[lane];
      not_numbers[lane] |= x != x ? 1 : 0;
    }
  }
  float best = kLowest;
  int not_number = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    best = highest[lane] > best ? highest[lane] : best;
    not_number |= not_numbers[lane];
  }
  for (const float x : logits.subspan(whole)) {
    best = x > best ? x : best;
    not_number |= x != x ? 1 : 0;
  }
  if (not_number != 0 || best == kLowest) return std::nullopt;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] == best) return static_cast<TokenId>(i);
  }
  return std::nullopt;
}

}  // namespace assay
