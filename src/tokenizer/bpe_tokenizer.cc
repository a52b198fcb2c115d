#include "tokenizer/bpe_tokenizer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "tokenizer/decode.h"
#include "tokenizer/nfc.h"

namespace assay::tok {
namespace {

// Of the ids from `begin` on, keeps the first or the last `room`; truncation takes from `side`.
void KeepSide(std::size_t begin, std::size_t room, Side side, std::vector<TokenId>* ids) {
  const std::size_t count = ids->size() - begin;
  if (count <= room) return;
  const auto first = ids->begin() + static_cast<std::ptrdiff_t>(begin);
  if (side == Side::kLeft) {
    ids->erase(first, first + static_cast<std::ptrdiff_t>(count - room));
  } else {
    ids->resize(begin + room);
  }
}

}  // namespace

BpeTokenizer::BpeTokenizer(TokenizerParts parts)
    : parts_(std::move(parts)), is_special_(parts_.vocabulary->bytes.size()) {
  ASSAY_CHECK(parts_.bpe != nullptr && parts_.pre_tokenizer.has_value());
  for (const TokenId id : parts_.special) is_special_[static_cast<std::size_t>(id)] = true;
  std::vector<TokenId>& ends = parts_.end_tokens;
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
}

std::vector<Segment> BpeTokenizer::Cut(std::string_view text, bool keep_special_as_text,
                                       std::deque<std::string>* normalized) const {
  std::vector<Segment> segments;
  if (const auto* partition = std::get_if<PartitionTokens>(&parts_.added)) {
    partition->Split(text, keep_special_as_text, &segments);
    return segments;
  }
  const auto& added = std::get<AddedTokens>(parts_.added);
  std::vector<Segment> raw;
  added.Split(text, AddedTokens::Pass::kRaw, keep_special_as_text, &raw);
  for (const Segment& segment : raw) {
    if (segment.token) {
      segments.push_back(segment);
      continue;
    }
    std::string_view part = segment.text;
    if (parts_.normalize) {
      if (auto changed = ToNfc(part)) part = normalized->emplace_back(*std::move(changed));
    }
    added.Split(part, AddedTokens::Pass::kNormalized, keep_special_as_text, &segments);
  }
  return segments;
}

template <typename OnToken, typename OnWords>
void BpeTokenizer::ForEachPart(std::string_view text, const EncodeOptions& options,
                               const OnToken& on_token, const OnWords& on_words) const {
  Words words;
  std::deque<std::string> normalized;
  for (const Segment& segment : Cut(text, !options.parse_special_tokens, &normalized)) {
    if (segment.token) {
      on_token(*segment.token);
      continue;
    }
    parts_.pre_tokenizer->Split(segment.text, &words);
    on_words(std::span<const std::string_view>(words.pieces));
  }
}

std::vector<TokenId> BpeTokenizer::Encode(std::string_view text,
                                          const EncodeOptions& options) const {
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 3 + 8);
  if (options.add_special_tokens) ids = parts_.prefix;
  const std::size_t begin = ids.size();
  ForEachPart(
      text, options, [&](TokenId id) { ids.push_back(id); },
      [&](std::span<const std::string_view> words) { parts_.bpe->Encode(words, &ids); });
  if (options.max_length) {
    const std::size_t added = options.add_special_tokens ? AddedCount() : 0;
    const std::size_t room = *options.max_length - std::min(*options.max_length, added);
    KeepSide(begin, room, options.truncation_side, &ids);
  }
  if (options.add_special_tokens) {
    ids.insert(ids.end(), parts_.suffix.begin(), parts_.suffix.end());
  }
  if (options.max_length && ids.size() > *options.max_length) ids.resize(*options.max_length);
  return ids;
}

std::size_t BpeTokenizer::Count(std::string_view text, const EncodeOptions& options) const {
  std::size_t count = options.add_special_tokens ? AddedCount() : 0;
  ForEachPart(
      text, options, [&](TokenId) { ++count; },
      [&](std::span<const std::string_view> words) { count += parts_.bpe->Count(words); });
  return options.max_length ? std::min(count, *options.max_length) : count;
}

Result<std::string> BpeTokenizer::Decode(std::span<const TokenId> ids,
                                         const DecodeOptions& options) const {
  constexpr std::size_t kMeanBytes = 6;
  std::string bytes;
  bytes.reserve(ids.size() * kMeanBytes);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!HasToken(ids[i])) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "token id {} at position {} is not in the vocabulary of {} ids", ids[i], i,
                       VocabularySize());
    }
    if (!options.skip_special_tokens || !IsSpecial(ids[i])) bytes += TokenBytes(ids[i]);
  }
  std::string text;
  text.reserve(bytes.size());
  Utf8Repair repair;
  repair.Feed(bytes, &text);
  repair.Finish(&text);
  const bool clean_up = options.clean_up_spaces.value_or(parts_.identity.clean_up_spaces);
  return clean_up && MayNeedCleanUp(text) ? CleanUp(text) : text;
}

std::string_view BpeTokenizer::TokenBytes(TokenId id) const {
  return parts_.vocabulary->bytes[id];
}

std::size_t BpeTokenizer::VocabularySize() const {
  return parts_.vocabulary->bytes.size();
}

bool BpeTokenizer::HasToken(TokenId id) const {
  return parts_.vocabulary->bytes.Has(id);
}

bool BpeTokenizer::IsSpecial(TokenId id) const {
  return id >= 0 && static_cast<std::size_t>(id) < is_special_.size() &&
         is_special_[static_cast<std::size_t>(id)];
}

std::optional<TokenId> BpeTokenizer::Bos() const {
  return parts_.prefix.empty() ? std::nullopt : std::optional(parts_.prefix.front());
}

std::span<const TokenId> BpeTokenizer::EndTokens() const {
  return parts_.end_tokens;
}

const Tokenizer::Identity& BpeTokenizer::identity() const {
  return parts_.identity;
}

}  // namespace assay::tok
