#include <cstddef>
#include <utility>

#include "assay/tokenizer.h"

#include "base/format.h"
#include "tokenizer/decode.h"

namespace assay {

struct StreamDecoder::State {
  const Tokenizer* tokenizer;
  bool skip_special_tokens;
  bool clean_up;
  std::size_t position = 0;  // of the next id
  tok::Utf8Repair repair;
  tok::SpaceCleaner cleaner;
};

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, const DecodeOptions& options)
    : state_(std::make_unique<State>(
          State{.tokenizer = &tokenizer,
                .skip_special_tokens = options.skip_special_tokens,
                .clean_up = options.clean_up_spaces.value_or(tokenizer.identity().clean_up_spaces),
                .repair = {},
                .cleaner = {}})) {}

StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;
StreamDecoder::~StreamDecoder() = default;

Status StreamDecoder::Add(TokenId id, std::string* text) {
  State& s = *state_;
  if (!s.tokenizer->HasToken(id)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "token id {} at position {} is not in the vocabulary of {} ids", id,
                     s.position, s.tokenizer->VocabularySize());
  }
  ++s.position;
  if (s.skip_special_tokens && s.tokenizer->IsSpecial(id)) return Ok{};
  if (!s.clean_up) {
    s.repair.Feed(s.tokenizer->TokenBytes(id), text);
    return Ok{};
  }
  std::string characters;
  s.repair.Feed(s.tokenizer->TokenBytes(id), &characters);
  s.cleaner.Feed(characters, text);
  return Ok{};
}

void StreamDecoder::Finish(std::string* text) {
  State& s = *state_;
  s.position = 0;
  if (!s.clean_up) {
    s.repair.Finish(text);
    return;
  }
  std::string characters;
  s.repair.Finish(&characters);
  s.cleaner.Feed(characters, text);
  s.cleaner.Finish(text);
}

}  // namespace assay
